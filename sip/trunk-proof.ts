import { randomBytes } from 'node:crypto';
import type { Logger } from '#runtime/logger.ts';
import type { TrunkConfig } from './config.ts';
import { DigestNonces } from './message/digest-nonce.ts';
import { DigestServer } from './message/digest-server.ts';
import type { Header, SipRequest } from './message/message.ts';
import { formatUri } from './message/uri.ts';

const REALM = 'parley';
const NONCE_LIFETIME_MS = 300_000;
const KEY_BYTES = 32;
const RANDOM_BYTES = 6;

/** Asks trunks whose address proves nothing for their password, call by call. */
export class TrunkProof {
  readonly #servers: ReadonlyMap<string, DigestServer>;
  readonly #logger: Logger;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(trunks: readonly TrunkConfig[], logger: Logger, now: () => number) {
    const nonces = new DigestNonces(randomBytes(KEY_BYTES), NONCE_LIFETIME_MS);
    this.#servers = new Map(
      trunks
        .filter(({ authenticate }) => authenticate)
        .map(({ name, username, password }) => [
          name,
          new DigestServer(REALM, nonces, (user) => (user === username ? password : undefined)),
        ]),
    );
    this.#logger = logger;
    this.#now = now;
  }

  /** What a 401 to this call says; undefined when the trunk need not prove itself, or has. */
  challengeOf(request: SipRequest, trunk: string): readonly Header[] | undefined {
    const server = this.#servers.get(trunk);
    if (server === undefined) return undefined;
    const nowMs = this.#now();
    const verdict = server.verify(request, formatUri(request.uri), nowMs);
    if (verdict.kind === 'authentic') return undefined;
    const { reason, isStale } = verdict;
    // Everybody begins without; the rest is somebody's mistake, or a try.
    if (reason !== 'no-credentials') this.#logger.warn({ trunk, reason }, 'a trunk did not prove itself');
    return server.challenges(isStale, nowMs, randomBytes(RANDOM_BYTES));
  }
}
