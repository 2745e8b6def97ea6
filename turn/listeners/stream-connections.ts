import type { Socket } from 'node:net';
import type { ClientTransport } from '../allocation.ts';
import { isChannelDataByte, paddedLength } from '../channel-data.ts';
import { type Endpoint, formatAddress, parseAddress } from '../endpoint.ts';
import type { Source } from '../request.ts';
import type { StreamSink } from '../stream-sink.ts';
import { LocalTally, type Tally } from '../tally.ts';
import { StreamFramer } from './stream-framer.ts';

/** A client that does not read gets this much queued; then its media is dropped and its requests wait. */
const MAX_QUEUED_BYTES = 256 << 10;
const IDLE_WITHOUT_ALLOCATION_MS = 30_000;
const PARTIAL_MESSAGE_MS = 10_000;

/** The relay as connections see it; Core fits. */
export interface StreamRelay {
  onStreamMessage(source: Source, bytes: Uint8Array, start: number, length: number): boolean;
  onStreamClosed(stream: number): void;
  flush(): void;
  hasAllocation(stream: number): boolean;
}

interface Connection {
  socket: Socket;
  source: Source;
  framer: StreamFramer;
  /** When the last whole message arrived, at first when the connection was made. */
  lastMessageAtMs: number;
  /** Since when part of a message waits for its rest. */
  partialSinceMs: number | undefined;
  isCorked: boolean;
}

export interface StreamLimits {
  connectionsPerAddress: number;
}

/**
 * Clients on TCP and TLS: numbers them, cuts their streams into messages, and sends to them without letting one that does
 * not read cost more than a bounded queue.
 */
export class StreamConnections implements StreamSink {
  /** Who is connected already stays when these become narrower. */
  limits: StreamLimits;
  readonly #nowMs: () => number;
  readonly #connections = new Map<number, Connection>();
  readonly #byAddress: Tally;
  #nextNumber = 1;
  #corked: Connection[] = [];
  #relay: StreamRelay | undefined;

  /** @param byAddress counts connections of one address; shared when there are several workers. */
  constructor(limits: StreamLimits, nowMs: () => number, byAddress: Tally = new LocalTally()) {
    this.limits = limits;
    this.#byAddress = byAddress;
    this.#nowMs = nowMs;
  }

  /** The relay and the connections need each other; this closes the circle. */
  attach(relay: StreamRelay): void {
    this.#relay = relay;
  }

  get size(): number {
    return this.#connections.size;
  }

  /**
   * Counts a new socket against its client's address; false and destroyed when there are too many.
   * @param client when it is not the other end of the socket, as behind a proxy.
   */
  admit(socket: Socket, client?: Endpoint): boolean {
    const address = client === undefined ? (socket.remoteAddress ?? '') : formatAddress(client);
    if (address === '' || !this.#byAddress.take(address, this.limits.connectionsPerAddress)) {
      socket.destroy();
      return false;
    }
    socket.once('close', () => this.#byAddress.giveBack(address));
    return true;
  }

  /**
   * Serves an admitted socket whose first bytes are STUN's, or will be seen to be or not.
   * @param client as for `admit`.
   */
  serve(socket: Socket, transport: ClientTransport, client = otherEndOf(socket)): void {
    // A peer can be gone before we get to it; an error belongs to this connection alone, and `close` follows it.
    socket.on('error', () => socket.destroy());
    if (client === undefined || this.#relay === undefined) {
      socket.destroy();
      return;
    }
    const number = this.#nextNumber++;
    const connection: Connection = {
      socket,
      source: { transport, listener: 0, stream: number, client },
      framer: new StreamFramer(),
      lastMessageAtMs: this.#nowMs(),
      partialSinceMs: undefined,
      isCorked: false,
    };
    this.#connections.set(number, connection);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(connection, chunk));
    socket.on('drain', () => socket.resume());
    socket.once('close', () => {
      this.#connections.delete(number);
      this.#relay?.onStreamClosed(number);
    });
  }

  #onData(connection: Connection, chunk: Buffer): void {
    const relay = this.#relay;
    if (relay === undefined) return;
    const { framer, source } = connection;
    const nowMs = this.#nowMs();
    const isReadable = framer.feed(chunk, (bytes, start, length) => {
      connection.lastMessageAtMs = nowMs;
      connection.partialSinceMs = undefined;
      return relay.onStreamMessage(source, bytes, start, length);
    });
    if (framer.hasPartialMessage) connection.partialSinceMs ??= nowMs;
    relay.flush();
    if (!isReadable) connection.socket.destroy();
    // Whoever does not read our answers is not asked for more requests.
    else if (connection.socket.writableLength > MAX_QUEUED_BYTES) connection.socket.pause();
  }

  send(stream: number, bytes: Uint8Array, offset: number, length: number, kind: 'answer' | 'media'): boolean {
    const connection = this.#connections.get(stream);
    if (connection === undefined || !connection.socket.writable) return false;
    if (kind === 'media' && connection.socket.writableLength > MAX_QUEUED_BYTES) return false;
    // Only ChannelData can need it: STUN messages are multiples of four (RFC 8656 §12.5).
    const isPadded = isChannelDataByte(bytes[offset] ?? 0);
    const size = isPadded ? paddedLength(length) : length;
    const copy = Buffer.allocUnsafe(size);
    copy.set(bytes.subarray(offset, offset + length));
    copy.fill(0, length);
    if (!connection.isCorked) this.#cork(connection);
    connection.socket.write(copy);
    return true;
  }

  /** Everything a batch of packets brings for one client leaves in one write. */
  #cork(connection: Connection): void {
    connection.socket.cork();
    connection.isCorked = true;
    if (this.#corked.push(connection) === 1) process.nextTick(() => this.#uncork());
  }

  #uncork(): void {
    const corked = this.#corked;
    this.#corked = [];
    for (const connection of corked) {
      connection.isCorked = false;
      connection.socket.uncork();
    }
  }

  /** Once a second: closes connections that hold a place without using it. */
  sweep(): void {
    const nowMs = this.#nowMs();
    for (const [number, { socket, lastMessageAtMs, partialSinceMs }] of this.#connections) {
      const isStuck = partialSinceMs !== undefined && nowMs - partialSinceMs > PARTIAL_MESSAGE_MS;
      const isIdle = nowMs - lastMessageAtMs > IDLE_WITHOUT_ALLOCATION_MS;
      const isUseless = isIdle && this.#relay?.hasAllocation(number) !== true;
      if (isStuck || isUseless) socket.destroy();
    }
  }

  /** Ends every connection. */
  close(): void {
    for (const { socket } of this.#connections.values()) socket.destroy();
  }
}

function otherEndOf(socket: Socket): Endpoint | undefined {
  // A listener on `::` reports IPv4 clients as IPv4-mapped (RFC 4291 §2.5.5.2).
  const text = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/u, '').replace(/%.*$/u, '');
  const client = parseAddress(text);
  if (client !== undefined) client.port = socket.remotePort ?? 0;
  return client;
}
