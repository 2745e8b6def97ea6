import type { SipRequest, SipResponse } from '../message/message.ts';

/** What a transaction asks of those around it, in order. */
export type TransactionOutput =
  | { readonly kind: 'send'; readonly message: SipRequest | SipResponse }
  /** For the transaction's user. */
  | { readonly kind: 'deliver'; readonly message: SipRequest | SipResponse }
  | { readonly kind: 'failed'; readonly reason: TransactionFailure };

export type TransactionFailure =
  /** The other side did not answer (client), or did not acknowledge (server). */
  | 'timeout'
  /** The message could not be sent. */
  | 'transport';

/** A transaction's next state, and what is to be done. Times are in milliseconds of one monotonic clock. */
export interface Step<State> {
  readonly state: State;
  readonly outputs: readonly TransactionOutput[];
}

/** Every transaction ends so; what still comes for it is a stranger's. */
export interface Terminated {
  readonly phase: 'terminated';
}

export const TERMINATED: Terminated = { phase: 'terminated' };

/** A state that nothing changes about. */
export function unchanged<State>(state: State): Step<State> {
  return { state, outputs: [] };
}
