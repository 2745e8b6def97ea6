import type { KeyObject } from 'node:crypto';
import jwt, { type Algorithm } from 'jsonwebtoken';
import { z } from 'zod';
import { KeyServerError, type KeySource } from './key-source.ts';
import { claimsProblem, readClaims, roomToken, type RoomToken, type TokenRules } from './room-token.ts';

/** Longer ones do not fit a URL anyway; nothing is parsed before this is known. */
export const MAX_TOKEN_LENGTH = 8_192;
/** RFC 7515 §7.1: three parts in base64url. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** RFC 7515 §4.1; whatever else stands there is not looked at, `jwk`, `jku` and `x5u` least of all. */
const headerSchema = z.object({ alg: z.string(), kid: z.string().min(1).max(512).optional() });

/** Signed by a key pair; the public key comes from a key source. */
const PUBLIC_KEY_ALGORITHMS: ReadonlySet<string> = new Set<Algorithm>(['RS256', 'ES256']);

export type TokenOutcome =
  | {
      readonly isValid: true;
      readonly token: RoomToken;
      /** What its holder may show the next time in its place. */
      readonly sessionToken?: string;
    }
  | {
      readonly isValid: false;
      /** In the words that clients know (wire note §8; matrix note §2.3). */
      readonly reason: string;
      /** Nothing is wrong with the token: the same may do later. */
      readonly isTemporary?: boolean;
    };

export interface TokenVerifierOptions extends TokenRules {
  /** Shared with the issuer, for HS256. */
  readonly secret: string | undefined;
  /** For RS256 and ES256. */
  readonly keys: KeySource | undefined;
  readonly clockSkewSeconds: number;
  nowSeconds(): number;
}

/** Checks tokens: form, algorithm, signature, time, claims, in this order (wire note §8; RFC 8725 on what to refuse). */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
  }

  async verify(token: string): Promise<TokenOutcome> {
    const header = readHeader(token);
    if (header === undefined) return refused('bad token format');
    const { alg, kid } = header;
    const key = await this.#keyFor(alg, kid);
    if ('reason' in key) return refused(key.reason);
    const payload = this.#checkSignature(token, alg, key.key);
    if ('reason' in payload) return refused(payload.reason);
    const claims = readClaims(payload.claims);
    if (claims === undefined) return refused('Invalid token');
    const problem = claimsProblem(claims, this.#options);
    return problem === undefined ? { isValid: true, token: roomToken(claims) } : refused(problem);
  }

  /** The algorithm decides where the key comes from, so that a public key is never taken for a secret. */
  async #keyFor(alg: string, kid: string | undefined): Promise<{ key: KeyObject | string } | { reason: string }> {
    const { secret, keys } = this.#options;
    if (alg === 'HS256' && secret !== undefined) return { key: secret };
    if (!PUBLIC_KEY_ALGORITHMS.has(alg) || keys === undefined) return { reason: 'Invalid or incorrect alg' };
    if (kid === undefined && keys.needsKid) return { reason: "'kid' claim is missing" };
    try {
      const key = await keys.find(kid, alg);
      return key === undefined ? { reason: 'could not obtain public key' } : { key };
    } catch (error) {
      if (!(error instanceof KeyServerError)) throw error;
      return { reason: 'could not obtain public key' };
    }
  }

  #checkSignature(token: string, alg: string, key: KeyObject | string): { claims: unknown } | { reason: string } {
    try {
      const claims = jwt.verify(token, key, {
        algorithms: [alg as Algorithm],
        clockTimestamp: this.#options.nowSeconds(),
        clockTolerance: this.#options.clockSkewSeconds,
      });
      return { claims };
    } catch (error) {
      // It also throws errors of other kinds, e.g. for a payload that is no JSON or a key that is too short.
      return { reason: this.#wordsFor(error) };
    }
  }

  #wordsFor(error: unknown): string {
    if (error instanceof jwt.TokenExpiredError) {
      const seconds = Math.floor(this.#options.nowSeconds() - error.expiredAt.getTime() / 1000);
      return `Not acceptable by exp (${seconds} sec since expired)`;
    }
    if (error instanceof jwt.NotBeforeError) return 'Not acceptable by nbf';
    return error instanceof Error && error.message === 'invalid signature' ? 'Invalid signature' : 'Invalid token';
  }
}

function refused(reason: string): TokenOutcome {
  return { isValid: false, reason };
}

function readHeader(token: string): z.infer<typeof headerSchema> | undefined {
  // Without a signature there is no third part: that is `alg: none`, which gets its own refusal.
  const isUnsigned = /^[\w-]+\.[\w-]+\.$/.test(token);
  if (token.length > MAX_TOKEN_LENGTH || !(COMPACT.test(token) || isUnsigned)) return undefined;
  try {
    const json: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'));
    return headerSchema.safeParse(json).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
