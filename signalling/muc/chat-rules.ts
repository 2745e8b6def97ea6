import { child, childElements, text, type XmlElement } from '#protocol/xmpp/element.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Occupant, Room } from './room.ts';

/** XEP-0424, version 1 of its namespace: what Jitsi's client sends (wire note §4.4). */
const NS_RETRACT = 'urn:xmpp:message-retract:1';
/** XEP-0444 */
const NS_REACTIONS = 'urn:xmpp:reactions:0';
/** XEP-0308 */
export const NS_CORRECT = 'urn:xmpp:message-correct:0';

const MAX_ID_LENGTH = 256;
const MAX_REACTIONS = 20;
/** UTF-16 code units; the longest emoji are sequences of about 15. */
const MAX_REACTION_LENGTH = 32;

/** What a message is about if it is about another one. */
export type ChatReference =
  | { readonly kind: 'retraction' | 'correction'; readonly id: string }
  /** `emoji` empty: its sender takes all of its reactions back. */
  | { readonly kind: 'reactions'; readonly id: string; readonly emoji: readonly string[] };

export function readReference(message: XmlElement): ChatReference | undefined {
  const retraction = child(message, 'retract', NS_RETRACT);
  if (retraction !== undefined) return { kind: 'retraction', id: retraction.attrs['id'] ?? '' };
  const correction = child(message, 'replace', NS_CORRECT);
  if (correction !== undefined) return { kind: 'correction', id: correction.attrs['id'] ?? '' };
  const reactions = child(message, 'reactions', NS_REACTIONS);
  if (reactions === undefined) return undefined;
  const emoji = childElements(reactions, 'reaction').map(text);
  return { kind: 'reactions', id: reactions.attrs['id'] ?? '', emoji };
}

/** Why a message may not be said, by what it says about another one (wire note §4.4), or undefined. */
export function judgeChat(room: Room, from: Occupant, message: XmlElement): StanzaError | undefined {
  const itself = `${room.jid}/${from.nick}`;
  const { id } = message.attrs;
  if ((id?.length ?? 0) > MAX_ID_LENGTH) return stanzaError('modify', 'bad-request', 'This id is too long.');
  const reference = readReference(message);
  if (reference === undefined) return judgeId(room, itself, id);
  if (reference.id === '' || reference.id.length > MAX_ID_LENGTH) return stanzaError('modify', 'bad-request');
  if (reference.kind === 'reactions') return judgeReactions(reference.emoji);
  const author = room.authors.of(reference.id);
  if (author === itself) return undefined;
  // A moderator takes away, but puts no words into other people's mouths.
  if (reference.kind === 'retraction' && from.role === 'moderator') return undefined;
  return author === undefined ? stanzaError('cancel', 'item-not-found') : stanzaError('auth', 'forbidden');
}

/** The same in private: what was said to all is taken back or corrected before all. */
export function judgePrivateChat(room: Room, from: Occupant, message: XmlElement): StanzaError | undefined {
  const reference = readReference(message);
  if (reference === undefined || reference.kind === 'reactions') return undefined;
  const author = room.authors.of(reference.id);
  const isItsOwn = author === undefined || author === `${room.jid}/${from.nick}`;
  return isItsOwn ? undefined : stanzaError('auth', 'forbidden');
}

/** Whoever could take the id of another one's message could retract it. */
function judgeId(room: Room, itself: string, id: string | undefined): StanzaError | undefined {
  const author = id === undefined ? undefined : room.authors.of(id);
  if (author === undefined || author === itself) return undefined;
  return stanzaError('cancel', 'conflict', 'Another message has this id.');
}

function judgeReactions(emoji: readonly string[]): StanzaError | undefined {
  const areFine = emoji.every((one) => one !== '' && one.length <= MAX_REACTION_LENGTH);
  return areFine && emoji.length <= MAX_REACTIONS ? undefined : stanzaError('modify', 'bad-request');
}
