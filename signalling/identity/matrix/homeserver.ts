import { readSettingFile } from '#runtime/read-setting-file.ts';
import { fetchDocument, type Fetched } from '../outbound/fetch-document.ts';
import type { HomeserverConfig } from './config.ts';

/** How it tells who is in a room. */
export type RoomAccess =
  | { readonly kind: 'synapse-admin'; readonly token: string }
  | { readonly kind: 'bot'; readonly token: string }
  | undefined;

/** A homeserver of the configuration, with what its settings name read. Its address is trusted, be it a private one. */
export interface Homeserver {
  readonly serverName: string;
  /** Undefined: to be found as other servers find it. */
  readonly baseUrl: string | undefined;
  /** PEM. */
  readonly ca: string | undefined;
  readonly roomAccess: RoomAccess;
}

/** @throws StartError for a file that cannot be read. */
export async function readHomeserver(config: HomeserverConfig): Promise<Homeserver> {
  const { serverName, baseUrl, caFile, adminToken, adminTokenFile, botToken, botTokenFile } = config;
  const read = (file: string, key: string): Promise<string> =>
    readSettingFile(file, `${key} of ${serverName} in matrix.homeservers`);
  const admin = adminTokenFile === undefined ? adminToken : await read(adminTokenFile, 'adminTokenFile');
  const bot = botTokenFile === undefined ? botToken : await read(botTokenFile, 'botTokenFile');
  return {
    serverName,
    baseUrl: baseUrl?.replace(/\/+$/, ''),
    ca: caFile === undefined ? undefined : await read(caFile, 'caFile'),
    roomAccess:
      admin === undefined
        ? bot === undefined
          ? undefined
          : { kind: 'bot', token: bot }
        : { kind: 'synapse-admin', token: admin },
  };
}

const TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Asks a homeserver of the configuration, as whom its token names.
 * @param path from the root of its address, encoded.
 * @throws OutboundError
 */
export function askHomeserver(
  { baseUrl, ca, roomAccess }: Homeserver & { readonly baseUrl: string },
  path: string,
  { maxBytes, isAuthorized }: { readonly maxBytes: number; readonly isAuthorized: boolean },
): Promise<Fetched> {
  return fetchDocument(new URL(`${baseUrl}${path}`), {
    timeoutMs: TIMEOUT_MS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    maxBytes,
    maxRedirects: 0,
    isTrusted: true,
    isHttpAllowed: baseUrl.startsWith('http:'),
    ca,
    ...(isAuthorized && roomAccess !== undefined ? { headers: { authorization: `Bearer ${roomAccess.token}` } } : {}),
  });
}
