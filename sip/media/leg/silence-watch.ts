export interface SilenceLimits {
  readonly warnMs: number;
  readonly endMs: number;
}

export interface SilenceEvent {
  readonly seconds: number;
  /** The call should be ended. */
  readonly isOver: boolean;
}

/** Tells when a phone has sent nothing for long, twice: as a warning, and when there is no hope. */
export class SilenceWatch {
  readonly #limits: SilenceLimits;
  #sinceMs: number;
  #isHeld = false;
  #told: 'nothing' | 'warned' | 'over' = 'nothing';

  constructor(limits: SilenceLimits, nowMs: number) {
    this.#limits = limits;
    this.#sinceMs = nowMs;
  }

  /** @returns whether this ends a silence that was told of */
  heard(nowMs: number): boolean {
    const wasTold = this.#told !== 'nothing';
    this.#sinceMs = nowMs;
    this.#told = 'nothing';
    return wasTold;
  }

  /** A phone on hold may be silent as long as it likes; time begins anew when it returns. */
  setHeld(isHeld: boolean, nowMs: number): void {
    if (this.#isHeld && !isHeld) this.heard(nowMs);
    this.#isHeld = isHeld;
  }

  check(nowMs: number): SilenceEvent | undefined {
    if (this.#isHeld || this.#told === 'over') return undefined;
    const silentMs = nowMs - this.#sinceMs;
    const isOver = silentMs >= this.#limits.endMs;
    if (!isOver && (this.#told === 'warned' || silentMs < this.#limits.warnMs)) return undefined;
    this.#told = isOver ? 'over' : 'warned';
    return { seconds: Math.floor(silentMs / 1000), isOver };
  }
}
