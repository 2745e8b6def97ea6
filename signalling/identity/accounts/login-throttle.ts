import { TokenBucket } from '#runtime/token-bucket.ts';

/** Failed logins: at once, and a second on average. */
export interface FailureRate {
  readonly burst: number;
  readonly perSecond: number;
}

/** People mistype; an office behind one address has some who do at the same time. */
const PER_ADDRESS: FailureRate = { burst: 20, perSecond: 0.1 };
/** Against many addresses that guess one account's password: about 4,000 guesses a day. */
const PER_ACCOUNT: FailureRate = { burst: 100, perSecond: 0.05 };
/** Above so many names those without a failure left to remember are forgotten. */
const SWEEP_ABOVE = 10_000;

/** Slows down the guessing of passwords, by who guesses and by whose password it is. Those who succeed cost nothing. */
export class LoginThrottle {
  readonly #now: () => number;
  readonly #addresses = new Map<string, TokenBucket>();
  readonly #accounts = new Map<string, TokenBucket>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  mayTry(address: string, username: string): boolean {
    const nowMs = this.#now();
    return [this.#addresses.get(address), this.#accounts.get(username)].every(
      (bucket) => bucket === undefined || bucket.has(1, nowMs),
    );
  }

  failed(address: string, username: string): void {
    this.#count(this.#addresses, address, PER_ADDRESS);
    this.#count(this.#accounts, username, PER_ACCOUNT);
  }

  #count(buckets: Map<string, TokenBucket>, key: string, { burst, perSecond }: FailureRate): void {
    const nowMs = this.#now();
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      if (buckets.size >= SWEEP_ABOVE) sweep(buckets, nowMs);
      bucket = new TokenBucket(burst, perSecond, nowMs);
      buckets.set(key, bucket);
    }
    bucket.take(1, nowMs);
  }
}

function sweep(buckets: Map<string, TokenBucket>, nowMs: number): void {
  for (const [key, bucket] of buckets) if (bucket.isFull(nowMs)) buckets.delete(key);
  // Nobody may make us remember more; whoever was there longest has waited longest.
  for (const [key] of buckets) {
    if (buckets.size < SWEEP_ABOVE) break;
    buckets.delete(key);
  }
}
