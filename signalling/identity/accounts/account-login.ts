import { createHmac, randomBytes } from 'node:crypto';
import { GATEWAY_ACCOUNT } from '#protocol/xmpp/hosts.ts';
import { GATEWAY, type Identity } from '../identity.ts';
import type { LoginExchange, LoginMechanism, LoginRequest, LoginStep, SaslCondition } from '../login-mechanism.ts';
import { accountName, type AccountSource } from './account-source.ts';
import type { LoginThrottle } from './login-throttle.ts';
import {
  judgeClientFinal,
  readClientFirst,
  scramCredentials,
  serverFirst,
  type ScramCredentials,
  type ScramHash,
} from './scram.ts';
import { ITERATIONS } from './sqlite-accounts.ts';

const SALT_BYTES = 16;
const NONCE_BYTES = 24;

export interface AccountLoginOptions {
  /** The host of accounts. */
  readonly host: string;
  readonly accounts: AccountSource;
  readonly throttle: LoginThrottle;
  /** Of the telephone gateway; it logs in where nobody listens, and with the strongest mechanism alone. */
  readonly gatewayPassword: string;
}

/** The ways to log in with a name and a password, strongest first (RFC 7677, RFC 5802, RFC 4616). */
export function accountLogins(options: AccountLoginOptions): LoginMechanism[] {
  const { host, accounts } = options;
  // Accounts that do not exist get a salt, too, always the same one: so nobody finds out which do.
  const saltKey = randomBytes(32);
  const gatewayCredentials = scramCredentials(
    options.gatewayPassword,
    GATEWAY_HASH,
    randomBytes(SALT_BYTES),
    ITERATIONS,
  );
  return [
    ...accounts.scramHashes.map((hash) => ({
      name: hash === 'sha1' ? 'SCRAM-SHA-1' : 'SCRAM-SHA-256',
      isOfferedOn: (on: string) => on === host,
      begin: ({ addressGroup, isPrivate }: LoginRequest) => {
        const gateway = isPrivate && hash === GATEWAY_HASH ? gatewayCredentials : undefined;
        return new ScramLogin(hash, saltKey, addressGroup, { ...options, gateway });
      },
    })),
    {
      name: 'PLAIN',
      isOfferedOn: (on, isSecure) => on === host && isSecure,
      begin: ({ addressGroup }) => ({ next: (response) => plain(response, addressGroup, options) }),
    },
  ];
}

const GATEWAY_HASH: ScramHash = 'sha256';

interface ScramLoginOptions extends AccountLoginOptions {
  /** Undefined: the gateway may not log in this way. */
  readonly gateway: Promise<ScramCredentials> | undefined;
}

interface Challenge {
  /** Who it is, once it has proved it. */
  readonly identity: Identity;
  readonly first: NonNullable<ReturnType<typeof readClientFirst>>;
  readonly nonce: string;
  readonly serverFirst: string;
  readonly credentials: ScramCredentials | undefined;
}

class ScramLogin implements LoginExchange {
  readonly #hash: ScramHash;
  readonly #saltKey: Buffer;
  readonly #address: string;
  readonly #options: ScramLoginOptions;
  #challenge: Challenge | undefined;

  constructor(hash: ScramHash, saltKey: Buffer, address: string, options: ScramLoginOptions) {
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
    const { throttle, host, gateway } = this.#options;
    if (!isForItself(first.username, first.authorizationName, host)) return refused('not-authorized');
    const isGateway = first.username === GATEWAY_ACCOUNT;
    const username = accountName(first.username) ?? '';
    // A derived key is not guessed, and other people's mistakes must keep no caller out.
    if (!isGateway && !throttle.mayTry(this.#address, username)) return TOO_MANY;
    const credentials = await (isGateway ? gateway : this.#accountCredentials(username));
    const nonce = `${first.nonce}${randomBytes(NONCE_BYTES).toString('base64')}`;
    const answer = serverFirst(
      nonce,
      credentials ?? { salt: this.#madeUpSalt(first.username), iterations: ITERATIONS },
    );
    const identity: Identity = isGateway ? GATEWAY : { kind: 'account', username };
    this.#challenge = { identity, first, nonce, serverFirst: answer, credentials };
    return { kind: 'challenge', data: answer };
  }

  async #accountCredentials(username: string): Promise<ScramCredentials | undefined> {
    return username === '' ? undefined : await this.#options.accounts.scramCredentials(username, this.#hash);
  }

  #finish({ identity, credentials, ...said }: Challenge, message: string): LoginStep {
    const proof = credentials === undefined ? undefined : judgeClientFinal(message, this.#hash, said, credentials);
    if (proof !== undefined) {
      return { kind: 'accepted', identity, additionalData: proof };
    }
    if (identity.kind === 'account') this.#options.throttle.failed(this.#address, identity.username);
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
