/** How a phone tells of its keys: in the sound (events of RFC 4733, or tones), or by INFO. Some do both. */
export type KeyWay = 'sound' | 'info';

interface Press {
  readonly key: string;
  readonly way: KeyWay;
  readonly atMs: number;
}

/** An INFO is sent when the key is let go, and may have to be sent again. */
const SAME_PRESS_MS = 3_000;

/** Makes one press of what is told of it by both ways. */
export class KeyPresses {
  /** Told of by one way so far, the oldest first. */
  #unpaired: readonly Press[] = [];

  /**
   * @param nowMs of a clock that does not step back
   * @returns whether this is a press that was not told of before
   */
  isNew(key: string, way: KeyWay, nowMs: number): boolean {
    this.#unpaired = this.#unpaired.filter(({ atMs }) => nowMs - atMs < SAME_PRESS_MS);
    const pair = this.#unpaired.find((press) => press.key === key && press.way !== way);
    this.#unpaired =
      pair === undefined
        ? [...this.#unpaired, { key, way, atMs: nowMs }]
        : this.#unpaired.filter((press) => press !== pair);
    return pair === undefined;
  }
}
