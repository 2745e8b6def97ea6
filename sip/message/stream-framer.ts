import { canonicalHeaderName } from './header-name.ts';
import { MESSAGE_LIMITS, type MessageLimits } from './limits.ts';
import { parseNumber, trimSpace } from './scanner.ts';

/** What a chunk of a stream completed. */
export type Frame =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** A client's keep-alive: to be answered with one CRLF (RFC 5626 §4.4.1). */
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }
  /** Where the next message begins cannot be known any more: the connection has to be closed. Nothing comes after it. */
  | { readonly kind: 'broken'; readonly reason: string };

const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const FIRST_CAPACITY = 4_096;

/** Cuts one TCP or TLS connection into messages by Content-Length (RFC 3261 §18.3). Holds at most one message and one chunk. */
export class StreamFramer {
  readonly #limits: MessageLimits;
  /** What has come and is not cut off yet lies from `#start` to `#end`; the room grows by doubling. */
  #data = Buffer.alloc(FIRST_CAPACITY);
  #start = 0;
  #end = 0;
  /** How many bytes are needed before it is worth looking again. */
  #needed = 1;
  /** So many bytes hold no end of a head. */
  #searched = 0;
  #isBroken = false;

  constructor(limits: MessageLimits = MESSAGE_LIMITS) {
    this.#limits = limits;
  }

  /** @returns frames in their order; the bytes of a message are its own. */
  push(chunk: Uint8Array): readonly Frame[] {
    if (this.#isBroken) return [];
    this.#append(chunk);
    const frames: Frame[] = [];
    while (!this.#isBroken && this.#end - this.#start >= this.#needed) {
      const frame = this.#next(this.#data.subarray(this.#start, this.#end));
      if (frame === undefined) break;
      frames.push(frame);
    }
    return frames;
  }

  #append(chunk: Uint8Array): void {
    const held = this.#data.subarray(this.#start, this.#end);
    const length = held.length + chunk.length;
    if (this.#end + chunk.length > this.#data.length) {
      const target = length > this.#data.length ? Buffer.alloc(2 * length) : this.#data;
      held.copy(target);
      this.#data = target;
      this.#start = 0;
      this.#end = held.length;
    }
    this.#data.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next frame; undefined when more bytes are needed first. */
  #next(data: Buffer): Frame | undefined {
    if (data[0] === CRLF[0]) return this.#keepAlive(data);
    const headEnd = data.indexOf(HEAD_END, Math.max(0, this.#searched - HEAD_END.length + 1));
    if (headEnd < 0) {
      this.#searched = data.length;
      return data.length > this.#limits.messageBytes ? this.#break('Head too long') : this.#wait(data.length + 1);
    }
    const bodyLength = contentLengthOf(data.toString('latin1', 0, headEnd));
    if (bodyLength === undefined) return this.#break('Content-Length missing, malformed or given twice');
    const length = headEnd + HEAD_END.length + bodyLength;
    if (length > this.#limits.messageBytes) return this.#break('Message too large');
    if (data.length < length) return this.#wait(length);
    const bytes = Buffer.from(data.subarray(0, length));
    this.#consume(length);
    return { kind: 'message', bytes };
  }

  /** A ping that comes in two pieces counts as two pongs, for a pong must not wait for what follows. */
  #keepAlive(data: Buffer): Frame | undefined {
    if (data.subarray(0, HEAD_END.length).equals(HEAD_END)) {
      this.#consume(HEAD_END.length);
      return { kind: 'ping' };
    }
    if (data.length < CRLF.length) return this.#wait(CRLF.length);
    if (data[1] !== CRLF[1]) return this.#break('CR without LF');
    this.#consume(CRLF.length);
    return { kind: 'pong' };
  }

  #wait(needed: number): undefined {
    this.#needed = needed;
  }

  #consume(length: number): void {
    this.#start += length;
    this.#needed = 1;
    this.#searched = 0;
  }

  #break(reason: string): Frame {
    this.#isBroken = true;
    return { kind: 'broken', reason };
  }
}

/** What the one Content-Length of a head says; undefined when there is none, more than one, or no number. */
function contentLengthOf(head: string): number | undefined {
  let length: number | undefined;
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    // Most lines are told by their first letter.
    if (colon < 0 || !/^[cl]/i.test(line)) continue;
    if (canonicalHeaderName(trimSpace(line.slice(0, colon))) !== 'content-length') continue;
    const value = parseNumber(trimSpace(line.slice(colon + 1)), Number.MAX_SAFE_INTEGER);
    if (length !== undefined || value === undefined) return undefined;
    length = value;
  }
  return length;
}
