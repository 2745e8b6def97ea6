import { child, text, withAttributes, withChildren, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { NS_CLIENT, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { judgeChat, judgePrivateChat, readReference } from './chat-rules.ts';
import { withoutForgeries } from './forged-children.ts';
import { judgeJsonMessages } from './json-messages.ts';
import { mayUse, NOT_ALLOWED_HERE } from './permissions.ts';
import type { Occupant, Room, Send } from './room.ts';

/** XEP-0461 */
const NS_REPLY = 'urn:xmpp:reply:0';
/** Characters of a subject, which every newcomer gets. */
const MAX_SUBJECT_LENGTH = 1_024;

/** XEP-0045 §7.4 and §8.1: to everyone, the sender included. */
export function groupMessage(room: Room, from: Occupant, message: XmlElement, nowMs: number): Send[] | StanzaError {
  const subject = child(message, 'subject', NS_CLIENT);
  const isSubject = subject !== undefined && child(message, 'body', NS_CLIENT) === undefined;
  if (!isSubject && !mayUse(room, from, 'send-groupchat')) return NOT_ALLOWED_HERE;
  const refusal = judgeJsonMessages(message) ?? judgeChat(room, from, message);
  if (refusal !== undefined) return refusal;
  const reflected = messageFromOccupant(room, from, message);
  if (subject !== undefined && isSubject) return changeSubject(room, from, reflected, text(subject));
  const { id } = message.attrs;
  const isSaid = child(message, 'body', NS_CLIENT) !== undefined && readReference(message) === undefined;
  if (id !== undefined && isSaid) room.authors.note(id, `${room.jid}/${from.nick}`);
  room.history.add(reflected, room.jid, nowMs);
  return [{ stanza: new OutgoingStanza(reflected), to: room.receivers() }];
}

/** XEP-0045 §8.1 */
function changeSubject(room: Room, from: Occupant, reflected: XmlElement, wording: string): Send[] | StanzaError {
  if (from.role !== 'moderator') return stanzaError('auth', 'forbidden', 'Only moderators set the subject.');
  if (wording.length > MAX_SUBJECT_LENGTH) return stanzaError('modify', 'not-acceptable', 'This subject is too long.');
  room.subject = { text: wording, from: `${room.jid}/${from.nick}` };
  const stanza = new OutgoingStanza(withChildren(reflected, [...reflected.children, xml('subject', {}, wording)]));
  return [{ stanza, to: room.receivers() }];
}

/** XEP-0045 §7.5 */
export function privateMessage(room: Room, from: Occupant, nick: string, message: XmlElement): Send[] | StanzaError {
  if (message.attrs['type'] === 'groupchat') return stanzaError('modify', 'bad-request');
  const receiver = room.byNick(nick);
  if (receiver === undefined) return stanzaError('cancel', 'item-not-found');
  const isQuestion = receiver.role === 'moderator' && room.metadata.permissions.has('questionsAllowed');
  if (!mayUse(room, from, 'send-private-message') && !isQuestion) return NOT_ALLOWED_HERE;
  const refusal = judgeJsonMessages(message) ?? judgePrivateChat(room, from, message);
  if (refusal !== undefined) return refusal;
  const reflected = messageFromOccupant(room, from, message);
  const marked = xml(reflected.name, reflected.attrs, reflected.children, xml('x', { xmlns: NS_MUC_USER }));
  return [{ stanza: new OutgoingStanza(marked), to: [receiver.jid] }];
}

/**
 * A message as others get it: from the occupant's address, without what only the server may say. Also without a subject:
 * Jitsi's clients take one for the room's wherever they find it, in private or beside a body (XEP-0045 §8.1 does not).
 */
export function messageFromOccupant(room: Pick<Room, 'jid'>, from: Occupant, message: XmlElement): XmlElement {
  return xml(
    'message',
    { ...message.attrs, from: `${room.jid}/${from.nick}`, to: undefined },
    withoutForgeries(message.children, false)
      .filter(({ name }) => name !== 'subject')
      .map((element) => withReplyNamespace(element)),
  );
}

/** Jitsi's client sends `<reply/>` without its namespace, but reads it only with (wire note §4.4). */
function withReplyNamespace(element: XmlElement): XmlElement {
  const isBare = element.name === 'reply' && element.attrs['xmlns'] === undefined;
  return isBare ? withAttributes(element, { xmlns: NS_REPLY }) : element;
}
