import { type Endpoint, formatAddress } from '../../../turn/endpoint.ts';
import {
  type DatagramIo,
  type DatagramIoStats,
  HEAD_ROOM_BYTES,
  MAX_DATAGRAM_BYTES,
  type OpenOptions,
  Received,
  RECEIVED_STRIDE,
  type SendOptions,
} from '../../../turn/io/datagram-io.ts';

export interface SentDatagram {
  socket: number;
  bytes: Buffer;
  to: Endpoint;
  options: SendOptions;
}

const STAGE_OFFSET = HEAD_ROOM_BYTES + MAX_DATAGRAM_BYTES;
const STAGE_BYTES = 4 * (HEAD_ROOM_BYTES + MAX_DATAGRAM_BYTES);

/** What lies in fresh memory: must never leave with an answer. */
export const DIRT = 0xa5;

/** Sockets that exist only here: datagrams go in by `receive` and come out in `sent`. */
export class FakeDatagramIo implements DatagramIo {
  readonly name = 'dgram';
  carriesIpHeader = false;
  slab = Buffer.alloc(STAGE_OFFSET + STAGE_BYTES, DIRT);
  readonly received = new Int32Array(RECEIVED_STRIDE);
  onReceived: (count: number) => void = () => undefined;
  readonly sent: SentDatagram[] = [];
  readonly openSockets = new Map<number, OpenOptions>();
  /** Ports that something else on this machine holds. */
  readonly takenPorts = new Set<number>();
  #nextSocket = 0;
  #stagePosition = STAGE_OFFSET;
  #receivedEnd = 0;

  open(options: OpenOptions): number {
    const isTaken = [...this.openSockets.values()].some(
      ({ address, port }) => port === options.port && formatAddress(address) === formatAddress(options.address),
    );
    if (isTaken || this.takenPorts.has(options.port)) return -98;
    const socket = this.#nextSocket++;
    this.openSockets.set(socket, options);
    return socket;
  }

  portOf(socket: number): number {
    return this.openSockets.get(socket)?.port ?? 0;
  }

  close(socket: number): void {
    this.openSockets.delete(socket);
  }

  stage(bytes: number): number {
    if (this.#stagePosition + HEAD_ROOM_BYTES + bytes + 8 > this.slab.length) this.#stagePosition = STAGE_OFFSET;
    const offset = this.#stagePosition + HEAD_ROOM_BYTES;
    this.#stagePosition = offset + ((bytes + 7) & ~7);
    return offset;
  }

  send(socket: number, offset: number, bytes: number, to: Endpoint, options: Readonly<SendOptions>): void {
    if (!this.openSockets.has(socket)) throw new Error('sent on a socket that is not open');
    this.sent.push({
      socket,
      bytes: Buffer.from(this.slab.subarray(offset, offset + bytes)),
      to: { ...to },
      options: { ...options },
    });
  }

  flush(): void {
    this.slab.fill(DIRT, 0, this.#receivedEnd);
    this.slab.fill(DIRT, STAGE_OFFSET, this.#stagePosition);
    this.#receivedEnd = 0;
    this.#stagePosition = STAGE_OFFSET;
  }

  stats(): DatagramIoStats {
    return { receiveOverflows: 0, sendErrors: 0, batches: 0, batchedDatagrams: 0, segmentedDatagrams: 0 };
  }

  stop(): void {
    this.openSockets.clear();
  }

  /** A datagram arrives; answers what it made the relay send. */
  receive(
    socket: number,
    bytes: Uint8Array,
    from: Endpoint,
    more: { hopLimit?: number; icmp?: number } = {},
  ): SentDatagram[] {
    const before = this.sent.length;
    this.slab.set(bytes, HEAD_ROOM_BYTES);
    // Padding may be written behind the datagram.
    this.#receivedEnd = HEAD_ROOM_BYTES + bytes.length + 4;
    const record = this.received;
    record.fill(0);
    record[Received.SOCKET] = socket;
    record[Received.OFFSET] = HEAD_ROOM_BYTES;
    record[Received.LENGTH] = bytes.length;
    record[Received.PORT] = from.port;
    record[Received.W0] = from.w0;
    record[Received.W1] = from.w1;
    record[Received.W2] = from.w2;
    record[Received.W3] = from.w3;
    record[Received.HOP_LIMIT] = more.hopLimit ?? 0;
    record[Received.ICMP] = more.icmp ?? 0;
    this.onReceived(1);
    this.flush();
    return this.sent.slice(before);
  }

  /** Sockets open for relaying, by port. */
  relaySocket(port: number): number | undefined {
    return [...this.openSockets].find(([, options]) => options.kind === 'relay' && options.port === port)?.[0];
  }
}
