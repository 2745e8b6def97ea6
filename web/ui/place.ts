import { type ReadonlySignal, signal } from '@preact/signals';
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

/** Where the page is, in its window's history. Making one takes the link out of the address: the widget's page makes none. */
export class PageAddress {
  readonly #place = signal(placeOf(location));

  get place(): ReadonlySignal<Place> {
    return this.#place;
  }

  readonly navigate = (path: string): void => {
    history.pushState(null, '', path);
    this.#place.value = placeOf(location);
  };

  /** Follows the browser's own way back and forth. @returns stop */
  readonly follow = (): (() => void) => {
    const follow = () => {
      this.#place.value = placeOf(location);
    };
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  };
}
