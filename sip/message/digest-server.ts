import { timingSafeEqual } from 'node:crypto';
import { type DigestFields, formatDigestHeader, parseDigestHeader } from './digest-header.ts';
import { DIGEST_ALGORITHMS, digestAlgorithm, digestResponse } from './digest-hash.ts';
import type { DigestNonces } from './digest-nonce.ts';
import { headerValues } from './headers.ts';
import type { Header, SipRequest } from './message.ts';

// Digest authentication on the server's side, for trunks that prove themselves to us by a 401 (RFC 3261 §22.2).

export type DigestVerdict =
  | { readonly kind: 'authentic'; readonly username: string }
  /** To be answered with 401 and new challenges. */
  | { readonly kind: 'challenge'; readonly isStale: boolean; readonly reason: DigestDoubt };

/** Why a request was not believed, for the log. `replayed`: the nonce count did not rise. */
export type DigestDoubt =
  | 'no-credentials'
  | 'malformed'
  | 'other-realm'
  | 'foreign-nonce'
  | 'stale-nonce'
  | 'wrong-password'
  | 'other-uri'
  | 'replayed';

/** Of those that were used rightly, so no stranger fills this; above so many the one unused longest is forgotten. */
const MAX_NONCES = 4_096;

export class DigestServer {
  readonly #realm: string;
  readonly #nonces: DigestNonces;
  readonly #passwordOf: (username: string) => string | undefined;
  /** The highest count that was seen with a nonce. */
  readonly #counts = new Map<string, number>();

  /** @param passwordOf of the trunk's account, undefined when there is none of that name. */
  constructor(realm: string, nonces: DigestNonces, passwordOf: (username: string) => string | undefined) {
    this.#realm = realm;
    this.#nonces = nonces;
    this.#passwordOf = passwordOf;
  }

  /**
   * The headers of a 401: one for each algorithm with a nonce of its own, strongest first.
   * @param random at least 6 bytes for each call.
   */
  challenges(isStale: boolean, nowMs: number, random: Uint8Array): readonly Header[] {
    const nonce = this.#nonces.create(nowMs, random);
    return DIGEST_ALGORITHMS.map((algorithm) => {
      const fields = new Map([
        ['realm', this.#realm],
        ['nonce', nonce],
        ['qop', 'auth'],
        ['algorithm', algorithm],
      ]);
      if (isStale) fields.set('stale', 'true');
      return { name: 'www-authenticate', value: formatDigestHeader(fields, 'challenge') };
    });
  }

  /** @param uri the Request-URI as it came, which the credentials have to name. */
  verify(request: SipRequest, uri: string, nowMs: number): DigestVerdict {
    const headers = headerValues(request, 'authorization');
    if (headers.length === 0) return doubt('no-credentials');
    let first: DigestVerdict | undefined;
    for (const value of headers) {
      const fields = parseDigestHeader(value);
      const verdict = fields === undefined ? doubt('malformed') : this.#judge(fields, request.method, uri, nowMs);
      if (verdict.kind === 'authentic') return verdict;
      first ??= verdict;
    }
    return first ?? doubt('no-credentials');
  }

  #judge(fields: DigestFields, method: string, uri: string, nowMs: number): DigestVerdict {
    const [username, nonce, response] = ['username', 'nonce', 'response'].map((name) => fields.get(name));
    const [cnonce, nonceCount] = [fields.get('cnonce'), fields.get('nc')];
    const algorithm = digestAlgorithm(fields.get('algorithm'));
    if (username === undefined || nonce === undefined || response === undefined) return doubt('malformed');
    if (algorithm === undefined || fields.get('qop') !== 'auth') return doubt('malformed');
    if (cnonce === undefined || nonceCount === undefined || !/^[0-9a-f]{8}$/i.test(nonceCount))
      return doubt('malformed');
    if (fields.get('realm') !== this.#realm) return doubt('other-realm');
    const age = this.#nonces.check(nonce, nowMs);
    if (age === 'foreign') return doubt('foreign-nonce');
    if (fields.get('uri') !== uri) return doubt('other-uri');
    const password = this.#passwordOf(username);
    // An account that is not there takes as long as one that is.
    const input = { algorithm, username, realm: this.#realm, password: password ?? '', nonce, method, uri };
    const expected = digestResponse({ ...input, auth: { cnonce, nonceCount } });
    if (!sameText(expected, response.toLowerCase()) || password === undefined) return doubt('wrong-password');
    if (age === 'stale') return { kind: 'challenge', isStale: true, reason: 'stale-nonce' };
    const count = Number.parseInt(nonceCount, 16);
    if (count <= (this.#counts.get(nonce) ?? 0)) return { kind: 'challenge', isStale: true, reason: 'replayed' };
    this.#remember(nonce, count);
    return { kind: 'authentic', username };
  }

  #remember(nonce: string, count: number): void {
    this.#counts.delete(nonce);
    this.#counts.set(nonce, count);
    const oldest = this.#counts.keys().next();
    if (this.#counts.size > MAX_NONCES && oldest.done !== true) this.#counts.delete(oldest.value);
  }
}

function doubt(reason: DigestDoubt): DigestVerdict {
  return { kind: 'challenge', isStale: false, reason };
}

function sameText(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}
