import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type Endpoint, formatAddress, parseAddress } from '../endpoint.ts';
import {
  type DatagramIo,
  type DatagramIoStats,
  HEAD_ROOM_BYTES,
  MAX_DATAGRAM_BYTES,
  type OpenOptions,
  Received,
  RECEIVED_STRIDE,
} from './datagram-io.ts';

/** One datagram with head room, and as much again for what is staged while it is handled. */
const STAGE_OFFSET = HEAD_ROOM_BYTES + MAX_DATAGRAM_BYTES;
const SLAB_BYTES = STAGE_OFFSET + 2 * (HEAD_ROOM_BYTES + MAX_DATAGRAM_BYTES);

/** Addresses whose text form is remembered; beyond that the memory is emptied and filled anew. */
const MAX_REMEMBERED_ADDRESSES = 8192;

const LISTENER_BUFFER_BYTES = 4 << 20;
const RELAY_BUFFER_BYTES = 512 << 10;

/** Sockets closed while a batch is handled keep their number until it is over. */
interface OpenSocket {
  socket: Socket;
  port: number;
  /** The last datagram was not taken at once and may still wait in the socket. */
  isFull: boolean;
}

/**
 * The back end that works wherever Node does. Every datagram is a batch of one. What IP carries beside the payload is out
 * of reach here: traffic class and hop limit are not preserved, and ICMP errors are not seen.
 */
export class DgramIo implements DatagramIo {
  readonly name = 'dgram';
  readonly carriesIpHeader = false;
  readonly received = new Int32Array(RECEIVED_STRIDE);
  slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  onReceived: (count: number) => void = () => undefined;
  readonly #sockets: (OpenSocket | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  #stagePosition = STAGE_OFFSET;
  readonly #parsed = new Map<string, Endpoint>();
  readonly #formatted = new Map<number, string>();
  #sendErrors = 0;
  #batches = 0;

  open({ address, port, kind, sharesPort }: OpenOptions): number {
    const family = address.family;
    const socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      ipv6Only: family === 6,
      reusePort: sharesPort,
      // Addresses are literals always; answering at once also makes `bind` finish before it returns.
      lookup: (hostname, _options, callback) => callback(null, hostname, family),
    });
    let failure: NodeJS.ErrnoException | undefined;
    socket.on('error', (error: NodeJS.ErrnoException) => (failure = error));
    socket.bind({ address: formatAddress(address), port, exclusive: true });
    if (failure !== undefined) return -Math.abs(failure.errno ?? 1);
    // An error after this belongs to one datagram (a peer that went away); the relay goes on.
    socket.removeAllListeners('error').on('error', () => this.#sendErrors++);
    const bufferBytes = kind === 'listener' ? LISTENER_BUFFER_BYTES : RELAY_BUFFER_BYTES;
    socket.setRecvBufferSize(bufferBytes);
    socket.setSendBufferSize(bufferBytes);
    const number = this.#freeNumbers.pop() ?? this.#sockets.length;
    this.#sockets[number] = { socket, port: socket.address().port, isFull: false };
    socket.on('message', (message, from) => this.#onMessage(number, message, from));
    return number;
  }

  portOf(socket: number): number {
    return this.#sockets[socket]?.port ?? 0;
  }

  close(number: number): void {
    const open = this.#sockets[number];
    if (open === undefined) return;
    this.#sockets[number] = undefined;
    // dgram hands over no datagram after this, so the number is free at once: every batch is a single datagram.
    open.socket.close();
    this.#freeNumbers.push(number);
  }

  stage(bytes: number): number {
    const size = HEAD_ROOM_BYTES + ((bytes + 7) & ~7);
    if (this.#stagePosition + size > SLAB_BYTES) this.#stagePosition = STAGE_OFFSET;
    const offset = this.#stagePosition + HEAD_ROOM_BYTES;
    this.#stagePosition += size;
    return offset;
  }

  send(number: number, offset: number, bytes: number, to: Endpoint): void {
    const open = this.#sockets[number];
    // A datagram still waits in this socket: the kernel is full, and nothing queues here without bound.
    if (open === undefined || (open.isFull && open.socket.getSendQueueCount() > 0)) {
      this.#sendErrors++;
      return;
    }
    try {
      open.socket.send(this.slab, offset, bytes, to.port, this.#format(to));
    } catch {
      // The system refuses the destination (no route, port 0): the datagram is lost, as on any network.
      this.#sendErrors++;
      return;
    }
    // The kernel did not take it at once, and Node holds on to these bytes until it does.
    open.isFull = open.socket.getSendQueueCount() > 0;
    if (open.isFull) this.slab = Buffer.from(this.slab);
  }

  flush(): void {
    this.#stagePosition = STAGE_OFFSET;
  }

  stats(): DatagramIoStats {
    return {
      receiveOverflows: 0,
      sendErrors: this.#sendErrors,
      batches: this.#batches,
      batchedDatagrams: this.#batches,
      segmentedDatagrams: 0,
    };
  }

  stop(): void {
    for (const number of this.#sockets.keys()) this.close(number);
  }

  #onMessage(socket: number, message: Buffer, from: RemoteInfo): void {
    const address = this.#parse(from.address);
    if (address === undefined || message.length > MAX_DATAGRAM_BYTES) return;
    this.slab.set(message, HEAD_ROOM_BYTES);
    const { received } = this;
    received[Received.SOCKET] = socket;
    received[Received.OFFSET] = HEAD_ROOM_BYTES;
    received[Received.LENGTH] = message.length;
    received[Received.PORT] = from.port;
    received[Received.W0] = address.w0;
    received[Received.W1] = address.w1;
    received[Received.W2] = address.w2;
    received[Received.W3] = address.w3;
    this.#batches++;
    this.onReceived(1);
    this.flush();
  }

  #parse(text: string): Endpoint | undefined {
    let address = this.#parsed.get(text);
    if (address === undefined) {
      // A link-local source comes with its zone, which no table of ours knows.
      address = parseAddress(text.replace(/%.*$/u, ''));
      if (address === undefined) return undefined;
      if (this.#parsed.size >= MAX_REMEMBERED_ADDRESSES) this.#parsed.clear();
      this.#parsed.set(text, address);
    }
    return address;
  }

  #format(to: Endpoint): string {
    if (to.family === 6) return formatAddress(to);
    let text = this.#formatted.get(to.w3);
    if (text === undefined) {
      text = formatAddress(to);
      if (this.#formatted.size >= MAX_REMEMBERED_ADDRESSES) this.#formatted.clear();
      this.#formatted.set(to.w3, text);
    }
    return text;
  }
}
