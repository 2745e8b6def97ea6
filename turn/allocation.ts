import type { TokenBucket } from '#runtime/token-bucket.ts';
import { bandwidthLimit } from './bandwidth-limit.ts';
import { ChannelTable } from './channel.ts';
import type { Endpoint, Family } from './endpoint.ts';
import type { FiveTuple } from './five-tuple.ts';
import { PermissionTable } from './permission.ts';
import type { RelayAddress } from './relay-address.ts';
import type { IntegrityAlgorithm } from './stun/integrity.ts';
import type { PasswordAlgorithm } from './stun/password-algorithms.ts';

/** How a client reached us. */
export type ClientTransport = 'udp' | 'tcp' | 'tls';

/** A relayed transport address: one socket of an allocation (RFC 8656 §2.2; two when it is dual). */
export interface Relay {
  allocation: Allocation;
  address: RelayAddress;
  /** Socket number at the datagram back end. */
  socket: number;
  /** Address and port that peers see. */
  advertised: Endpoint;
}

/** Who asked for an allocation and proved it. */
export interface Owner {
  username: string;
  /** What quotas count by. */
  subject: string;
  /** Key that proved it, kept so that later requests need no derivation. */
  key: Buffer;
  passwordAlgorithm: PasswordAlgorithm;
  integrity: IntegrityAlgorithm;
  /** Seconds since 1970; undefined for a static user. */
  expirySeconds: number | undefined;
}

/** A port kept free beside an allocation's own for whoever shows the token (RFC 8656 §7.2, EVEN-PORT). */
export interface Reservation {
  token: string;
  relay: Relay;
  expiresAtMs: number;
}

/** Number that stands for "no stream": the client uses UDP. */
export const NO_STREAM = -1;

/** One client's relay (RFC 8656 §2.2). State only; what happens to it is decided in the handlers and the relay path. */
export class Allocation implements FiveTuple {
  /** Random and short, for logs. */
  readonly id: string;
  readonly listener: number;
  readonly client: Endpoint;
  /** The client's connection, or NO_STREAM. */
  readonly stream: number;
  readonly transport: ClientTransport;
  readonly owner: Owner;
  readonly createdAtMs: number;
  readonly permissions = new PermissionTable();
  readonly channels = new ChannelTable();
  readonly uplinkLimit: TokenBucket | undefined;
  readonly downlinkLimit: TokenBucket | undefined;
  expiresAtMs = 0;
  relay4: Relay | undefined;
  relay6: Relay | undefined;
  reservation: Reservation | undefined;
  uplinkBytes = 0;
  downlinkBytes = 0;

  constructor(options: {
    id: string;
    listener: number;
    client: Endpoint;
    stream: number;
    transport: ClientTransport;
    owner: Owner;
    createdAtMs: number;
    maxBitrateBps: number;
  }) {
    this.id = options.id;
    this.listener = options.listener;
    this.client = options.client;
    this.stream = options.stream;
    this.transport = options.transport;
    this.owner = options.owner;
    this.createdAtMs = options.createdAtMs;
    this.uplinkLimit = bandwidthLimit(options.maxBitrateBps, options.createdAtMs);
    this.downlinkLimit = bandwidthLimit(options.maxBitrateBps, options.createdAtMs);
  }

  relay(family: Family): Relay | undefined {
    return family === 4 ? this.relay4 : this.relay6;
  }

  get relays(): Relay[] {
    return [this.relay4, this.relay6].filter((relay) => relay !== undefined);
  }
}
