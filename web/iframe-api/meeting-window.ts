import { Channel } from '#protocol/iframe-api/channel.ts';
import type { IframeMessage } from '#protocol/iframe-api/message.ts';

/** The meeting in its iframe, at the other end of `postMessage`: only that window with that origin is heard and spoken to. */
export class MeetingWindow {
  readonly #channel: Channel;
  readonly #listener: (event: MessageEvent) => void;

  constructor(iframe: HTMLIFrameElement, scope: string, receive: (message: IframeMessage) => void) {
    const { origin } = new URL(iframe.src);
    this.#channel = new Channel({
      scope,
      id: Math.random().toString(36).slice(2),
      post: (text) => postIfLoaded(iframe, text, origin),
      receive,
      every(intervalMs, run) {
        const timer = setInterval(run, intervalMs);
        return () => clearInterval(timer);
      },
    });
    this.#listener = ({ source, origin: from, data }) => {
      if (source !== null && source === iframe.contentWindow && from === origin) this.#channel.accept(data);
    };
    window.addEventListener('message', this.#listener);
  }

  send(message: IframeMessage): boolean {
    return this.#channel.send(message);
  }

  close(): void {
    window.removeEventListener('message', this.#listener);
    this.#channel.close();
  }
}

/**
 * Before the meeting is loaded its window is an empty one of our own origin. What would go there is refused with a line on
 * the console for each try, so nothing is sent until that origin is gone.
 */
function postIfLoaded({ contentWindow }: HTMLIFrameElement, text: string, origin: string): void {
  if (contentWindow === null || isOwnOrigin(contentWindow)) return;
  contentWindow.postMessage(text, origin);
}

function isOwnOrigin(other: Window): boolean {
  try {
    return other.location.origin === 'null' || other.location.href === 'about:blank';
  } catch {
    return false; // another origin: that of the meeting
  }
}
