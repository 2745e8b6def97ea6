import { createHmac, randomBytes } from 'node:crypto';
import type { LoginExchange, LoginMechanism, LoginStep, SaslCondition } from '../login-mechanism.ts';
import { accountName, type AccountSource } from './account-source.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { judgeClientFinal, readClientFirst, serverFirst, type ScramCredentials, type ScramHash } from './scram.ts';
import { ITERATIONS } from './sqlite-accounts.ts';

const SALT_BYTES = 16;
const NONCE_BYTES = 24;

export interface AccountLoginOptions {
  /** The host of accounts. */
  readonly host: string;
  readonly accounts: AccountSource;
  readonly throttle: LoginThrottle;
}

/** The ways to log in with a name and a password, strongest first (RFC 7677, RFC 5802, RFC 4616). */
export function accountLogins(options: AccountLoginOptions): LoginMechanism[] {
  const { host, accounts } = options;
  // Accounts that do not exist get a salt, too, always the same one: so nobody finds out which do.
  const saltKey = randomBytes(32);
  return [
    ...accounts.scramHashes.map((hash) => ({
      name: hash === 'sha1' ? 'SCRAM-SHA-1' : 'SCRAM-SHA-256',
      isOfferedOn: (on: string) => on === host,
      begin: ({ addressGroup }: { addressGroup: string }) => new ScramLogin(hash, saltKey, addressGroup, options),
    })),
    {
      name: 'PLAIN',
      isOfferedOn: (on, isSecure) => on === host && isSecure,
      begin: ({ addressGroup }) => ({ next: (response) => plain(response, addressGroup, options) }),
    },
  ];
}

interface Challenge {
  readonly username: string;
  readonly first: NonNullable<ReturnType<typeof readClientFirst>>;
  readonly nonce: string;
  readonly serverFirst: string;
  readonly credentials: ScramCredentials | undefined;
}

class ScramLogin implements LoginExchange {
  readonly #hash: ScramHash;
  readonly #saltKey: Buffer;
  readonly #address: string;
  readonly #options: AccountLoginOptions;
  #challenge: Challenge | undefined;

  constructor(hash: ScramHash, saltKey: Buffer, address: string, options: AccountLoginOptions) {
    this.#hash = hash;
    this.#saltKey = saltKey;
    this.#address = address;
    this.#options = options;
  }

  async next(response: string | undefined): Promise<LoginStep> {
    // Who sends no initial response is asked for it with an empty challenge (RFC 6120 §6.4.2).
    if (response === undefined) return { kind: 'challenge', data: '' };
    return this.#challenge === undefined ? await this.#begin(response) : this.#finish(this.#challenge, response);
  }

  async #begin(message: string): Promise<LoginStep> {
    const first = readClientFirst(message);
    if (first === undefined) return refused('malformed-request');
    const { accounts, throttle, host } = this.#options;
    if (!isForItself(first.username, first.authorizationName, host)) return refused('not-authorized');
    const username = accountName(first.username);
    if (!throttle.mayTry(this.#address, username ?? '')) return TOO_MANY;
    const credentials = username === undefined ? undefined : await accounts.scramCredentials(username, this.#hash);
    const nonce = `${first.nonce}${randomBytes(NONCE_BYTES).toString('base64')}`;
    const answer = serverFirst(
      nonce,
      credentials ?? { salt: this.#madeUpSalt(first.username), iterations: ITERATIONS },
    );
    this.#challenge = { username: username ?? '', first, nonce, serverFirst: answer, credentials };
    return { kind: 'challenge', data: answer };
  }

  #finish({ username, credentials, ...said }: Challenge, message: string): LoginStep {
    const proof = credentials === undefined ? undefined : judgeClientFinal(message, this.#hash, said, credentials);
    if (proof !== undefined) {
      return { kind: 'accepted', identity: { kind: 'account', username }, additionalData: proof };
    }
    this.#options.throttle.failed(this.#address, username);
    return refused('not-authorized');
  }

  #madeUpSalt(username: string): Buffer {
    return createHmac('sha256', this.#saltKey).update(`${this.#hash} ${username}`).digest().subarray(0, SALT_BYTES);
  }
}

/** RFC 4616: `authorization NUL name NUL password`. */
const PLAIN_MESSAGE = /^([^\0]{0,1024})\0([^\0]{1,1024})\0([^\0]{1,1024})$/;

async function plain(
  response: string | undefined,
  address: string,
  { accounts, throttle, host }: AccountLoginOptions,
): Promise<LoginStep> {
  if (response === undefined) return { kind: 'challenge', data: '' };
  const [, authorization, name, password] = PLAIN_MESSAGE.exec(response) ?? [];
  if (name === undefined || password === undefined) return refused('malformed-request');
  if (!isForItself(name, authorization === '' ? undefined : authorization, host)) return refused('not-authorized');
  const username = accountName(name);
  if (!throttle.mayTry(address, username ?? '')) return TOO_MANY;
  if (username !== undefined && (await accounts.checkPassword(username, password))) {
    return { kind: 'accepted', identity: { kind: 'account', username } };
  }
  throttle.failed(address, username ?? '');
  return refused('not-authorized');
}

/** Nobody acts for another one here; clients name themselves by name or by address (RFC 6120 §6.3.8). */
function isForItself(username: string, authorizationName: string | undefined, host: string): boolean {
  return authorizationName === undefined || [username, `${username}@${host}`].includes(authorizationName);
}

function refused(condition: SaslCondition): LoginStep {
  return { kind: 'refused', condition };
}

const TOO_MANY: LoginStep = {
  kind: 'refused',
  condition: 'temporary-auth-failure',
  text: 'Too many failed logins. Wait a minute.',
};
