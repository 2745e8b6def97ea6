/** The base values from which every timer of a transaction follows (RFC 3261 §17, table 4). */
export interface TimerSettings {
  /** Estimate of the round trip; the first wait before something is sent again. */
  readonly t1Ms: number;
  /** The longest wait between two of the same, but for an INVITE. */
  readonly t2Ms: number;
  /** How long a message may stay in the network. */
  readonly t4Ms: number;
}

export const DEFAULT_TIMERS: TimerSettings = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };

/** After so many T1 nobody is waited for any more: timers B, F, H, J, L and M. */
export const GIVE_UP_AFTER_T1 = 64;

/** Timer D: how long an INVITE's client answers repeated failures with the ACK, at least, over UDP. */
export const TIMER_D_MS = 32_000;
