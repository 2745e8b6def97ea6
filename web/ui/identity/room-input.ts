import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { parseRoomPath } from '#protocol/xmpp/room-name.ts';

export type RoomInput =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'other-host'; readonly url: string; readonly host: string }
  | { readonly kind: 'invalid'; readonly reason: RoomInputProblem; readonly detail?: string };

export type RoomInputProblem = 'empty' | 'character' | 'reserved' | 'too-long';

/** Delimiters of a URL: a name that contains one would be cut by it. */
const FORBIDDEN_IN_NAME = /[?#%"<>\\^`{|}&:/\p{Cc}]/u;

/**
 * What one typed or pasted into the start page's field: the link of a meeting here or elsewhere, or a name.
 * `origin` is this page's own.
 */
export function parseRoomInput(text: string, origin: string): RoomInput {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'invalid', reason: 'empty' };
  const link = asLink(trimmed, origin);
  if (link) {
    if (link.origin !== origin) return { kind: 'other-host', url: link.href, host: link.host };
    return checkedPath(link.pathname, link.hash);
  }
  const forbidden = FORBIDDEN_IN_NAME.exec(trimmed)?.[0];
  if (forbidden !== undefined) return { kind: 'invalid', reason: 'character', detail: forbidden };
  return checkedPath(`/${encodeURIComponent(nameToPath(trimmed))}`, '');
}

/** Spaces become hyphens, so that a link can be read out and survives e-mail. */
function nameToPath(name: string): string {
  return name.replaceAll(/\s+/gu, '-');
}

function asLink(text: string, origin: string): URL | undefined {
  const host = new URL(origin).host;
  const candidate = text.startsWith(`${host}/`) ? `${new URL(origin).protocol}//${text}` : text;
  if (!/^https?:\/\//iu.test(candidate)) return undefined;
  return URL.canParse(candidate) ? new URL(candidate) : undefined;
}

function checkedPath(pathname: string, hash: string): RoomInput {
  try {
    const address = parseRoomPath(pathname);
    return address ? { kind: 'path', path: pathname + hash } : { kind: 'invalid', reason: 'empty' };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const tooLong = pathname.length > 300;
    return { kind: 'invalid', reason: tooLong ? 'too-long' : 'reserved', detail: decodeSegment(pathname) };
  }
}

function decodeSegment(pathname: string): string {
  const segment = pathname.split('/').find((part) => part !== '') ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a lone percent sign: show it as it stands
  }
}
