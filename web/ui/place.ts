import { signal } from '@preact/signals';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { parseRoomPath, type RoomAddress } from '#protocol/xmpp/room-name.ts';
import { type LoginFailure, takeLoginFailure } from './identity/provider-login.ts';
import { takeLink } from './link/take-link.ts';
import type { UrlParams } from './link/url-params.ts';

/** What the address of the page says. */
export interface Place {
  readonly room: RoomAddress | undefined;
  readonly params: UrlParams;
  /** Of a login at the provider. */
  readonly loginFailure: LoginFailure | undefined;
  /** The address names no usable room. */
  readonly problem: string | undefined;
}

function placeOf(page: Location): Place {
  const loginFailure = takeLoginFailure(page, history);
  const params = takeLink(page, history);
  try {
    return { room: parseRoomPath(page.pathname), params, loginFailure, problem: undefined };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { room: undefined, params, loginFailure, problem: error.message };
  }
}

/** Where the page is now. */
export const place = signal(placeOf(location));

export function navigate(path: string): void {
  history.pushState(null, '', path);
  place.value = placeOf(location);
}

/** Follows the browser's own way back and forth. @returns stop */
export function followHistory(): () => void {
  const follow = () => {
    place.value = placeOf(location);
  };
  window.addEventListener('popstate', follow);
  return () => window.removeEventListener('popstate', follow);
}
