import type { SipMessage } from '../message/message.ts';
import type { Target } from '../transport/source.ts';
import type { TimerSettings } from './timer-settings.ts';

/** What transactions have of the world. */
export interface TransactionSurroundings {
  readonly timers: TimerSettings;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Rejects when the message cannot be sent, as far as that shows at once. */
  readonly send: (message: SipMessage, target: Target) => Promise<void>;
}
