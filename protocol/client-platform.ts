/** What a client uses of a WebSocket. The browser's own fits, and so does Node's. */
export interface ClientSocket {
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** `ClientSocket.readyState` of one that can send (WebSockets standard, "ready state"). */
export const SOCKET_OPEN = 1;

/** What a client needs of the browser or of Node, since this folder has neither sockets nor a console. */
export interface ClientPlatform {
  /** @param protocol of RFC 6455 §1.9 */
  openSocket(url: string, protocol?: string): ClientSocket;
  readonly log: {
    /** Something went wrong and is mended. */
    warn(message: string, details?: unknown): void;
    /** Something went wrong. */
    error(message: string, details?: unknown): void;
  };
}
