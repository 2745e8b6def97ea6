/** A name and password of an account on the server. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The client's side of a SASL mechanism that takes more than one message. */
export interface SaslExchange {
  /** The registered name of the mechanism. */
  readonly mechanism: string;
  /** What it says first. */
  readonly first: string;
  /** @throws SaslError for a challenge that no server in its right mind sends. */
  answer(challenge: string): Promise<string>;
  /** Whether the server's last word shows that it knows the account, too. */
  isGenuine(additionalData: string): boolean;
}

/** The server's side of an exchange is not as its RFC has it. */
export class SaslError extends Error {
  override readonly name = 'SaslError';
}

const SERVER_FIRST = /^r=([\x21-\x2b\x2d-\x7e]{1,1024}),s=([A-Za-z0-9+/]{1,1024}={0,2}),i=(\d{1,7})(?:,.*)?$/su;
/** RFC 7677 §4: with fewer rounds, who plays the server learns enough to guess the password cheaply. */
const MIN_ITERATIONS = 4_096;
/** Seconds of work on a slow phone; no server needs more, and none may hold the page up. */
const MAX_ITERATIONS = 1_000_000;
const NONCE_BYTES = 18;

/** SCRAM-SHA-256 without channel binding, which browsers do not offer (RFC 5802, RFC 7677). One object per attempt. */
export class ScramLogin implements SaslExchange {
  readonly mechanism = 'SCRAM-SHA-256';
  readonly first: string;
  readonly #password: string;
  readonly #nonce: string;
  readonly #bare: string;
  #serverSignature: string | undefined;

  /** @param nonce printable ASCII without commas; random but in tests */
  constructor({ username, password }: Credentials, nonce = randomNonce()) {
    this.#password = password.normalize('NFKC');
    this.#nonce = nonce;
    // RFC 5802 §5.1
    const name = username.normalize('NFKC').replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.#bare = `n=${name},r=${nonce}`;
    this.first = `n,,${this.#bare}`;
  }

  async answer(challenge: string): Promise<string> {
    const [, nonce = '', salt = '', rounds = ''] = SERVER_FIRST.exec(challenge) ?? [];
    const iterations = Number(rounds);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) throw new SaslError('the nonce is not ours');
    if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) throw new SaslError(`${rounds} iterations`);
    const salted = await derive(this.#password, fromBase64(salt), iterations);
    const clientKey = await hmac(salted, 'Client Key');
    const storedKey = new Uint8Array(await crypto.subtle.digest('SHA-256', clientKey));
    const withoutProof = `c=biws,r=${nonce}`;
    const everything = `${this.#bare},${challenge},${withoutProof}`;
    const signature = await hmac(storedKey, everything);
    this.#serverSignature = toBase64(await hmac(await hmac(salted, 'Server Key'), everything));
    return `${withoutProof},p=${toBase64(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))}`;
  }

  isGenuine(additionalData: string): boolean {
    return this.#serverSignature !== undefined && additionalData === `v=${this.#serverSignature}`;
  }
}

function randomNonce(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

async function derive(password: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', encode(password), 'PBKDF2', false, ['deriveBits']);
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}

type Bytes = Uint8Array<ArrayBuffer>;

async function hmac(secret: Bytes, data: string): Promise<Bytes> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, encode(data)));
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** SASL's text on its way (RFC 6120 §6.4): base64 of UTF-8. */
export function encodeSasl(text: string): string {
  return toBase64(encode(text));
}

/** @throws SaslError */
export function decodeSasl(encoded: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(encoded.trim()));
  } catch (cause) {
    throw new SaslError('no text in base64', { cause });
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCodePoint(...bytes));
}

function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0);
}
