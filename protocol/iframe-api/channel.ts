import { type Frame, readFrame, writeFrame } from './frame.ts';
import { type IframeMessage, readMessage, writeMessage } from './message.ts';

/** The peer may begin to listen at any time after us, and tells nobody when: we ask this often. */
const ASK_INTERVAL_MS = 50;
/** Messages that wait for the other side to listen. */
const MAX_WAITING = 1_000;

export interface ChannelPorts {
  readonly scope: string;
  /** Differs from the other side's. */
  readonly id: string;
  readonly post: (text: string) => void;
  readonly receive: (message: IframeMessage) => void;
  /** The other side listens; called once, before what waits is sent. */
  readonly onReady?: () => void;
  /** @returns stop */
  readonly every: (intervalMs: number, run: () => void) => () => void;
}

/**
 * One side of the iframe API's transport: finds out when the other side listens, keeps until then what there is to say,
 * in order. Knows no windows.
 */
export class Channel {
  readonly #ports: ChannelPorts;
  #stopAsking: (() => void) | undefined;
  #isReady = false;
  #isClosed = false;
  #waiting: IframeMessage[] = [];

  constructor(ports: ChannelPorts) {
    this.#ports = ports;
    const ask = () => this.#post({ method: '__ready__', id: ports.id });
    this.#stopAsking = ports.every(ASK_INTERVAL_MS, ask);
    ask();
  }

  /** Whether the other side has been heard to listen. */
  get isReady(): boolean {
    return this.#isReady;
  }

  close(): void {
    this.#isClosed = true;
    this.#stopAsking?.();
    this.#waiting = [];
  }

  /** @returns false when too much waits already, and this is lost */
  send(message: IframeMessage): boolean {
    if (this.#isClosed) return false;
    if (this.#isReady) {
      this.#post({ method: 'message', content: writeMessage(message) });
      return true;
    }
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(message);
    return true;
  }

  /**
   * Takes what was posted to us.
   * @returns whether it was a frame of this scope
   */
  accept(data: unknown): boolean {
    if (this.#isClosed) return false;
    const frame = readFrame(data, this.#ports.scope);
    if (frame === undefined) return false;
    if (frame.method === 'message') {
      const message = readMessage(frame.content);
      if (message !== undefined) this.#ports.receive(message);
    } else if (frame.id === this.#ports.id) {
      this.#ready();
    } else {
      // Also when we are ready: the other side may have begun again.
      this.#post({ method: '__ready__', id: frame.id });
    }
    return true;
  }

  #ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#stopAsking?.();
    this.#ports.onReady?.();
    for (const message of this.#waiting.splice(0)) this.send(message);
  }

  #post(frame: Frame): void {
    this.#ports.post(writeFrame(frame, this.#ports.scope));
  }
}
