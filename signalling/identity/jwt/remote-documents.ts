import { TokenBucket } from '#runtime/token-bucket.ts';
import { KeyServerError } from './key-source.ts';

export interface CacheTimes {
  /** How long what was found counts without asking again. */
  readonly freshMs: number;
  /** How long it is better than nothing while the key server is down. */
  readonly staleMs: number;
  /** How long nobody asks again for what was not there, or after a failure. */
  readonly retryMs: number;
}

/** An hour's revocation is what token issuers reckon with; a day bridges an outage. */
export const DEFAULT_CACHE_TIMES: CacheTimes = { freshMs: 3_600_000, staleMs: 86_400_000, retryMs: 30_000 };

interface Entry<Value> {
  readonly value: Value | undefined;
  readonly fetchedAtMs: number;
  readonly triedAtMs: number;
  readonly error: unknown;
}

/** Names in tokens are whatever their makers like, so what is kept, and asked for, is bounded. */
const MAX_ENTRIES = 200;
const FETCHES_AT_ONCE = 20;
const FETCHES_PER_SECOND = 2;

/** Documents of a key server by name: each is fetched once for all who wait, kept for a while, and bounded in number. */
export class RemoteDocuments<Value> {
  readonly #fetch: (name: string) => Promise<Value | undefined>;
  readonly #times: CacheTimes;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #pending = new Map<string, Promise<Entry<Value>>>();
  readonly #rate: TokenBucket;

  constructor(fetch: (name: string) => Promise<Value | undefined>, times: CacheTimes, now: () => number) {
    this.#fetch = fetch;
    this.#times = times;
    this.#now = now;
    this.#rate = new TokenBucket(FETCHES_AT_ONCE, FETCHES_PER_SECOND, now());
  }

  /**
   * @param suffices an older document is fetched again (not more often than `retryMs`) when it does not suffice.
   * @throws KeyServerError
   */
  async get(name: string, suffices: (value: Value) => boolean = () => true): Promise<Value | undefined> {
    const known = this.#entries.get(name);
    if (known !== undefined && this.#isGoodEnough(known, suffices)) return valueOf(known);
    return valueOf(await (this.#pending.get(name) ?? this.#refresh(name, known)));
  }

  #isGoodEnough(entry: Entry<Value>, suffices: (value: Value) => boolean): boolean {
    const nowMs = this.#now();
    if (nowMs - entry.triedAtMs < this.#times.retryMs) return true;
    return entry.value !== undefined && suffices(entry.value) && nowMs - entry.fetchedAtMs < this.#times.freshMs;
  }

  #refresh(name: string, known: Entry<Value> | undefined): Promise<Entry<Value>> {
    // Names that were good before are few and cost those who make others up nothing; so they always get through.
    if (known?.value === undefined && !this.#rate.take(1, this.#now())) {
      return Promise.reject(new KeyServerError('busy', 'is asked for too many keys'));
    }
    const pending = this.#fetchEntry(name, known).finally(() => this.#pending.delete(name));
    this.#pending.set(name, pending);
    return pending;
  }

  async #fetchEntry(name: string, known: Entry<Value> | undefined): Promise<Entry<Value>> {
    let entry: Entry<Value>;
    try {
      const value = await this.#fetch(name);
      const nowMs = this.#now();
      entry = { value, fetchedAtMs: nowMs, triedAtMs: nowMs, error: undefined };
    } catch (error) {
      const triedAtMs = this.#now();
      const isUsable = known?.value !== undefined && triedAtMs - known.fetchedAtMs < this.#times.staleMs;
      entry = isUsable ? { ...known, triedAtMs } : { value: undefined, fetchedAtMs: triedAtMs, triedAtMs, error };
    }
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    this.#makeRoom();
    return entry;
  }

  /** Forgets names that stand for nothing first, so that nobody drives out good ones by making up others. */
  #makeRoom(): void {
    if (this.#entries.size <= MAX_ENTRIES) return;
    const [oldest] = this.#entries.keys();
    const [useless = oldest] = [...this.#entries].flatMap(([name, { value }]) => (value === undefined ? [name] : []));
    if (useless !== undefined) this.#entries.delete(useless);
  }
}

function valueOf<Value>({ value, error }: Entry<Value>): Value | undefined {
  if (error !== undefined) throw error;
  return value;
}
