import { parseServerName } from './server-name.ts';

const MAX_BYTES = 255;

/** A Matrix user id in its parts (Matrix specification, appendices, "User Identifiers"). */
export interface UserId {
  readonly text: string;
  readonly localpart: string;
  /** As written; servers are compared byte by byte. */
  readonly server: string;
}

/** @returns undefined for what is no user id. Historical local parts may have any printable ASCII but the colon. */
export function parseUserId(text: string): UserId | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return undefined;
  const [, localpart, server] = /^@([\x21-\x39\x3b-\x7e]*):(.+)$/.exec(text) ?? [];
  if (localpart === undefined || server === undefined || parseServerName(server) === undefined) return undefined;
  return { text, localpart, server };
}
