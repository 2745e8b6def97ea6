import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { readDisplayName } from '#protocol/xmpp/display-name.ts';
import type { ChatEntry, ChatReaction } from '../meeting-types.ts';
import { readReference, readReply, replyElement, type ChatReference } from './chat-references.ts';

/** Chat as a pure state: entries in, entries out (XEP-0045 §7.4–7.5, XEP-0203 delays; wire note §4.4). */

const NS_NICK = 'http://jabber.org/protocol/nick';

/** The page keeps so many; a meeting's whole talk stays well below. */
const MAX_ENTRIES = 2_000;
/** UTF-16 code units shown of one message. */
const MAX_TEXT = 16_384;
/** Reactions shown of one message, and people of one reaction. */
const MAX_REACTIONS = 50;
const MAX_PEOPLE = 500;

export type ChatMessage = Extract<ChatEntry, { type: 'message' }>;
type Delivery = ChatMessage['delivery'];

/** Who is who when a message is read. */
export interface ChatContext {
  /** Bare JID of the room. */
  readonly room: string;
  readonly ownId: string;
  readonly ownName: string;
  /** Display name of an occupant, or undefined if there is none of that id. */
  readonly nameOf: (id: string) => string | undefined;
  /** Verified Matrix user id of an occupant, or undefined if there is none. */
  readonly matrixIdOf: (id: string) => string | undefined;
  readonly nowMs: number;
}

/** What a message does to the chat. */
export type ChatInput =
  | { readonly kind: 'add'; readonly entry: ChatEntry }
  /** Something was said about another message. `privateWith`: the other person's endpoint id, for private ones. */
  | {
      readonly kind: 'refer';
      readonly reference: ChatReference;
      readonly by: { readonly id: string; readonly name: string };
      readonly isOwn: boolean;
      readonly privateWith: string | undefined;
      /** The corrected text. */
      readonly text: string;
    }
  /** Our own message came back, or the server took it. */
  | { readonly kind: 'delivered'; readonly id: string }
  | { readonly kind: 'failed'; readonly id: string }
  | { readonly kind: 'sending'; readonly id: string }
  /** The session is gone: what was on its way will not arrive. */
  | { readonly kind: 'all-failed' };

export function changeChat(entries: readonly ChatEntry[], input: ChatInput): readonly ChatEntry[] {
  switch (input.kind) {
    case 'add': {
      const { entry } = input;
      const known = entries.find((one) => isSame(one, entry));
      if (known === undefined) return [...entries, entry].slice(-MAX_ENTRIES);
      return entries.map((one) => (one === known ? repeated(known, entry) : one));
    }
    case 'refer':
      return refer(entries, input);
    case 'delivered':
      return withDelivery(entries, 'sent', ({ id }) => id === input.id);
    case 'failed':
      return withDelivery(entries, 'failed', ({ id }) => id === input.id);
    case 'sending':
      return withDelivery(entries, 'sending', ({ id }) => id === input.id);
    case 'all-failed':
      return withDelivery(entries, 'failed', ({ delivery }) => delivery === 'sending');
  }
}

/** History repeats after a new join, our own words under the address that we had. */
function isSame(known: ChatEntry, entry: ChatEntry): boolean {
  if (known.id === entry.id) return true;
  if (known.type !== 'message' || entry.type !== 'message' || entry.messageId === undefined) return false;
  return known.isOwn && known.messageId === entry.messageId && !known.privateWith && !entry.privateWith;
}

/** What was corrected while we were away comes with its new text. */
function repeated(known: ChatEntry, entry: ChatEntry): ChatEntry {
  if (known.type !== 'message' || entry.type !== 'message' || known.isRetracted) return known;
  const isEdited = known.isEdited || entry.isEdited || known.text !== entry.text;
  if (known.isEdited === isEdited && known.text === entry.text && known.delivery === 'sent') return known;
  return { ...known, text: entry.text, isEdited, delivery: 'sent' };
}

/** The room has judged whose word counts about which message; in private it is that of its sender. */
function refer(entries: readonly ChatEntry[], input: Extract<ChatInput, { kind: 'refer' }>): readonly ChatEntry[] {
  const { reference, privateWith, isOwn } = input;
  const index = entries.findLastIndex(
    (entry) => entry.type === 'message' && entry.messageId === reference.id && entry.privateWith?.id === privateWith,
  );
  const entry = entries[index];
  if (entry?.type !== 'message' || entry.isRetracted) return entries;
  if (reference.kind !== 'reactions' && privateWith !== undefined && entry.isOwn !== isOwn) return entries;
  return entries.with(index, changed(entry, input));
}

function changed(entry: ChatMessage, { reference, by, text }: Extract<ChatInput, { kind: 'refer' }>): ChatMessage {
  switch (reference.kind) {
    case 'retraction':
      return { ...entry, text: '', isRetracted: true, reactions: [] };
    case 'correction':
      return { ...entry, text, isEdited: true };
    case 'reactions':
      return { ...entry, reactions: react(entry.reactions, by, reference.emoji) };
  }
}

/** By XEP-0444 a list is all there is of this person; one alone comes on top, as Jitsi's client sends each by itself. */
function react(
  reactions: readonly ChatReaction[],
  by: { readonly id: string; readonly name: string },
  emoji: readonly string[],
): readonly ChatReaction[] {
  const kept = emoji.length === 1 ? reactions : reactions.map((one) => without(one, by.id));
  const known = kept.map((one) => (emoji.includes(one.emoji) ? withPerson(one, by) : one));
  const fresh = emoji.filter((one) => kept.every((reaction) => reaction.emoji !== one));
  const all = [...known, ...fresh.map((one) => ({ emoji: one, by: [by] }))];
  return all.filter((one) => one.by.length > 0).slice(0, MAX_REACTIONS);
}

function without(reaction: ChatReaction, id: string): ChatReaction {
  return { ...reaction, by: reaction.by.filter((person) => person.id !== id) };
}

function withPerson(reaction: ChatReaction, by: ChatReaction['by'][number]): ChatReaction {
  const isKnown = reaction.by.some(({ id }) => id === by.id);
  return isKnown ? reaction : { ...reaction, by: [...reaction.by, by].slice(0, MAX_PEOPLE) };
}

function withDelivery(
  entries: readonly ChatEntry[],
  delivery: Delivery,
  isMeant: (entry: ChatMessage) => boolean,
): readonly ChatEntry[] {
  let hasChanged = false;
  const changed = entries.map((entry) => {
    if (entry.type !== 'message' || !entry.isOwn || entry.delivery === delivery || !isMeant(entry)) return entry;
    hasChanged = true;
    return { ...entry, delivery };
  });
  return hasChanged ? changed : entries;
}

/** Reads a message from the room; undefined if it is no chat. */
export function readChat(stanza: XmlElement, context: ChatContext): ChatInput | undefined {
  const { from, type, id } = stanza.attrs;
  if (stanza.name !== 'message' || from === undefined || bareOf(from) !== context.room) return undefined;
  if (type === 'error') return id === undefined ? undefined : { kind: 'failed', id };
  const body = childText(stanza, 'body');
  const sender = resourceOf(from);
  if (sender === undefined || (type !== 'groupchat' && type !== 'chat')) return undefined;
  const isPrivate = type === 'chat';
  const stamp = child(stanza, 'delay', 'urn:xmpp:delay')?.attrs['stamp'];
  const isOwn = sender === context.ownId && !isPrivate;
  const name = context.nameOf(sender) ?? readDisplayName(childText(stanza, 'nick', NS_NICK));
  const fromName = isOwn ? context.ownName : name;
  const reference = readReference(stanza);
  // So our server's history gives what was corrected before we came.
  const isEdited = reference?.kind === 'correction' && stamp !== undefined && reference.id === id;
  if (reference !== undefined && !isEdited) {
    if (reference.kind === 'correction' && body === undefined) return undefined;
    const privateWith = isPrivate ? sender : undefined;
    const by = { id: sender, name: fromName };
    return { kind: 'refer', reference, by, isOwn, privateWith, text: (body ?? '').slice(0, MAX_TEXT) };
  }
  if (body === undefined) return undefined;
  if (isOwn && stamp === undefined && id !== undefined) return { kind: 'delivered', id };
  return {
    kind: 'add',
    entry: {
      type: 'message',
      // Another client may use an id twice; together with the sender it is as unique as it gets.
      id: isOwn && id !== undefined ? id : `${sender}:${id ?? stamp ?? crypto.randomUUID()}`,
      messageId: id,
      from: isOwn || context.nameOf(sender) !== undefined ? sender : undefined,
      fromName,
      fromMatrixId: isOwn ? undefined : context.matrixIdOf(sender),
      isOwn,
      privateWith: isPrivate ? { id: sender, name: fromName } : undefined,
      text: body.slice(0, MAX_TEXT),
      atMs: readStamp(stamp) ?? context.nowMs,
      delivery: 'sent',
      ...UNTOUCHED,
      isEdited,
      replyTo: readReply(stanza),
    },
  };
}

/** A message that nobody has said anything about yet. */
const UNTOUCHED = { isEdited: false, isRetracted: false, reactions: [] } as const;

/** XEP-0082 */
function readStamp(stamp: string | undefined): number | undefined {
  const time = stamp === undefined ? Number.NaN : Date.parse(stamp);
  return Number.isNaN(time) ? undefined : time;
}

/** Our own message, before anyone has it. */
export function ownMessage(
  { text, privateWith, replyTo }: Pick<ChatMessage, 'text' | 'privateWith' | 'replyTo'>,
  context: Pick<ChatContext, 'ownId' | 'ownName' | 'nowMs'>,
): ChatMessage {
  const id = crypto.randomUUID();
  return {
    type: 'message',
    id,
    messageId: id,
    from: context.ownId,
    fromName: context.ownName,
    fromMatrixId: undefined,
    isOwn: true,
    privateWith,
    text,
    atMs: context.nowMs,
    delivery: 'sending',
    ...UNTOUCHED,
    replyTo,
  };
}

export function writeChat(message: ChatMessage, room: string): XmlElement {
  const { id, privateWith, text, fromName, replyTo } = message;
  return xml(
    'message',
    { ...chatAddress(room, privateWith?.id), id },
    xml('body', {}, text),
    nickElement(fromName),
    replyTo !== undefined && replyElement(replyTo),
  );
}

/** For those who come when the sender has left. */
export function nickElement(name: string): XmlElement | undefined {
  return name === '' ? undefined : xml('nick', { xmlns: NS_NICK }, name);
}

/** @param privateWith endpoint id; undefined for everyone */
export function chatAddress(room: string, privateWith: string | undefined): { to: string; type: string } {
  return privateWith === undefined ? { to: room, type: 'groupchat' } : { to: `${room}/${privateWith}`, type: 'chat' };
}

export function notice(kind: 'joined' | 'left', name: string, atMs: number): ChatEntry {
  return { type: 'notice', id: crypto.randomUUID(), notice: kind, name, atMs };
}
