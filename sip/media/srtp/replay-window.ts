const WINDOW = 64;

/** Which of the last 64 packets of a source have come already (RFC 3711 §3.3.2). */
export class ReplayWindow {
  #highest = -1;
  #seen = 0n;

  /** Whether a packet of this index may be taken: neither seen nor too old to tell. */
  isNew(index: number): boolean {
    const age = this.#highest - index;
    return age < 0 || (age < WINDOW && ((this.#seen >> BigInt(age)) & 1n) === 0n);
  }

  note(index: number): void {
    const age = this.#highest - index;
    if (age < 0) {
      this.#seen = BigInt.asUintN(WINDOW, (age < -WINDOW ? 0n : this.#seen << BigInt(-age)) | 1n);
      this.#highest = index;
    } else {
      this.#seen |= 1n << BigInt(age);
    }
  }
}
