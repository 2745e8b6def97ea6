import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import type { SpeakerTime } from '../meeting-types.ts';
import { readDisplayName } from '#protocol/xmpp/display-name.ts';
import { asObject, readComponentMessage } from '../room/component-message.ts';

const MAX_PEOPLE = 1_000;

export interface SpeakerTimesPorts {
  /** The component's address. */
  readonly host: string;
  /** Bare JID of the room. */
  readonly room: () => string;
  readonly ownId: () => string;
  readonly send: (stanza: XmlElement) => void;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

interface Turn {
  readonly id: string;
  readonly isSilent: boolean;
  readonly sinceMs: number;
}

/**
 * Who has spoken for how long (wire note §7.1): what the component knew when we came, and what the bridge has said since.
 * Each client tells the component of its own turns.
 */
export class SpeakerTimes {
  readonly #ports: SpeakerTimesPorts;
  /** Of people by endpoint id, without the turn that lasts; also those who left. */
  #times = new Map<string, { readonly name: string; readonly spokenMs: number }>();
  #turn: Turn | undefined;

  constructor(ports: SpeakerTimesPorts) {
    this.#ports = ports;
  }

  /** The bridge names the dominant speaker, who may be silent at the moment. */
  speaks(id: string | undefined, isSilent: boolean): void {
    this.#settle();
    if (this.#turn?.id === id && this.#turn?.isSilent === isSilent) return;
    this.#turn = id === undefined ? undefined : { id, isSilent, sinceMs: this.#ports.now() };
    if (id !== this.#ports.ownId()) return;
    const { host, room, send } = this.#ports;
    send(xml('message', { to: host }, xml('speakerstats', { xmlns: NS_JITMEET, room: room(), silence: isSilent })));
  }

  /** @param people who is here, by endpoint id; those who were keep the name they had */
  read(people: ReadonlyMap<string, string>): readonly SpeakerTime[] {
    this.#settle();
    for (const [id, name] of people) this.#times.set(id, { name, spokenMs: this.#times.get(id)?.spokenMs ?? 0 });
    return Array.from(this.#times, ([id, time]) => ({ id, ...time, isHere: people.has(id) }))
      .filter(({ isHere, spokenMs }) => isHere || spokenMs > 0)
      .toSorted((a, b) => b.spokenMs - a.spokenMs);
  }

  /** @returns true if the stanza was about these times */
  receive(stanza: XmlElement): boolean {
    const message = readComponentMessage(stanza, this.#ports.host);
    if (message?.['type'] !== 'speakerstats') return false;
    for (const [id, value] of Object.entries(asObject(message['users']) ?? {}).slice(0, MAX_PEOPLE)) {
      const user = asObject(value);
      const spokenMs = user?.['totalDominantSpeakerTime'];
      if (typeof spokenMs !== 'number' || !Number.isFinite(spokenMs) || spokenMs < 0) continue;
      const known = this.#times.get(id)?.spokenMs ?? 0;
      const name = readDisplayName(user?.['displayName']);
      // After a new join we know as much ourselves.
      this.#times.set(id, { name, spokenMs: Math.max(known, spokenMs) });
    }
    return true;
  }

  /** Another room has other speakers. */
  reset(): void {
    this.#times = new Map();
    this.#turn = undefined;
  }

  #settle(): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    const nowMs = this.#ports.now();
    this.#turn = { ...turn, sinceMs: nowMs };
    if (turn.isSilent) return;
    const known = this.#times.get(turn.id);
    if (known === undefined && this.#times.size >= MAX_PEOPLE) return;
    const spokenMs = (known?.spokenMs ?? 0) + nowMs - turn.sinceMs;
    this.#times.set(turn.id, { name: known?.name ?? '', spokenMs });
  }
}
