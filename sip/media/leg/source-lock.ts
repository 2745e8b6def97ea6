/** After so long without a packet of it, a source may be followed by another one: telephone systems switch in mid-call. */
const SWITCH_AFTER_MS = 200;

/** Of several synchronisation sources at one address only one is the phone. */
export class SourceLock {
  #ssrc: number | undefined;
  #lastPacketAtMs = -Infinity;

  /** @returns whether packets of this source are taken, and whether it is a new one */
  accept(ssrc: number, nowMs: number): 'same' | 'new' | 'other' {
    const isSame = ssrc === this.#ssrc;
    if (!isSame && this.#ssrc !== undefined && nowMs - this.#lastPacketAtMs < SWITCH_AFTER_MS) return 'other';
    this.#ssrc = ssrc;
    this.#lastPacketAtMs = nowMs;
    return isSame ? 'same' : 'new';
  }

  /** The next one is taken, whichever it is: a new session description. */
  release(): void {
    this.#lastPacketAtMs = -Infinity;
  }
}
