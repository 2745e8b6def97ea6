import type { PhoneLeg } from '../media/phone-leg.ts';
import type { Session } from '../ua/session.ts';
import { KeyPresses, type KeyWay } from './key-presses.ts';

/** The keys of one phone, each press once, by whichever ways it tells of them. */
export class PhoneKeys {
  readonly #presses = new KeyPresses();
  readonly #now: () => number;
  readonly #onKey: (key: string) => void;

  /** @param now milliseconds of a monotonic clock */
  constructor(leg: PhoneLeg, now: () => number, onKey: (key: string) => void) {
    this.#now = now;
    this.#onKey = onKey;
    leg.on('digit', (key) => this.#take(key, 'sound'));
  }

  /** Hears the call's INFO too. */
  listenTo(session: Session): void {
    session.on('digit', (key) => this.#take(key, 'info'));
  }

  #take(key: string, way: KeyWay): void {
    if (this.#presses.isNew(key, way, this.#now())) this.#onKey(key);
  }
}
