import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

export type ScramHash = 'sha1' | 'sha256';

/** What a server keeps instead of a password (RFC 5802 §3). */
export interface ScramCredentials {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** `SaltedPassword` and what follows from it; the password is normalised as RFC 4013 has it, by NFKC. */
export async function scramCredentials(
  password: string,
  hash: ScramHash,
  salt: Uint8Array,
  iterations: number,
): Promise<ScramCredentials> {
  const length = hash === 'sha1' ? 20 : 32;
  const salted = await derive(password.normalize('NFKC'), salt, iterations, length, hash);
  const clientKey = hmac(hash, salted, 'Client Key');
  return { salt, iterations, storedKey: digest(hash, clientKey), serverKey: hmac(hash, salted, 'Server Key') };
}

/** The client's first message (RFC 5802 §7). */
export interface ClientFirst {
  /** What comes before; the last message repeats it. */
  readonly gs2Header: string;
  readonly bare: string;
  readonly username: string;
  readonly authorizationName: string | undefined;
  readonly nonce: string;
}

const CLIENT_FIRST =
  /^((?:n|y),(?:a=([^,]{0,1024}))?,)(n=([^,]{1,1024}),r=([\x21-\x2b\x2d-\x7e]{8,512})(?:,[A-Za-z]=.*)?)$/s;

/** @returns undefined for what is malformed, or asks for channel binding or an extension that must be understood. */
export function readClientFirst(message: string): ClientFirst | undefined {
  const [, gs2Header, authorization, bare, name, nonce] = CLIENT_FIRST.exec(message) ?? [];
  const username = name === undefined ? undefined : decodeName(name);
  if (gs2Header === undefined || bare === undefined || username === undefined || nonce === undefined) return undefined;
  const authorizationName = authorization === undefined ? undefined : decodeName(authorization);
  if (authorization !== undefined && authorizationName === undefined) return undefined;
  return { gs2Header, bare, username, authorizationName, nonce };
}

/** `=2C` and `=3D` stand for comma and equals sign (RFC 5802 §5.1). */
function decodeName(encoded: string): string | undefined {
  if (/=(?!2C|3D)/.test(encoded)) return undefined;
  return encoded.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

/** The server's first message. @param nonce the client's and ours together. */
export function serverFirst(
  nonce: string,
  { salt, iterations }: Pick<ScramCredentials, 'salt' | 'iterations'>,
): string {
  return `r=${nonce},s=${Buffer.from(salt).toString('base64')},i=${iterations}`;
}

const CLIENT_FINAL =
  /^(c=([A-Za-z0-9+/=]{1,2048}),r=([\x21-\x2b\x2d-\x7e]{1,1024})(?:,[A-Za-z]=.*?)?),p=([A-Za-z0-9+/]{1,128}={0,2})$/s;

/**
 * Checks the client's last message against all that was said (RFC 5802 §3).
 * @returns the server's last message, or undefined if the password is not the right one.
 */
export function judgeClientFinal(
  message: string,
  hash: ScramHash,
  said: { readonly first: ClientFirst; readonly nonce: string; readonly serverFirst: string },
  credentials: ScramCredentials,
): string | undefined {
  const [, withoutProof, binding, nonce, proof] = CLIENT_FINAL.exec(message) ?? [];
  if (withoutProof === undefined || nonce !== said.nonce) return undefined;
  if (Buffer.from(binding ?? '', 'base64').toString('utf8') !== said.first.gs2Header) return undefined;
  const everything = `${said.first.bare},${said.serverFirst},${withoutProof}`;
  const signature = hmac(hash, credentials.storedKey, everything);
  const given = Buffer.from(proof ?? '', 'base64');
  if (given.length !== signature.length) return undefined;
  const clientKey = signature.map((byte, index) => byte ^ (given[index] ?? 0));
  if (!timingSafeEqual(digest(hash, clientKey), credentials.storedKey)) return undefined;
  return `v=${hmac(hash, credentials.serverKey, everything).toString('base64')}`;
}

function hmac(hash: ScramHash, key: Uint8Array, data: string): Buffer {
  return createHmac(hash, key).update(data, 'utf8').digest();
}

function digest(hash: ScramHash, data: Uint8Array): Buffer {
  return createHash(hash).update(data).digest();
}
