import { createHash, type KeyObject } from 'node:crypto';
import { fetchGuarded, type FetchBounds } from './guarded-fetch.ts';
import { JsonWebKeySet, publicKeyFromPem } from './json-web-key-set.ts';
import { fitsAlgorithm, type KeySource } from './key-source.ts';
import { DEFAULT_CACHE_TIMES, RemoteDocuments, type CacheTimes } from './remote-documents.ts';

/** What an address with a key per file has in place of the key's name. */
export const KEY_NAME_PLACEHOLDER = '{sha256}';

export interface RemoteKeyOptions extends FetchBounds {
  readonly times?: CacheTimes;
  /** Milliseconds. */
  now?(): number;
}

/** One PEM file per key, under the hex SHA-256 of its name (wire note §8): a name cannot lead anywhere else. */
export class PemServerKeys implements KeySource {
  readonly needsKid = true;
  readonly #documents: RemoteDocuments<KeyObject>;

  /** @param pattern URL with {@link KEY_NAME_PLACEHOLDER} in its path. */
  constructor(pattern: string, options: RemoteKeyOptions) {
    this.#documents = new RemoteDocuments(
      async (name) => {
        const pem = await fetchGuarded(new URL(pattern.replaceAll(KEY_NAME_PLACEHOLDER, name)), options);
        return pem === undefined ? undefined : publicKeyFromPem(pem);
      },
      options.times ?? DEFAULT_CACHE_TIMES,
      () => options.now?.() ?? Date.now(),
    );
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async find(kid: string | undefined, alg: string): Promise<KeyObject | undefined> {
    if (kid === undefined) return undefined;
    const key = await this.#documents.get(createHash('sha256').update(kid).digest('hex'));
    return key !== undefined && fitsAlgorithm(key, alg) ? key : undefined;
  }
}

/** A JSON Web Key Set (RFC 7517); fetched again when a token names a key that is not in it yet. */
export class JwksKeys implements KeySource {
  readonly needsKid = true;
  readonly #url: string;
  readonly #documents: RemoteDocuments<JsonWebKeySet>;

  constructor(url: string, options: RemoteKeyOptions) {
    this.#url = url;
    this.#documents = new RemoteDocuments(
      async (address) => {
        const json = await fetchGuarded(new URL(address), options);
        return json === undefined ? undefined : new JsonWebKeySet(json.toString('utf8'));
      },
      options.times ?? DEFAULT_CACHE_TIMES,
      () => options.now?.() ?? Date.now(),
    );
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async find(kid: string | undefined, alg: string): Promise<KeyObject | undefined> {
    const keys = await this.#documents.get(this.#url, (known) => known.find(kid, alg) !== undefined);
    return keys?.find(kid, alg);
  }
}
