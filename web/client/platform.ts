import type { ClientPlatform } from '#protocol/client-platform.ts';
import { log } from './log.ts';

/** The browser, as the clients of protocol/ need it. */
export const platform: ClientPlatform = {
  openSocket: (url, protocol) => new WebSocket(url, protocol),
  log,
};
