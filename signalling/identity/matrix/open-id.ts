import { z } from 'zod';
import { fetchDocument, type Fetched } from '../outbound/fetch-document.ts';
import type { Network } from '../outbound/network.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import type { ServerDiscovery } from './discovery.ts';
import { askHomeserver, type Homeserver } from './homeserver.ts';
import { jsonAnswer } from './json-answer.ts';
import type { MatrixRefusal } from './refusal.ts';
import type { ServerName } from './server-name.ts';
import { Slots } from './slots.ts';
import { parseUserId, type UserId } from './user-id.ts';

const PATH = '/_matrix/federation/v1/openid/userinfo';
const MAX_BYTES = 65_536;
const BOUNDS = { timeoutMs: 5_000, connectTimeoutMs: 3_000, maxBytes: MAX_BYTES, maxRedirects: 0 };
const LIMITS = { perKey: 4, overall: 20, maxWaiting: 500 };
/** For so long nobody asks a server again that did not answer. */
const DEAD_MS = 60_000;
const MAX_DEAD = 1_000;

const userInfo = z.object({ sub: z.string().max(255) });

export type OpenIdOutcome =
  | { readonly kind: 'user'; readonly user: UserId }
  | { readonly kind: 'refused'; readonly code: MatrixRefusal; readonly cause?: OutboundError };

export interface OpenIdPorts {
  readonly homeservers: readonly Homeserver[];
  readonly discovery: Pick<ServerDiscovery, 'find'>;
  readonly network: Network;
  now(): number;
}

/** Asks homeservers whose OpenID tokens are (Matrix server-server API, `openid/userinfo`). */
export class OpenIdVerifier {
  readonly #ports: OpenIdPorts;
  readonly #slots = new Slots(LIMITS);
  /** Server name → until when it counts as dead. */
  readonly #dead = new Map<string, number>();

  constructor(ports: OpenIdPorts) {
    this.#ports = ports;
  }

  async userOf(server: ServerName, openIdToken: string): Promise<OpenIdOutcome> {
    const { text: name } = server;
    if ((this.#dead.get(name) ?? -Infinity) > this.#ports.now()) {
      return { kind: 'refused', code: 'homeserver-unreachable' };
    }
    try {
      const { status, body } = await this.#slots.run(name, () => this.#ask(server, openIdToken));
      if (status === 401 || status === 403) return { kind: 'refused', code: 'token-rejected' };
      if (status !== 200) throw new OutboundError('bad-status', `answered with status ${status}`);
      const user = parseUserId(jsonAnswer(body, userInfo).sub);
      // A server speaks for its own users only, byte by byte; else each could name everybody.
      return user?.server === name ? { kind: 'user', user } : { kind: 'refused', code: 'token-rejected' };
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      this.#failed(name);
      return { kind: 'refused', code: 'homeserver-unreachable', cause: error };
    }
  }

  async #ask(server: ServerName, openIdToken: string): Promise<Fetched> {
    const path = `${PATH}?access_token=${encodeURIComponent(openIdToken)}`;
    const own = this.#ports.homeservers.find(({ serverName }) => serverName === server.text);
    const { discovery, network } = this.#ports;
    if (own?.baseUrl !== undefined) {
      return askHomeserver({ ...own, baseUrl: own.baseUrl }, path, { maxBytes: MAX_BYTES, isAuthorized: false });
    }
    const { origin, connectTo } = await discovery.find(server);
    return fetchDocument(new URL(`${origin}${path}`), { ...BOUNDS, isTrusted: false, connectTo, ca: own?.ca, network });
  }

  /** Those of the configuration are few, and come back under the eyes of their administrator. */
  #failed(name: string): void {
    if (this.#ports.homeservers.some(({ serverName }) => serverName === name)) return;
    this.#dead.delete(name);
    this.#dead.set(name, this.#ports.now() + DEAD_MS);
    const [oldest] = this.#dead.keys();
    if (this.#dead.size > MAX_DEAD && oldest !== undefined) this.#dead.delete(oldest);
  }
}
