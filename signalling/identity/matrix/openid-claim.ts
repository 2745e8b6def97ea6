import { z } from 'zod';
import { isRoomId } from './room-binding.ts';
import { parseServerName } from './server-name.ts';

/** What a Matrix client says of its user; only the homeserver's answer about the token is believed. */
export interface OpenIdClaim {
  /** OpenID access token: whoever has it is the user. */
  readonly openIdToken: string;
  readonly roomId: string;
  /** Undefined: the client does not say it. */
  readonly serverName: string | undefined;
  readonly name: string | undefined;
  readonly avatar: string | undefined;
}

const MAX_NAME_LENGTH = 128;
const MAX_URL_LENGTH = 2_048;
/** Controls, and characters that make text read otherwise than it is (Unicode bidirectional controls and marks). */
const UNSHOWN = /[\p{Cc}\p{Cs}\p{Co}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/gu;

export const openIdToken = z.string().regex(/^[\w.~+/=-]{1,512}$/);
export const roomId = z.string().refine(isRoomId);
export const serverName = z.string().refine((text) => parseServerName(text) !== undefined);

/** A name as it may be shown. */
export function shownText(text: string | undefined): string | undefined {
  const shown = text?.replaceAll(UNSHOWN, '').trim();
  if (shown === undefined || shown === '') return undefined;
  return Array.from(shown).slice(0, MAX_NAME_LENGTH).join('');
}

/** Browsers get it from there; nothing here does. */
export function avatarAt(text: string | undefined): string | undefined {
  const url = text === undefined || text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  return url?.protocol === 'https:' ? url.href : undefined;
}
