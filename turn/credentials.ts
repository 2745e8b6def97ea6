import { createHash } from 'node:crypto';
import { opaqueString } from './opaque-string.ts';
import { parseRestUsername, restPassword } from './rest-credential.ts';
import type { PasswordAlgorithm } from './stun/password-algorithms.ts';
import { userHash } from './stun/userhash.ts';

export interface CredentialSettings {
  realm: string;
  /** Shared secrets for time-limited credentials; several while one replaces another. */
  secrets: readonly string[];
  /** Static users, name to password. */
  users: ReadonlyMap<string, string>;
}

/** Who a request claims to be, and every key that would prove it. */
export interface Claim {
  username: string;
  /** What quotas count by. */
  subject: string;
  /** Seconds since 1970; undefined for static users. */
  expirySeconds: number | undefined;
  /** Keys of the long-term mechanism, one per secret; never empty, so that every answer costs the same work. */
  keys: readonly Buffer[];
  /** False for a name nobody has: the keys then match nothing. */
  isKnown: boolean;
}

/** Key of the long-term mechanism: a digest of `user:realm:password` (RFC 8489 §9.2.2, §18.5.1). */
export function longTermKey(username: string, realm: string, password: string, algorithm: PasswordAlgorithm): Buffer {
  return createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(`${username}:${realm}:${password}`)
    .digest();
}

/** Knows users and secrets. Look-ups are in maps only: `__proto__` is a name like any other. */
export class Credentials {
  readonly realm: string;
  readonly #secrets: readonly string[];
  readonly #users = new Map<string, string>();
  readonly #usersByHash = new Map<string, string>();

  constructor(settings: CredentialSettings) {
    this.realm = settings.realm;
    this.#secrets = settings.secrets;
    for (const [name, password] of settings.users) {
      const preparedName = opaqueString(name);
      const preparedPassword = opaqueString(password);
      if (preparedName === undefined || preparedPassword === undefined) throw new TypeError('unusable TURN user');
      this.#users.set(preparedName, preparedPassword);
      this.#usersByHash.set(userHash(preparedName, this.realm).toString('hex'), preparedName);
    }
  }

  /** Without secrets and users there is no relay, only STUN Binding. */
  get isEmpty(): boolean {
    return this.#secrets.length === 0 && this.#users.size === 0;
  }

  /** USERHASH can be offered only when every user is in a table (RFC 8489 §9.2.4); time-limited users are not. */
  get offersUserHash(): boolean {
    return this.#users.size > 0 && this.#secrets.length === 0;
  }

  /** The static user whose USERHASH this is. */
  usernameByHash(hash: Uint8Array): string | undefined {
    return this.#usersByHash.get(Buffer.from(hash).toString('hex'));
  }

  claim(rawUsername: string, algorithm: PasswordAlgorithm): Claim {
    const username = opaqueString(rawUsername) ?? '';
    const password = this.#users.get(username);
    const rest = password === undefined ? parseRestUsername(username) : undefined;
    const isKnown = password !== undefined || (rest !== undefined && this.#secrets.length > 0);
    // A name nobody has is checked against passwords that nobody knows: same work, same answer.
    const passwords =
      password === undefined ? this.#secrets.map((secret) => restPassword(username, secret)) : [password];
    if (passwords.length === 0) passwords.push('');
    return {
      username,
      subject: rest?.subject ?? username,
      expirySeconds: rest?.expirySeconds,
      keys: passwords.map((candidate) => longTermKey(username, this.realm, candidate, algorithm)),
      isKnown,
    };
  }
}
