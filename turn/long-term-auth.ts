import type { Allocation, Owner } from './allocation.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import type { Nonces } from './nonce.ts';
import { opaqueString } from './opaque-string.ts';
import { AttributeType } from './stun/attribute-type.ts';
import { ErrorCode } from './stun/error-code.ts';
import { checkIntegrity, integrityAlgorithm } from './stun/integrity.ts';
import type { StunMessage } from './stun/message.ts';
import { echoesOurOffer, type PasswordAlgorithm, readPasswordAlgorithm } from './stun/password-algorithms.ts';
import { readText } from './stun/text-attribute.ts';
import { USERHASH_BYTES } from './stun/userhash.ts';

/** Why a request was not believed, for the metrics. */
export type AuthFailure =
  | 'no-credentials'
  | 'incomplete'
  | 'bid-down'
  | 'stale-nonce'
  | 'unknown-user'
  | 'expired'
  | 'wrong-password'
  | 'other-user';

export type AuthResult =
  { isAuthentic: true; owner: Owner } | { isAuthentic: false; code: ErrorCode; failure: AuthFailure; owner?: Owner };

function reject(code: ErrorCode, failure: AuthFailure): AuthResult {
  return { isAuthentic: false, code, failure };
}

export interface AuthTime {
  /** Seconds since 1970. */
  nowSeconds: number;
  /** Whether a time-limited credential that has run out also ends what it has begun. */
  strictExpiry: boolean;
}

/** The long-term credential mechanism on the server's side (RFC 8489 §9.2.4), in the order of that section. */
export class LongTermAuth {
  readonly credentials: Credentials;
  readonly nonces: Nonces;

  constructor(credentials: Credentials, nonces: Nonces) {
    this.credentials = credentials;
    this.nonces = nonces;
  }

  /**
   * @param allocation the one on the request's five-tuple: its owner alone may speak for it, and its key is kept.
   * @throws DecodeError for attributes of wrong form.
   */
  authenticate(
    message: StunMessage,
    client: Endpoint,
    allocation: Allocation | undefined,
    { nowSeconds, strictExpiry }: AuthTime,
  ): AuthResult {
    const integrity = integrityAlgorithm(message);
    if (integrity === undefined) return reject(ErrorCode.UNAUTHENTICATED, 'no-credentials');
    const realm = readText(message, AttributeType.REALM);
    const nonce = readText(message, AttributeType.NONCE);
    const named = this.#readUsername(message);
    if (named === undefined || realm === undefined || nonce === undefined) {
      return reject(ErrorCode.BAD_REQUEST, 'incomplete');
    }
    const nonceCheck = this.nonces.check(nonce, client, nowSeconds);
    const passwordAlgorithm = readAlgorithm(message);
    if (nonceCheck === 'bid-down' || passwordAlgorithm === 'bid-down') return reject(ErrorCode.BAD_REQUEST, 'bid-down');
    // The client says it was offered algorithms, yet shows a nonce that never offered any.
    if (message.has(AttributeType.PASSWORD_ALGORITHMS) && !this.nonces.announcesFeatures(nonce)) {
      return reject(ErrorCode.BAD_REQUEST, 'bid-down');
    }
    const username = opaqueString(named) ?? '';
    const owner = allocation?.owner;
    const isOwner = owner?.username === username && owner.passwordAlgorithm === passwordAlgorithm;
    const claim = this.credentials.claim(username, passwordAlgorithm);
    const keys = isOwner ? [owner.key] : claim.keys;
    // Every key is tried, so that the time taken does not tell which one fits.
    let key: Buffer | undefined;
    for (const candidate of keys) if (checkIntegrity(message, integrity, candidate)) key = candidate;
    if (key === undefined || realm !== this.credentials.realm) {
      return reject(ErrorCode.UNAUTHENTICATED, claim.isKnown ? 'wrong-password' : 'unknown-user');
    }
    if (!claim.isKnown && !isOwner) return reject(ErrorCode.UNAUTHENTICATED, 'unknown-user');
    const isExpired = claim.expirySeconds !== undefined && claim.expirySeconds <= nowSeconds;
    if (isExpired && (strictExpiry || !isOwner)) return reject(ErrorCode.UNAUTHENTICATED, 'expired');
    if (nonceCheck !== 'fresh') return reject(ErrorCode.STALE_NONCE, 'stale-nonce');
    const { subject, expirySeconds } = claim;
    const proven = { username, subject, key, passwordAlgorithm, integrity, expirySeconds };
    if (owner !== undefined && owner.username !== username) {
      return { isAuthentic: false, code: ErrorCode.WRONG_CREDENTIALS, failure: 'other-user', owner: proven };
    }
    return { isAuthentic: true, owner: proven };
  }

  /** The name itself, or the user whose hash stands in its place; a hash nobody has is a user nobody has. */
  #readUsername(message: StunMessage): string | undefined {
    const username = readText(message, AttributeType.USERNAME);
    if (username !== undefined) return username;
    const offset = message.findFixed(AttributeType.USERHASH, USERHASH_BYTES);
    if (offset < 0) return undefined;
    const hash = message.bytes.subarray(offset, offset + USERHASH_BYTES);
    return this.credentials.usernameByHash(hash) ?? '';
  }
}

/** RFC 8489 §9.2.4: both attributes or neither, the list as we sent it, the choice one of ours. */
function readAlgorithm(message: StunMessage): PasswordAlgorithm | 'bid-down' {
  const chosen = readPasswordAlgorithm(message);
  if (chosen === undefined && !message.has(AttributeType.PASSWORD_ALGORITHMS)) return 'MD5';
  return chosen === undefined || chosen === 'unknown' || !echoesOurOffer(message) ? 'bid-down' : chosen;
}
