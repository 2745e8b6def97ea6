import { SOCKET_OPEN, type ClientPlatform, type ClientSocket } from '../client-platform.ts';
import { Emitter } from '../emitter.ts';
import { DecodeError } from '../xmpp/decode-error.ts';
import { CHANNEL_RETRY } from '../xmpp-client/retry-policy.ts';
import type { ChannelClientMessage, ChannelServerMessage } from './channel-message.ts';
import { readServerMessage, writeClientMessage } from './server-message.ts';

/** RFC 6455 §7.4.1: the bridge ends the endpoint. */
const CLOSE_GOING_AWAY = 1001;

/** The WebSocket to the bridge (wire note §6); opens again by itself as long as the session lasts. */
export class BridgeChannel extends Emitter<{ open: []; message: [ChannelServerMessage] }> {
  readonly #url: string;
  readonly #platform: ClientPlatform;
  #socket: ClientSocket | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #isClosed = false;

  constructor(url: string, platform: ClientPlatform) {
    super();
    this.#url = url;
    this.#platform = platform;
  }

  open(): void {
    const socket = this.#platform.openSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#attempt = 0;
      if (!this.#isClosed) this.emit('open');
    });
    socket.addEventListener('message', ({ data }) => {
      if (!this.#isClosed && typeof data === 'string') this.#receive(data);
    });
    socket.addEventListener('close', ({ code }) => {
      if (this.#isClosed || this.#socket !== socket) return;
      this.#socket = undefined;
      if (code !== CLOSE_GOING_AWAY) this.#retry();
    });
  }

  /** @returns false while the channel is not open; what matters is repeated on `open` */
  send(message: ChannelClientMessage): boolean {
    if (this.#socket?.readyState !== SOCKET_OPEN) return false;
    this.#socket.send(writeClientMessage(message));
    return true;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    this.#socket?.close();
    this.#socket = undefined;
  }

  #receive(frame: string): void {
    let message: ChannelServerMessage | undefined;
    try {
      message = readServerMessage(frame);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#platform.log.warn('a message of the bridge that cannot be read', error.message);
      return;
    }
    if (message !== undefined) this.emit('message', message);
  }

  #retry(): void {
    this.#attempt += 1;
    const delayMs = CHANNEL_RETRY.delayMs(this.#attempt, 0, Math.random());
    if (delayMs !== undefined) this.#retryTimer = setTimeout(() => this.open(), delayMs);
  }
}
