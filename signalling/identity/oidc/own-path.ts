import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { parseRoomPath, type RoomAddress } from '#protocol/xmpp/room-name.ts';

const MAX_LENGTH = 2_048;

export interface OwnPath {
  /** Begins with one slash; no query, no fragment. */
  readonly path: string;
  /** Undefined: the start page. */
  readonly room: RoomAddress | undefined;
}

/** The page of ours that somebody wants, from what a request names; whatever is not one is the start page. */
export function ownPath(wanted: string | undefined): OwnPath {
  const start: OwnPath = { path: '/', room: undefined };
  // A slash or backslash more, and browsers read a host.
  if (wanted === undefined || wanted.length > MAX_LENGTH || !/^\/(?![/\\])/.test(wanted)) return start;
  const url = URL.parse(wanted, 'http://own.invalid');
  if (url === null || url.host !== 'own.invalid' || /^\/[/\\]/.test(url.pathname)) return start;
  try {
    return { path: url.pathname, room: parseRoomPath(url.pathname) };
  } catch (error) {
    if (error instanceof DecodeError) return start;
    throw error;
  }
}
