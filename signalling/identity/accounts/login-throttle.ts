import { FailureLimit, type FailureRate } from '#runtime/failure-limit.ts';

/** People mistype; an office behind one address has some who do at the same time. */
const PER_ADDRESS: FailureRate = { burst: 20, perSecond: 0.1 };
/** Against many addresses that guess one account's password: about 4,000 guesses a day. */
const PER_ACCOUNT: FailureRate = { burst: 100, perSecond: 0.05 };

/** Slows down the guessing of passwords, by who guesses and by whose password it is. Those who succeed cost nothing. */
export class LoginThrottle {
  readonly #addresses: FailureLimit;
  readonly #accounts: FailureLimit;

  constructor(now: () => number = () => performance.now()) {
    this.#addresses = new FailureLimit(PER_ADDRESS, now);
    this.#accounts = new FailureLimit(PER_ACCOUNT, now);
  }

  mayTry(address: string, username: string): boolean {
    return this.#addresses.mayTry(address) && this.#accounts.mayTry(username);
  }

  failed(address: string, username: string): void {
    this.#addresses.failed(address);
    this.#accounts.failed(username);
  }
}
