import { timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import {
  decodeClientMessage,
  encodeChannelMessage,
  type ChannelClientMessage,
  type ChannelServerMessage,
} from '#protocol/bridge/channel-message.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { refuse, type Upgrade } from '#runtime/http.ts';
import type { Logger } from '#runtime/logger.ts';
import { TokenBucket } from '#runtime/token-bucket.ts';

/** First path segment of channel URLs. */
export const CHANNEL_SEGMENT = 'colibri-ws';

/** An endpoint, as far as its message channel is concerned. */
export interface ChannelOwner {
  readonly channelSecret: string;
  /** Replaces an older channel. */
  attachChannel(channel: MessageChannel): void;
  detachChannel(channel: MessageChannel): void;
  receiveMessage(message: ChannelClientMessage): void;
}

export interface MessageTransportOptions {
  readonly sfuId: string;
  readonly find: (conference: string, endpoint: string) => ChannelOwner | undefined;
  readonly count: (event: ChannelEvent) => void;
  readonly logger: Logger;
}

/** For the counter. */
export type ChannelEvent = 'received' | 'unknown' | 'malformed' | 'over-rate' | 'refused' | 'unread';

/** RFC 6455 §7.4.1 */
const CLOSE = { normal: 1000, goingAway: 1001, notText: 1003, invalid: 1007, policy: 1008, tooSlow: 1013 } as const;
/** UTF-8 of the longest message. */
const MAX_FRAME_BYTES = 262_144;
const PING_INTERVAL_MS = 20_000;
const CLOSE_GRACE_MS = 1_000;
const CLOSE_POLL_MS = 20;
/** A receiver that does not read is cut off rather than remembered for. */
const MAX_UNSENT_BYTES = 1_048_576;
/** Jitsi clients send some messages when views change, statistics every 10 s, and one per participant to exchange end-to-end keys. */
const MESSAGES_PER_SECOND = 50;
const MESSAGE_BURST = 500;
/** Mistakes are forgiven now and then: clients of other versions may err in one message and be right in others. */
const MISTAKES_PER_SECOND = 0.1;
const MISTAKE_BURST = 10;

/** Accepts the WebSockets of `/colibri-ws/<sfu>/<conference>/<endpoint>?pwd=<secret>` (wire note §6). */
export class MessageTransport {
  readonly #options: MessageTransportOptions;
  readonly #webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
  readonly #channels = new Set<MessageChannel>();
  readonly #pings: NodeJS.Timeout;

  constructor(options: MessageTransportOptions) {
    this.#options = options;
    this.#pings = setInterval(() => {
      for (const channel of this.#channels) channel.ping();
    }, PING_INTERVAL_MS);
    this.#pings.unref();
  }

  upgrade({ request, socket, head, url }: Upgrade): void {
    const [segment, sfuId, conference, endpoint, ...rest] = url.pathname.split('/').slice(1);
    if (segment !== CHANNEL_SEGMENT || sfuId !== this.#options.sfuId || endpoint === undefined || rest.length > 0) {
      this.#options.count('refused');
      return refuse(socket, 404, 'Not Found');
    }
    const owner = this.#options.find(conference ?? '', endpoint);
    // The same answer for a wrong secret and for nobody: ids are no secret, but presence in a conference is.
    if (owner === undefined || !isEqual(url.searchParams.get('pwd') ?? '', owner.channelSecret)) {
      this.#options.count('refused');
      return refuse(socket, 403, 'Forbidden');
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const channel = new MessageChannel(webSocket, owner, this.#options);
      this.#channels.add(channel);
      webSocket.once('close', () => {
        this.#channels.delete(channel);
        owner.detachChannel(channel);
      });
      owner.attachChannel(channel);
    });
  }

  /** Ends all channels, those of clients that do not answer the closing handshake too. */
  async close(): Promise<void> {
    clearInterval(this.#pings);
    for (const channel of this.#channels) channel.endpointEnded();
    this.#webSockets.close();
    const deadlineMs = performance.now() + CLOSE_GRACE_MS;
    while (this.#channels.size > 0 && performance.now() < deadlineMs) await delay(CLOSE_POLL_MS);
    for (const channel of this.#channels) channel.terminate();
  }
}

/** One endpoint's open channel. */
export class MessageChannel {
  readonly #webSocket: WebSocket;
  readonly #options: MessageTransportOptions;
  readonly #owner: ChannelOwner;
  readonly #messages: TokenBucket;
  readonly #mistakes: TokenBucket;
  #isAlive = true;

  constructor(webSocket: WebSocket, owner: ChannelOwner, options: MessageTransportOptions) {
    this.#webSocket = webSocket;
    this.#owner = owner;
    this.#options = options;
    const nowMs = performance.now();
    this.#messages = new TokenBucket(MESSAGE_BURST, MESSAGES_PER_SECOND, nowMs);
    this.#mistakes = new TokenBucket(MISTAKE_BURST, MISTAKES_PER_SECOND, nowMs);
    webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    webSocket.on('pong', () => {
      this.#isAlive = true;
    });
    webSocket.on('error', (error) => {
      // ws has closed already: a frame that is too long, text that is no UTF-8, broken framing.
      this.#options.count('malformed');
      this.#options.logger.debug({ err: error }, 'a message channel failed');
    });
  }

  send(message: ChannelServerMessage): void {
    this.sendText(encodeChannelMessage(message));
  }

  /** For one text that goes to many. */
  sendText(text: string): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (this.#webSocket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#options.count('unread');
      this.#options.logger.info('a message channel does not read and is cut off');
      this.#webSocket.terminate();
      return;
    }
    this.#webSocket.send(text);
  }

  replaced(): void {
    this.#webSocket.close(CLOSE.normal, 'replaced');
  }

  endpointEnded(): void {
    this.#webSocket.close(CLOSE.goingAway, 'endpoint ended');
  }

  /** Without the closing handshake. */
  terminate(): void {
    this.#webSocket.terminate();
  }

  ping(): void {
    if (!this.#isAlive) return this.terminate();
    this.#isAlive = false;
    this.#webSocket.ping();
  }

  #receive(data: RawData, isBinary: boolean): void {
    const nowMs = performance.now();
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (isBinary) {
      this.#options.count('malformed');
      return this.#webSocket.close(CLOSE.notText, 'text frames only');
    }
    if (!this.#messages.take(1, nowMs)) {
      this.#options.count('over-rate');
      return this.#webSocket.close(CLOSE.policy, 'too many messages');
    }
    let message: ChannelClientMessage | undefined;
    try {
      // With the default binary type one frame comes as one Buffer.
      message = decodeClientMessage((data as Buffer).toString('utf8'));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.count('malformed');
      this.#options.logger.debug({ reason: error.reason }, 'a channel message cannot be read');
      if (!this.#mistakes.take(1, nowMs)) this.#webSocket.close(CLOSE.invalid, 'messages cannot be read');
      return;
    }
    if (message === undefined) return this.#options.count('unknown');
    this.#options.count('received');
    this.#owner.receiveMessage(message);
  }
}

function isEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
