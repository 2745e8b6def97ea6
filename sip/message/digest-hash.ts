import { hash } from 'node:crypto';

/** Strongest first (RFC 8760 §2.2). */
export const DIGEST_ALGORITHMS = ['SHA-256', 'MD5'] as const;

export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

/** The algorithm of a challenge or of credentials; MD5 where none is named. Undefined for those we do not have. */
export function digestAlgorithm(name: string | undefined): DigestAlgorithm | undefined {
  return DIGEST_ALGORITHMS.find((algorithm) => algorithm === (name ?? 'MD5').toUpperCase());
}

/** What goes into a response. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly nonce: string;
  readonly method: string;
  readonly uri: string;
  /** With `qop=auth`; absent for a challenge of RFC 2617's oldest kind, which knew no qop. */
  readonly auth?: { readonly cnonce: string; readonly nonceCount: string };
}

/** RFC 7616 §3.4.1, in hexadecimal digits. */
export function digestResponse({ algorithm, nonce, auth, ...input }: DigestInput): string {
  const digest = (text: string): string => hash(algorithm === 'MD5' ? 'md5' : 'sha256', text, 'hex');
  const secret = digest(`${input.username}:${input.realm}:${input.password}`);
  const request = digest(`${input.method}:${input.uri}`);
  const middle = auth === undefined ? nonce : `${nonce}:${auth.nonceCount}:${auth.cnonce}:auth`;
  return digest(`${secret}:${middle}:${request}`);
}
