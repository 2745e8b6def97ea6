import type { KeyObject } from 'node:crypto';
import type { OutboundErrorCode } from '../outbound/outbound-error.ts';

/** Where the public keys of token issuers come from. */
export interface KeySource {
  /** A token must name its key. */
  readonly needsKid: boolean;
  /** Reads what has to be there from the start. @throws StartError */
  start(): Promise<void>;
  /**
   * The key under a name, if it may be used with the algorithm; undefined: there is none.
   * @throws KeyServerError when that cannot be found out now.
   */
  find(kid: string | undefined, alg: string): Promise<KeyObject | undefined>;
}

export type KeyServerErrorCode = OutboundErrorCode | 'bad-key' | 'busy';

/** The keys cannot be had now. */
export class KeyServerError extends Error {
  override readonly name = 'KeyServerError';
  readonly code: KeyServerErrorCode;

  constructor(code: KeyServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether a key is of the kind that an algorithm needs (RFC 7518 §3.3, §3.4). */
export function fitsAlgorithm(key: KeyObject, alg: string): boolean {
  if (alg === 'RS256') return key.asymmetricKeyType === 'rsa';
  return alg === 'ES256' && key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}
