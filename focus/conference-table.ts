import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Bus } from '#runtime/bus.ts';
import { Conference, type ConferenceContext, type EndReason } from './conference.ts';

/** What became of a wish for a conference. */
export type OpenResult =
  | { readonly kind: 'ready' }
  /** Somebody else is about to do it; ask again. */
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'refused'; readonly error: StanzaError };

interface Entry {
  readonly openedBy: string;
  readonly opening: Promise<OpenResult>;
  conference?: Conference;
}

/** The conferences of this focus, by room. One focus owns a conference, by the lease `conference/<room>`. */
export class ConferenceTable {
  readonly #context: ConferenceContext;
  readonly #bus: Bus;
  readonly #byRoom = new Map<string, Entry>();

  constructor(context: ConferenceContext) {
    this.#context = context;
    this.#bus = context.bus;
  }

  /**
   * Makes sure that the conference exists and the focus is in its room.
   * @param room bare address.
   * @param openedBy names who asks, as far as limits go.
   */
  open(room: string, openedBy: string): Promise<OpenResult> {
    const known = this.#byRoom.get(room);
    if (known !== undefined) return known.opening;
    const refusal = this.#limit(openedBy);
    if (refusal !== undefined) return Promise.resolve({ kind: 'refused', error: refusal });
    const entry: Entry = { openedBy, opening: Promise.resolve().then(() => this.#create(room, entry)) };
    this.#byRoom.set(room, entry);
    return entry.opening;
  }

  /** The conference of a room, if it is here. */
  ofRoom(room: string): Conference | undefined {
    return this.#byRoom.get(room)?.conference;
  }

  withId(id: string): Conference | undefined {
    return this.all().find((conference) => conference.id === id);
  }

  all(): readonly Conference[] {
    return [...this.#byRoom.values()].flatMap(({ conference }) => conference ?? []);
  }

  end(reason: EndReason): void {
    for (const conference of this.all()) conference.end(reason);
  }

  async #create(room: string, entry: Entry): Promise<OpenResult> {
    const lease = await this.#bus.claim(`conference/${room}`, {});
    if (lease === undefined) {
      this.#byRoom.delete(room);
      return { kind: 'not-ready' };
    }
    const conference = new Conference(this.#context, room, entry.openedBy, lease, () => this.#ended(room, entry));
    entry.conference = conference;
    this.#context.metrics.conferences.inc();
    conference.logger.info({ room }, 'conference opened');
    if (await conference.join()) return { kind: 'ready' };
    return { kind: 'refused', error: stanzaError('wait', 'service-unavailable', 'the room cannot be opened now') };
  }

  #ended(room: string, entry: Entry): void {
    this.#context.metrics.conferences.dec();
    if (this.#byRoom.get(room) === entry) this.#byRoom.delete(room);
  }

  #limit(openedBy: string): StanzaError | undefined {
    const { maxConferences, maxEmptyConferencesPerUser } = this.#context.config;
    if (this.#byRoom.size >= maxConferences) {
      return stanzaError('wait', 'resource-constraint', 'this server has as many meetings as it can hold');
    }
    const own = this.#byRoom
      .values()
      .filter((entry) => entry.openedBy === openedBy && entry.conference?.isUnused !== false);
    return [...own].length >= maxEmptyConferencesPerUser
      ? stanzaError('wait', 'resource-constraint', 'you have opened several meetings that nobody has joined yet')
      : undefined;
  }
}
