/**
 * What to do about media that does not get through and that a restart of ICE in place has not brought back, as a pure
 * rule (wire note §5.10): the focus allows a new session
 * at most every 5 s and five a minute, and a new join is the last means, since it makes everyone see us leave.
 */
export type RecoveryStep =
  { readonly step: 'restart'; readonly afterMs: number } | { readonly step: 'rejoin'; readonly afterMs: number };

/** @param failures in a row, this one included, since media last flowed */
export function recoveryStep(failures: number): RecoveryStep {
  if (failures <= 1) return { step: 'restart', afterMs: 0 };
  if (failures <= 3) return { step: 'restart', afterMs: failures * 3_000 };
  if (failures === 4) return { step: 'rejoin', afterMs: 2_000 };
  return { step: 'restart', afterMs: 30_000 };
}

/** From so many failures on people are told that media does not get through this network. */
export const FAILURES_TO_TELL = 2;
/** An answered session without a connection counts as failed after this; ICE itself takes 15 s and more to say so. */
export const CONNECT_WITHIN_MS = 12_000;
/** A connection without any packet for this long gets a restart of ICE in place, which costs nobody anything. */
export const ICE_RESTART_AFTER_MS = 3_000;
/** The restart has this long to bring packets back; a new session comes next. */
export const ICE_RESTART_WITHIN_MS = 8_000;
/** Where a restart in place is not to be had, short gaps may mend themselves for this long. */
export const SILENCE_LIMIT_MS = 10_000;
/** After a restart was asked for, the new offer must come within this. */
export const OFFER_WITHIN_MS = 8_000;
