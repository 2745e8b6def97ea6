import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { NS_CORRECT, readReference } from './chat-rules.ts';

/** XEP-0203 */
const NS_DELAY = 'urn:xmpp:delay';
/** XEP-0334 */
const NS_HINTS = 'urn:xmpp:hints';
/**
 * Reactions kept of one person to one message. By XEP-0444 the last ones are all there are; Jitsi's client sends each new
 * one by itself. Replayed in order, both come out right.
 */
const MAX_REACTIONS_EACH = 8;
/** Reactions kept to one message. */
const MAX_REACTIONS = 200;

interface Reaction {
  readonly from: string;
  readonly stanza: OutgoingStanza;
}

interface Entry {
  readonly id: string | undefined;
  readonly from: string;
  readonly stanza: OutgoingStanza;
  readonly reactions: readonly Reaction[];
}

/** The last messages of a room, in memory, for those who come later (XEP-0045 §7.2.13). */
export class History {
  readonly #limit: number;
  #entries: Entry[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Messages as newcomers get them, oldest first, each with its reactions. */
  get stanzas(): readonly OutgoingStanza[] {
    return this.#entries.flatMap(({ stanza, reactions }) => [stanza, ...reactions.map((one) => one.stanza)]);
  }

  /**
   * Takes note of a message that was sent to all, and that its sender was allowed to send (chat-rules.ts).
   * @param message as reflected, from an occupant's address.
   */
  add(message: XmlElement, room: string, nowMs: number): void {
    const from = message.attrs['from'] ?? '';
    const reference = readReference(message);
    const isKept = child(message, 'no-store', NS_HINTS) === undefined;
    if (reference?.kind === 'retraction') {
      this.#entries = this.#entries.filter(({ id }) => id !== reference.id);
      return;
    }
    if (!isKept) return;
    if (reference?.kind === 'reactions') {
      const isTakenBack = reference.emoji.length === 0;
      this.#change(reference.id, ({ reactions, ...entry }) => {
        const own = reactions.filter((one) => one.from === from);
        const kept = isTakenBack ? [] : own.slice(1 - MAX_REACTIONS_EACH);
        const others = reactions.filter((one) => one.from !== from || kept.includes(one));
        const added = isTakenBack ? [] : [{ from, stanza: delayed(message, room, nowMs) }];
        return { ...entry, reactions: [...others, ...added].slice(-MAX_REACTIONS) };
      });
    } else if (child(message, 'body') === undefined) return;
    else if (reference?.kind === 'correction') {
      this.#change(reference.id, (entry) => {
        // Newcomers know nothing of the message it corrects: for them it is that message, which replaces itself.
        const children = message.children.filter((node) => typeof node === 'string' || node.name !== 'replace');
        const mark = xml('replace', { xmlns: NS_CORRECT, id: reference.id });
        const corrected = xml(message.name, { ...message.attrs, id: reference.id }, children, mark);
        return { ...entry, stanza: delayed(corrected, room, nowMs) };
      });
    } else {
      const entry = { id: message.attrs['id'], from, stanza: delayed(message, room, nowMs), reactions: [] };
      this.#entries.push(entry);
      if (this.#entries.length > this.#limit) this.#entries.shift();
    }
  }

  #change(id: string, change: (entry: Entry) => Entry): void {
    this.#entries = this.#entries.map((entry) => (entry.id === id ? change(entry) : entry));
  }
}

function delayed(message: XmlElement, room: string, nowMs: number): OutgoingStanza {
  const stamp = new Date(nowMs).toISOString();
  const delay = xml('delay', { xmlns: NS_DELAY, from: room, stamp });
  return new OutgoingStanza(xml(message.name, message.attrs, message.children, delay));
}
