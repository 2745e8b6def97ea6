import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import type { ChatEntry } from '../meeting-types.ts';

/** Chat as a pure state: entries in, entries out (XEP-0045 §7.4–7.5, XEP-0203 delays; wire note §4.4). */

/** The page keeps so many; a meeting's whole talk stays well below. */
const MAX_ENTRIES = 2_000;
/** UTF-16 code units shown of one message. */
const MAX_TEXT = 16_384;

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
  readonly nowMs: number;
}

/** What a message does to the chat. */
export type ChatInput =
  | { readonly kind: 'add'; readonly entry: ChatEntry }
  /** Our own message came back, or the server took it. */
  | { readonly kind: 'delivered'; readonly id: string }
  | { readonly kind: 'failed'; readonly id: string }
  | { readonly kind: 'sending'; readonly id: string }
  /** The session is gone: what was on its way will not arrive. */
  | { readonly kind: 'all-failed' };

export function changeChat(entries: readonly ChatEntry[], input: ChatInput): readonly ChatEntry[] {
  switch (input.kind) {
    case 'add':
      // History repeats after a new join.
      if (entries.some(({ id }) => id === input.entry.id)) return entries;
      return [...entries, input.entry].slice(-MAX_ENTRIES);
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
  if (body === undefined || sender === undefined || (type !== 'groupchat' && type !== 'chat')) return undefined;
  const isPrivate = type === 'chat';
  const stamp = child(stanza, 'delay', 'urn:xmpp:delay')?.attrs['stamp'];
  const isOwn = sender === context.ownId && !isPrivate;
  if (isOwn && stamp === undefined && id !== undefined) return { kind: 'delivered', id };
  const name = context.nameOf(sender) ?? childText(stanza, 'nick', 'http://jabber.org/protocol/nick') ?? '';
  const fromName = isOwn ? context.ownName : name;
  return {
    kind: 'add',
    entry: {
      type: 'message',
      // Another client may use an id twice; together with the sender it is as unique as it gets.
      id: `${sender}:${id ?? stamp ?? crypto.randomUUID()}`,
      from: isOwn || context.nameOf(sender) !== undefined ? sender : undefined,
      fromName,
      isOwn,
      privateWith: isPrivate ? { id: sender, name: fromName } : undefined,
      text: body.slice(0, MAX_TEXT),
      atMs: readStamp(stamp) ?? context.nowMs,
      delivery: 'sent',
    },
  };
}

/** XEP-0082 */
function readStamp(stamp: string | undefined): number | undefined {
  const time = stamp === undefined ? Number.NaN : Date.parse(stamp);
  return Number.isNaN(time) ? undefined : time;
}

/** Our own message, before anyone has it. */
export function ownMessage(
  text: string,
  privateWith: ChatMessage['privateWith'],
  context: Pick<ChatContext, 'ownId' | 'ownName' | 'nowMs'>,
): ChatMessage {
  return {
    type: 'message',
    id: crypto.randomUUID(),
    from: context.ownId,
    fromName: context.ownName,
    isOwn: true,
    privateWith,
    text,
    atMs: context.nowMs,
    delivery: 'sending',
  };
}

export function writeChat(message: ChatMessage, room: string): XmlElement {
  const { id, privateWith, text } = message;
  const address =
    privateWith === undefined ? { to: room, type: 'groupchat' } : { to: `${room}/${privateWith.id}`, type: 'chat' };
  return xml('message', { ...address, id }, xml('body', {}, text));
}

export function notice(kind: 'joined' | 'left', name: string, atMs: number): ChatEntry {
  return { type: 'notice', id: crypto.randomUUID(), notice: kind, name, atMs };
}
