import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';

/** XEP-0203 */
const NS_DELAY = 'urn:xmpp:delay';
/** XEP-0334 */
const NS_HINTS = 'urn:xmpp:hints';
/** XEP-0424, version 1 of its namespace: what Jitsi's client sends (wire note §4.4). */
const NS_RETRACT = 'urn:xmpp:message-retract:1';

interface Entry {
  readonly id: string | undefined;
  readonly from: string;
  readonly stanza: OutgoingStanza;
}

/** The last messages of a room, in memory, for those who come later (XEP-0045 §7.2.13). */
export class History {
  readonly #limit: number;
  #entries: Entry[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Messages as newcomers get them, oldest first. */
  get stanzas(): readonly OutgoingStanza[] {
    return this.#entries.map(({ stanza }) => stanza);
  }

  /**
   * Takes note of a message that was sent to all.
   * @param message as reflected, from an occupant's address.
   * @param mayModerate whether its sender may retract what others wrote.
   */
  add(message: XmlElement, room: string, nowMs: number, mayModerate: boolean): void {
    const retracted = child(message, 'retract', NS_RETRACT)?.attrs['id'];
    const from = message.attrs['from'] ?? '';
    if (retracted !== undefined) {
      this.#entries = this.#entries.filter((entry) => entry.id !== retracted || (entry.from !== from && !mayModerate));
      return;
    }
    if (child(message, 'body') === undefined || child(message, 'no-store', NS_HINTS) !== undefined) return;
    const stamp = new Date(nowMs).toISOString();
    const delayed = xml(
      message.name,
      message.attrs,
      message.children,
      xml('delay', { xmlns: NS_DELAY, from: room, stamp }),
    );
    this.#entries.push({ id: message.attrs['id'], from, stanza: new OutgoingStanza(delayed) });
    if (this.#entries.length > this.#limit) this.#entries.shift();
  }
}
