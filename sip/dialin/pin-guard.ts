import { addressGroup } from '#runtime/address-group.ts';
import { FailureLimit } from '#runtime/failure-limit.ts';

/** Wrong PINs (sip-and-recording.md §5.1). */
const RATE = { burst: 20, perSecond: 20 / 60 };

export interface Caller {
  /** The address from which the call's signalling came. */
  readonly source: string;
  /** The trunk's name. */
  readonly trunk: string;
}

/**
 * Against guessing PINs: a source, or a trunk, from which too many wrong ones came has every PIN called wrong for a while,
 * the right ones too, so that more guesses teach nothing.
 */
export class PinGuard {
  readonly #limit: FailureLimit;

  /** @param now milliseconds of a clock that does not step back. */
  constructor(now: () => number) {
    this.#limit = new FailureLimit(RATE, now);
  }

  isOpen(caller: Caller): boolean {
    return keysOf(caller).every((key) => this.#limit.mayTry(key));
  }

  wrong(caller: Caller): void {
    for (const key of keysOf(caller)) this.#limit.failed(key);
  }
}

function keysOf({ source, trunk }: Caller): readonly string[] {
  return [`source ${addressGroup(source)}`, `trunk ${trunk}`];
}
