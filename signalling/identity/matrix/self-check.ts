import type { IncomingHttpHeaders } from 'node:http';
import { fetchDocument, type Fetched } from '../outbound/fetch-document.ts';
import type { Network } from '../outbound/network.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import type { ServerDiscovery } from './discovery.ts';
import { askHomeserver, type Homeserver } from './homeserver.ts';
import { parseServerName } from './server-name.ts';

const MAX_BYTES = 65_536;
const BOUNDS = { timeoutMs: 5_000, connectTimeoutMs: 3_000, maxBytes: MAX_BYTES, maxRedirects: 0 };
/** No homeserver has given this token to anybody. */
const USER_INFO = '/_matrix/federation/v1/openid/userinfo?access_token=parley-selftest';

/** How a homeserver of the configuration serves us. */
export interface HomeserverCheck {
  readonly serverName: string;
  /** Where it is asked. */
  readonly address: string;
  /** What is wrong with asking who somebody is; undefined: nothing. */
  readonly userInfoProblem?: string;
  /** What is wrong with asking who is in a room; undefined: nothing, or it is not to be asked. */
  readonly roomProblem?: string;
  /** By how many seconds its clock is ahead of ours; undefined where it does not say. */
  readonly skewSeconds?: number;
}

export interface SelfCheckParts {
  readonly discovery: Pick<ServerDiscovery, 'find'>;
  readonly network: Network;
  now(): number;
}

/** Asks a homeserver what logins ask it, with a token that is nobody's and a room that is none. */
export async function checkHomeserver(server: Homeserver, parts: SelfCheckParts): Promise<HomeserverCheck> {
  const { serverName } = server;
  let address = server.baseUrl ?? serverName;
  try {
    const { userInfo, origin } = await askUserInfo(server, parts);
    address = origin;
    const skewSeconds = skewIn(userInfo.headers, parts.now());
    const userInfoProblem = userInfo.status === 401 ? undefined : noUserInfo(userInfo.status);
    const roomProblem = await askRooms(server);
    return {
      serverName,
      address,
      ...(userInfoProblem !== undefined && { userInfoProblem }),
      ...(roomProblem !== undefined && { roomProblem }),
      ...(skewSeconds !== undefined && { skewSeconds }),
    };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return { serverName, address, userInfoProblem: `it ${wordsOf(error)}` };
  }
}

async function askUserInfo(
  server: Homeserver,
  { discovery, network }: SelfCheckParts,
): Promise<{ readonly userInfo: Fetched; readonly origin: string }> {
  const { baseUrl, ca, serverName } = server;
  if (baseUrl !== undefined) {
    const userInfo = await askHomeserver({ ...server, baseUrl }, USER_INFO, {
      maxBytes: MAX_BYTES,
      isAuthorized: false,
    });
    return { userInfo, origin: baseUrl };
  }
  const name = parseServerName(serverName);
  if (name === undefined) throw new Error('the configuration has a server name that is none');
  const { origin, connectTo } = await discovery.find(name);
  const url = new URL(`${origin}${USER_INFO}`);
  return { userInfo: await fetchDocument(url, { ...BOUNDS, isTrusted: false, connectTo, ca, network }), origin };
}

function noUserInfo(status: number): string {
  const hint = status === 404 ? ': the port does not serve “openid” (resources: names: [client, openid])' : '';
  return `it answers ${status} where 401 is right for a token that is none${hint}`;
}

async function askRooms(server: Homeserver): Promise<string | undefined> {
  const { baseUrl, roomAccess } = server;
  if (baseUrl === undefined || roomAccess === undefined) return undefined;
  const isAdmin = roomAccess.kind === 'synapse-admin';
  const path = isAdmin
    ? `/_synapse/admin/v1/rooms/${encodeURIComponent(`!parley-selftest:${server.serverName}`)}/members`
    : '/_matrix/client/v3/account/whoami';
  const { status } = await askHomeserver({ ...server, baseUrl }, path, { maxBytes: MAX_BYTES, isAuthorized: true });
  if (status === (isAdmin ? 404 : 200)) return undefined;
  const token = isAdmin ? 'adminToken' : 'botToken';
  if (status === 401) return `${token} is no account’s (any more)`;
  if (status === 403 && isAdmin) return `${token} is not that of a server administrator`;
  return `it answers ${status} to ${token}`;
}

function skewIn({ date }: IncomingHttpHeaders, nowMs: number): number | undefined {
  const theirsMs = Date.parse(date ?? '');
  return Number.isNaN(theirsMs) ? undefined : Math.round((theirsMs - nowMs) / 1000);
}

/** With what lies behind it, such as a certificate that has run out. */
function wordsOf({ message, cause }: OutboundError): string {
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
