import type { Allocation, ClientTransport, Owner } from './allocation.ts';
import type { AllocationTable } from './allocation-table.ts';
import type { Endpoint } from './endpoint.ts';
import type { PeerPolicy } from './peer-policy.ts';
import type { Quotas } from './quotas.ts';
import type { ErrorCode } from './stun/error-code.ts';
import type { StunMessage } from './stun/message.ts';
import type { StunWriter } from './stun/message-writer.ts';

/** Where a message came from. */
export interface Source {
  transport: ClientTransport;
  /** Number of the listening socket; 0 for streams, whose number already tells them apart. */
  listener: number;
  /** Number of the connection, or NO_STREAM. */
  stream: number;
  client: Endpoint;
}

/** What a handler needs of the relay. */
export interface HandlerContext {
  allocations: AllocationTable;
  policy: PeerPolicy;
  quotas: Quotas;
  limits: AllocationLimits;
  /** New allocations are refused while the process waits for the running ones to end. */
  isDraining: boolean;
  canSetDontFragment: boolean;
  /** Hexadecimal text of so many cryptographically random bytes. */
  randomHex: (bytes: number) => string;
}

export interface AllocationLimits {
  defaultLifetimeSeconds: number;
  maxLifetimeSeconds: number;
  /** In total, over all users. */
  allocations: number;
  permissions: number;
  channels: number;
  /** Bits a second and direction; 0 for no limit. */
  maxBitrateBps: number;
  firstChannel: number;
  lastChannel: number;
  /** A client that connects over IPv6 and names no family gets an IPv6 address, against RFC 8656 §7.2's default. */
  familyFollowsClient: boolean;
}

/** An authenticated request. */
export interface Request {
  message: StunMessage;
  source: Source;
  owner: Owner;
  /** The one on the request's five-tuple. */
  allocation: Allocation | undefined;
  nowMs: number;
}

/** What the client is told: a value, not an exception, for refusing is part of the protocol. */
export type Reply =
  | { kind: 'success'; write: (writer: StunWriter) => void }
  | { kind: 'error'; code: ErrorCode; unknownTypes?: readonly number[] };

export function refuse(code: ErrorCode): Reply {
  return { kind: 'error', code };
}

const NOTHING_TO_ADD = (): void => undefined;

export function succeed(write: (writer: StunWriter) => void = NOTHING_TO_ADD): Reply {
  return { kind: 'success', write };
}
