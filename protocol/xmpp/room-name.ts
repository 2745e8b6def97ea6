import { DecodeError } from './decode-error.ts';
import { readTenant } from './tenant.ts';

/** First path segments that belong to the server and cannot name a room (decisions.md, "HTTP"). */
export const RESERVED_PATH_SEGMENTS: ReadonlySet<string> = new Set([
  'assets',
  'auth',
  'colibri-ws',
  'conference-request',
  'config.js',
  'dialin',
  'external_api.js',
  'health',
  'http-bind',
  'interface_config.js',
  'libs',
  'matrix',
  'metrics',
  'xmpp-websocket',
  '.well-known',
]);

/** A meeting as a link names it. */
export interface RoomAddress {
  /** The local part of the room's JID. */
  readonly node: string;
  /** What stands before the room, as in addresses (tenant.ts), or undefined. */
  readonly tenant?: string;
  /** The room's name as people read it. */
  readonly displayName: string;
}

const MAX_NODE_BYTES = 1023;

/**
 * The node of a room's JID from what stands in the link, as Jitsi's page does it: percent-decode, NFKC, lower case,
 * percent-encode, lower case again (`Ελλάδα` → `%ce%b5…`). One rule for all clients, else one link leads into two rooms.
 * @throws DecodeError (`bad-format`) for a name that is empty, too long or no valid text.
 */
export function roomNode(name: string): string {
  const decoded = decodePercent(name);
  if (!decoded.isWellFormed()) throw new DecodeError('bad-format', 'The name of a meeting has an invalid character.');
  if (decoded.trim() === '') throw new DecodeError('bad-format', 'The name of a meeting cannot be empty.');
  const node = encodeURIComponent(decoded.normalize('NFKC').toLowerCase()).toLowerCase();
  if (node.length > MAX_NODE_BYTES) throw new DecodeError('bad-format', 'The name of this meeting is too long.');
  return node;
}

/**
 * Reads the path of a meeting's link: `/<room>` or `/<tenant>/<room>`.
 * @returns undefined for the start page (`/`).
 * @throws DecodeError (`bad-format`) for a reserved or unusable name.
 */
export function parseRoomPath(pathname: string): RoomAddress | undefined {
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const room = segments.pop();
  if (room === undefined) return undefined;
  const first = segments[0] ?? room;
  if (RESERVED_PATH_SEGMENTS.has(first.toLowerCase())) {
    throw new DecodeError('bad-format', `“${first}” is used by the server and cannot name a meeting.`);
  }
  const node = roomNode(room);
  const displayName = decodePercent(room);
  const [tenant, ...more] = segments;
  if (tenant === undefined) return { node, displayName };
  if (more.length > 0) {
    throw new DecodeError('bad-format', 'The address of a meeting has one part before its name, and no more.');
  }
  return { node, displayName, tenant: readTenant(decodePercent(tenant)) };
}

/** The name of a room as people read it, from the node of its JID. */
export function roomDisplayName(node: string): string {
  return decodePercent(node);
}

function decodePercent(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Not percent-encoded text (a lone `%`): it is the name as it stands.
    return value;
  }
}
