import type { Connection } from '#protocol/xmpp-client/connection.ts';
import { requestIceServers } from './room/focus-requests.ts';

/** TURN credentials are asked for again when they are older; servers give at least an hour. */
const FRESH_MS = 30 * 60_000;

/** STUN and TURN servers with credentials that are good for a while yet. */
export class IceServers {
  readonly #connection: Connection;
  readonly #domain: string;
  #known: { readonly servers: Promise<readonly RTCIceServer[]>; readonly atMs: number } | undefined;

  constructor(connection: Connection, domain: string) {
    this.#connection = connection;
    this.#domain = domain;
  }

  fresh(): Promise<readonly RTCIceServer[]> {
    const known = this.#known;
    return known !== undefined && performance.now() - known.atMs < FRESH_MS ? known.servers : this.renew();
  }

  /** Credentials belong to a session. */
  renew(): Promise<readonly RTCIceServer[]> {
    const servers = requestIceServers(this.#connection, this.#domain);
    this.#known = { servers, atMs: performance.now() };
    return servers;
  }
}
