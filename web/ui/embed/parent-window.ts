import { Channel } from '#protocol/iframe-api/channel.ts';
import type { IframeMessage } from '#protocol/iframe-api/message.ts';

/** The windows as far as we use them. */
export interface OwnWindow {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}
export interface OtherWindow {
  postMessage(text: string, targetOrigin: string): void;
}

/**
 * The page that embeds us, at the other end of `postMessage`. Only that window is heard, and once it has shown that it speaks
 * the protocol only its origin: whatever is loaded there later neither steers the meeting nor learns of it.
 */
export class ParentWindow {
  readonly #own: OwnWindow;
  readonly #parent: OtherWindow;
  readonly #channel: Channel;
  readonly #listener = (event: MessageEvent) => this.#hear(event);
  /** Of the message that is being read. */
  #speaking: string | undefined;
  #pinned: string | undefined;

  constructor(own: OwnWindow, parent: OtherWindow, scope: string, receive: (message: IframeMessage) => void) {
    this.#own = own;
    this.#parent = parent;
    own.addEventListener('message', this.#listener);
    this.#channel = new Channel({
      scope,
      id: Math.random().toString(36).slice(2),
      post: (text) => parent.postMessage(text, targetOrigin(this.#pinned)),
      receive,
      onReady: () => {
        this.#pinned = this.#speaking;
      },
      every(intervalMs, run) {
        const timer = setInterval(run, intervalMs);
        return () => clearInterval(timer);
      },
    });
  }

  send(message: IframeMessage): void {
    this.#channel.send(message);
  }

  close(): void {
    this.#own.removeEventListener('message', this.#listener);
    this.#channel.close();
  }

  #hear({ source, origin, data }: MessageEvent): void {
    if (source !== this.#parent || (this.#pinned !== undefined && origin !== this.#pinned)) return;
    this.#speaking = origin;
    this.#channel.accept(data);
  }
}

/** Sandboxed pages, files and the schemes of desktop shells have origins that cannot be named. */
function targetOrigin(origin: string | undefined): string {
  return origin !== undefined && URL.parse(origin)?.origin === origin ? origin : '*';
}
