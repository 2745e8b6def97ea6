import { createHmac, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';

export const APP_ID = 'test-app';
export const SECRET = 'a secret that issuer and server share';

type Claims = Readonly<Record<string, unknown>>;

const now = (): number => Math.floor(Date.now() / 1000);

/** Claims that everybody accepts, with changes; undefined takes one out. */
export function claims(changes: Claims = {}): Claims {
  const all = { iss: APP_ID, aud: APP_ID, sub: 'meet.example', room: '*', exp: now() + 600, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A token signed with the shared secret. */
export function secretToken(changes: Claims = {}, secret = SECRET): string {
  return jwt.sign(claims(changes), secret, { algorithm: 'HS256', noTimestamp: true });
}

/** Someone with a key pair who signs tokens. */
export class TokenIssuer {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly #privateKey: KeyObject;
  readonly #alg: 'RS256' | 'ES256';

  constructor(alg: 'RS256' | 'ES256', kid: string) {
    this.#alg = alg;
    this.kid = kid;
    const pair =
      alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.publicKey = pair.publicKey;
    this.#privateKey = pair.privateKey;
  }

  get pem(): string {
    return this.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  get jwk(): JsonWebKey {
    return { ...this.publicKey.export({ format: 'jwk' }), kid: this.kid, use: 'sig', alg: this.#alg };
  }

  token(changes: Claims = {}, header: Claims = {}): string {
    return jwt.sign(claims(changes), this.#privateKey, {
      algorithm: this.#alg,
      noTimestamp: true,
      header: { alg: this.#alg, kid: this.kid, ...header },
    });
  }
}

/** Header and claims without any check of what they say, with an HMAC over them or nothing. */
export function forgedToken(header: Claims, body: unknown, hmacKey?: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(body)}`;
  const signature = hmacKey === undefined ? '' : createHmac('sha256', hmacKey).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}
