/** People remembered, those who left included; more than a meeting has, fewer than memory. */
const MAX_PEOPLE = 1_000;

export interface SpeakerTime {
  readonly name: string;
  /** Milliseconds for which this person was the dominant speaker and not silent. */
  readonly spokenMs: number;
}

/** The times of one room. There is one dominant speaker at a time: whoever said so last. */
export class SpeakerTimes {
  readonly #people = new Map<string, SpeakerTime>();
  #speaker: { readonly nick: string; readonly sinceMs: number; readonly isSilent: boolean } | undefined;

  /** Somebody is here, under this name. */
  knows(nick: string, name: string): void {
    const known = this.#people.get(nick);
    if (known === undefined && this.#people.size >= MAX_PEOPLE) return;
    this.#people.set(nick, { name, spokenMs: known?.spokenMs ?? 0 });
  }

  /** Somebody is the dominant speaker from now on, perhaps without making a sound at the moment. */
  speaks(nick: string, isSilent: boolean, nowMs: number): void {
    this.#settle(nowMs);
    this.#speaker = { nick, sinceMs: nowMs, isSilent };
  }

  /** Somebody speaks no longer, having left. */
  falls(nick: string, nowMs: number): void {
    if (this.#speaker?.nick !== nick) return;
    this.#settle(nowMs);
    this.#speaker = undefined;
  }

  /** Everyone's time up to now. */
  users(nowMs: number): readonly (readonly [string, SpeakerTime])[] {
    this.#settle(nowMs);
    return [...this.#people];
  }

  /** Books the time since the last change. */
  #settle(nowMs: number): void {
    const speaker = this.#speaker;
    if (speaker === undefined) return;
    this.#speaker = { ...speaker, sinceMs: nowMs };
    const known = this.#people.get(speaker.nick);
    if (known === undefined || speaker.isSilent) return;
    this.#people.set(speaker.nick, { ...known, spokenMs: known.spokenMs + nowMs - speaker.sinceMs });
  }
}
