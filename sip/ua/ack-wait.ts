import type { SipResponse } from '../message/message.ts';
import { earlier, firstResend, nextResend, type Resend } from '../transaction/resend.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { GIVE_UP_AFTER_T1, type TimerSettings } from '../transaction/timer-settings.ts';
import { Wake } from '../transaction/wake.ts';

/**
 * Sends a 2xx again until its ACK comes, whatever the transport: the ACK travels from end to end, and so does its loss
 * (RFC 3261 §13.3.1.4).
 */
export class AckWait {
  /** Of the INVITE, which the ACK bears too. */
  readonly number: number;
  readonly #transaction: ServerTransaction;
  readonly #response: SipResponse;
  readonly #timers: TimerSettings;
  readonly #now: () => number;
  readonly #onTimeout: () => void;
  readonly #endAtMs: number;
  readonly #wake: Wake;
  #resend: Resend | undefined;

  constructor(
    transaction: ServerTransaction,
    response: SipResponse,
    { timers, now }: { readonly timers: TimerSettings; readonly now: () => number },
    onTimeout: () => void,
  ) {
    this.number = transaction.request.cSeq.number;
    this.#transaction = transaction;
    this.#response = response;
    this.#timers = timers;
    this.#now = now;
    this.#onTimeout = onTimeout;
    this.#endAtMs = now() + GIVE_UP_AFTER_T1 * timers.t1Ms;
    this.#resend = firstResend(now(), timers.t1Ms, false);
    this.#wake = new Wake(now, () => this.#onTime());
    this.#wake.at(earlier(this.#resend?.atMs, this.#endAtMs));
  }

  /** The ACK has come, or the call is over. */
  stop(): void {
    this.#wake.at(undefined);
  }

  #onTime(): void {
    const nowMs = this.#now();
    if (nowMs >= this.#endAtMs) return this.#onTimeout();
    if (this.#resend !== undefined && nowMs >= this.#resend.atMs) {
      this.#transaction.respond(this.#response);
      this.#resend = nextResend(this.#resend, nowMs, this.#timers.t2Ms);
    }
    this.#wake.at(earlier(this.#resend?.atMs, this.#endAtMs));
  }
}
