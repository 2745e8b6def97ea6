import type { ClientPlatform } from '#protocol/client-platform.ts';
import { GATEWAY_ACCOUNT, tenantOf, xmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';
import { Connection } from '#protocol/xmpp-client/connection.ts';
import type { RetryPolicy } from '#protocol/xmpp-client/retry-policy.ts';
import { isLoopbackName } from '#runtime/deployment.ts';
import type { Logger } from '#runtime/logger.ts';
import { StartError } from '#runtime/start-error.ts';

/** How the gateway reaches signalling; one per process. */
export interface RoomConnection {
  /** `ws(s)://…/xmpp-websocket`; see {@link checkedUrl}. */
  readonly url: string;
  /** The installation's XMPP domain. */
  readonly domain: string;
  /** `rolePassword(internalKey, 'sip')` */
  readonly password: string;
  readonly logger: Logger;
}

/** @throws StartError for an address to which the gateway's password, though not said in the clear, would go unprotected. */
export function checkedUrl(url: string): string {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'wss:' || (protocol === 'ws:' && isLoopbackName(hostname))) return url;
  throw new StartError(
    `The telephone gateway may not log in at ${url}: the way there is not encrypted. Use wss://, or run it on the machine of the signalling server.`,
  );
}

/** A connection that is one caller's, not open yet. @param room bare address of where it is going. */
export function connectionFor(
  { url, domain, password, logger }: RoomConnection,
  room: string,
  retry: RetryPolicy,
): Connection {
  const hosts = xmppHosts(domain);
  const { local = '', domain: host } = parseJid(room);
  return new Connection({
    url: belowTenant(checkedUrl(url), tenantOf(host, hosts)),
    domain: hosts.auth,
    login: { username: GATEWAY_ACCOUNT, password },
    room: local,
    retry,
    platform: clientPlatform(logger),
  });
}

/** Node, as the clients of protocol/ need it. */
export function clientPlatform(logger: Logger): ClientPlatform {
  return {
    openSocket: (url, protocol) => new WebSocket(url, protocol),
    log: {
      warn: (message, details) => logger.warn({ details }, message),
      error: (message, details) => logger.error({ err: details }, message),
    },
  };
}

/** Components find the room of a session by the URL that it came under (wire note §1.1). */
function belowTenant(url: string, tenant: string | undefined): string {
  if (tenant === undefined) return url;
  const below = new URL(url);
  below.pathname = `/${encodeURIComponent(tenant)}${below.pathname}`;
  return below.href;
}
