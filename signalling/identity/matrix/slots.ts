import { OutboundError } from '../outbound/outbound-error.ts';

export interface SlotLimits {
  readonly perKey: number;
  readonly overall: number;
  readonly maxWaiting: number;
}

interface Waiting {
  readonly key: string;
  start(): void;
}

/** Lets only so much be done at once, for one key and overall; the rest waits in order, up to a bound. */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #busy = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  #total = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** @throws OutboundError where too much waits already, or what the work throws. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.#isFree(key)) {
      if (this.#waiting.length >= this.#limits.maxWaiting) {
        throw new OutboundError('unreachable', 'is asked for too much at once');
      }
      await new Promise<void>((resolve) => this.#waiting.push({ key, start: resolve }));
    } else {
      this.#take(key);
    }
    try {
      return await work();
    } finally {
      this.#leave(key);
    }
  }

  #isFree(key: string): boolean {
    return this.#total < this.#limits.overall && (this.#busy.get(key) ?? 0) < this.#limits.perKey;
  }

  #take(key: string): void {
    this.#total += 1;
    this.#busy.set(key, (this.#busy.get(key) ?? 0) + 1);
  }

  #leave(key: string): void {
    this.#total -= 1;
    const left = (this.#busy.get(key) ?? 1) - 1;
    if (left === 0) this.#busy.delete(key);
    else this.#busy.set(key, left);
    const index = this.#waiting.findIndex((waiting) => this.#isFree(waiting.key));
    const [next] = index === -1 ? [] : this.#waiting.splice(index, 1);
    if (next === undefined) return;
    this.#take(next.key);
    next.start();
  }
}
