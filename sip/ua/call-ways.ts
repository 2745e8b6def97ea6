import type { DigestState } from '../message/digest.ts';
import type { Header, NameAddress, SipRequest, SipResponse } from '../message/message.ts';
import type { Uri } from '../message/uri.ts';
import type { ClientEvents, ClientTransaction } from '../transaction/client-transaction.ts';
import type { TransactionFailure } from '../transaction/step.ts';
import type { TimerSettings } from '../transaction/timer-settings.ts';
import type { Target } from '../transport/source.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What became of a request: its final answer, or that there was none. */
export type Outcome =
  | { readonly kind: 'answered'; readonly response: SipResponse; readonly request: SipRequest }
  | { readonly kind: 'failed'; readonly reason: TransactionFailure | 'unreachable' };

/** A challenge that was met, so that the next request meets it unasked (RFC 3261 §22.2, RFC 7616 §3.6). */
export interface MetChallenge {
  state: DigestState | undefined;
}

export interface ExchangeOptions {
  readonly credentials?: Credentials | undefined;
  /** Kept by the caller from one exchange to the next with the same server. */
  readonly met?: MetChallenge;
  /** A 2xx to an INVITE came again: its ACK was lost. */
  readonly onRepeated?: () => void;
}

/** What calls have of their user agent. */
export interface CallWays {
  readonly timers: TimerSettings;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly randomToken: () => string;
  /** Where a URI leads, the best first. @throws the DNS's error */
  readonly targetsOf: (uri: Uri) => Promise<readonly Target[]>;
  /** Whether a connection that the other side opened is still there. */
  readonly isOpen: (connection: number) => boolean;
  /** How those at a target reach us. */
  readonly contactTowards: (target: Target, user: string) => Promise<NameAddress>;
  readonly request: (
    request: SipRequest,
    target: Target,
    events: ClientEvents,
  ) => Promise<ClientTransaction | undefined>;
  readonly cancel: (invite: ClientTransaction, events: ClientEvents) => void;
  readonly sendAck: (ack: SipRequest, target: Target) => Promise<void>;
  /** See exchange.ts. */
  readonly exchange: (
    build: (extra: readonly Header[]) => SipRequest,
    targets: readonly Target[],
    options?: ExchangeOptions,
  ) => Promise<Outcome>;
}
