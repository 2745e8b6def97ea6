import { isRoomId, nodeOfRoom } from '#protocol/matrix/room-node.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { parseRoomPath, type RoomAddress } from '#protocol/xmpp/room-name.ts';
import { cleanName } from '../ui/clean-name.ts';
import type { LinkParts } from '../ui/link/url-params.ts';

/**
 * What a Matrix client has put into the widget's address (matrix note §3.1). Whoever opens the page can write all of it, so
 * it decides what is shown and asked for, and never who somebody is.
 */
export interface WidgetParams {
  /** Undefined: no client embeds us (any more). */
  readonly client: MatrixClientAddress | undefined;
  readonly roomId: string | undefined;
  /** Undefined: the address names none. */
  readonly room: RoomAddress | undefined;
  /** Of the meeting, for people. */
  readonly title: string | undefined;
  readonly displayName: string | undefined;
  /** `https:` */
  readonly avatarUrl: string | undefined;
  readonly theme: string | undefined;
  readonly language: string | undefined;
}

/** With whom to speak: the client adds both to the query. */
export interface MatrixClientAddress {
  readonly widgetId: string;
  readonly origin: string;
}

const MAX_ID_LENGTH = 255;
const MAX_VALUE_LENGTH = 2_048;

export function parseWidgetParams({ search, hash }: LinkParts): WidgetParams {
  const query = new URLSearchParams(search);
  const fragment = new URLSearchParams(hash.replace(/^#/u, '').replaceAll('+', '%2B'));
  // Some write the template into the query.
  const value = (name: string) => given(fragment.get(name)) ?? given(query.get(name));
  const roomId = value('roomId');
  const usableId = roomId !== undefined && isRoomId(roomId) ? roomId : undefined;
  const avatar = value('avatarUrl');
  const displayName = cleanName(value('displayName') ?? '') || localpartOf(value('userId'));
  return {
    client: clientOf(given(query.get('widgetId')), given(query.get('parentUrl'))),
    roomId: usableId,
    room: usableId === undefined ? roomNamed(value('conferenceId')) : roomNamed(nodeOfRoom(usableId)),
    title: cleanName(value('title') ?? '') || undefined,
    displayName,
    avatarUrl: avatar !== undefined && URL.parse(avatar)?.protocol === 'https:' ? avatar : undefined,
    theme: value('theme'),
    language: value('lang'),
  };
}

/** A variable that the client does not know stays as it is; one without a value is empty. */
function given(value: string | null): string | undefined {
  if (value === null || value === '' || value.startsWith('$') || value.length > MAX_VALUE_LENGTH) return undefined;
  return value;
}

function clientOf(widgetId: string | undefined, parentUrl: string | undefined): MatrixClientAddress | undefined {
  const origin = originOf(parentUrl === undefined ? null : URL.parse(parentUrl));
  if (widgetId === undefined || widgetId.length > MAX_ID_LENGTH || origin === undefined) return undefined;
  return { widgetId, origin };
}

/** Desktop applications have schemes of their own; a browser gives the origin of their messages as scheme and host. */
function originOf(url: URL | null): string | undefined {
  if (url === null || url.host === '') return undefined;
  return url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin;
}

function roomNamed(name: string | undefined): RoomAddress | undefined {
  if (name === undefined) return undefined;
  try {
    return parseRoomPath(`/${encodeURIComponent(name)}`);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** As clients do, for who has given themselves no name. */
function localpartOf(userId: string | undefined): string | undefined {
  return /^@([^:]+):/u.exec(userId ?? '')?.[1];
}
