import type { Address, Endpoint } from '../endpoint.ts';

/** Bytes in front of every received datagram, for the header a Data indication or ChannelData puts there. */
export const HEAD_ROOM_BYTES = 64;

/** The largest datagram, plus room to pad it. */
export const MAX_DATAGRAM_BYTES = 65_536;

/** What `received` says about each datagram; one record is RECEIVED_STRIDE signed 32-bit numbers. */
export const Received = {
  SOCKET: 0,
  /** Where the datagram begins in the slab. */
  OFFSET: 1,
  LENGTH: 2,
  PORT: 3,
  W0: 4,
  W1: 5,
  W2: 6,
  W3: 7,
  /** DSCP and ECN; 0 where the back end cannot tell. */
  TRAFFIC_CLASS: 8,
  /** Time to live or hop limit; 0 where the back end cannot tell. */
  HOP_LIMIT: 9,
  /** For an ICMP error in place of a datagram: 1 << 16 | type << 8 | code; otherwise 0. */
  ICMP: 10,
  ICMP_DATA: 11,
} as const;
export const RECEIVED_STRIDE = 12;

export interface OpenOptions {
  address: Address;
  /** 0 asks for any free port. */
  port: number;
  kind: 'listener' | 'relay';
  /** Other sockets of this process, one per worker, share the port (Linux keeps each client on one of them). */
  sharesPort: boolean;
}

/** How a datagram goes out, beside where. */
export interface SendOptions {
  /** DSCP and ECN. */
  trafficClass: number;
  /** 0 for the system's default. */
  hopLimit: number;
  dontFragment: boolean;
}

export const DEFAULT_SEND_OPTIONS: Readonly<SendOptions> = { trafficClass: 0, hopLimit: 0, dontFragment: false };

/**
 * Datagram sockets as small numbers and datagrams as places in one slab of memory, so that relaying a packet makes no
 * object. Two back ends: the native addon, which moves batches, and node:dgram.
 */
export interface DatagramIo {
  readonly name: 'native' | 'dgram';
  /** Whether traffic class, hop limit and DONT-FRAGMENT are carried, and ICMP errors reported. */
  readonly carriesIpHeader: boolean;
  /** Received datagrams and staged messages. May be another array after each call of `stage` or `flush`. */
  readonly slab: Uint8Array;
  readonly received: Int32Array;
  /** Called with the number of records in `received`; what it sends is flushed when it returns. */
  onReceived: (count: number) => void;

  /** The new socket's number, or a negative error code of the system. */
  open(options: OpenOptions): number;
  /** The local port of an open socket. */
  portOf(socket: number): number;
  /** Closes after what is queued has been sent. The number is not given again before the current batch is over. */
  close(socket: number): void;
  /**
   * Takes room for a message that did not arrive as a datagram, with head room in front; valid until `flush`.
   * @returns its offset in the slab.
   */
  stage(bytes: number): number;
  /** Queues a datagram that lies in the slab. What the kernel does not take at once is dropped and counted. */
  send(socket: number, offset: number, bytes: number, to: Endpoint, options: Readonly<SendOptions>): void;
  flush(): void;
  /** Totals since the start. */
  stats(): DatagramIoStats;
  stop(): void;
}

export interface DatagramIoStats {
  /** Datagrams the kernel threw away because a receive buffer was full. */
  receiveOverflows: number;
  /** Datagrams the kernel did not take. */
  sendErrors: number;
  batches: number;
  batchedDatagrams: number;
  /** Datagrams that left as part of a larger one (UDP segmentation offload). */
  segmentedDatagrams: number;
}
