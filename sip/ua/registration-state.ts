// A binding at a registrar (RFC 3261 §10.2): made, kept fresh, and tried again ever more slowly when it fails.

export type RegistrationState =
  | { readonly phase: 'trying'; readonly failures: number; readonly expiresSeconds: number }
  | { readonly phase: 'registered'; readonly refreshAtMs: number; readonly expiresSeconds: number }
  /** After a failure; `reason` is for people. */
  | {
      readonly phase: 'waiting';
      readonly failures: number;
      readonly atMs: number;
      readonly expiresSeconds: number;
      readonly reason: string;
    };

export type RegistrationInput =
  | { readonly kind: 'accepted'; readonly expiresSeconds: number }
  /** 423: the registrar wants no binding so short. */
  | { readonly kind: 'too-brief'; readonly minExpiresSeconds: number }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'time' };

export interface RegistrationStep {
  readonly state: RegistrationState;
  /** Whether a REGISTER is to be sent now, for `state.expiresSeconds`. */
  readonly isToRegister: boolean;
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;
/** Refreshed when this much of the time has gone. */
const REFRESH_AT = 0.8;
/** What a registrar grants below this is asked for again no sooner. */
const LEAST_REFRESH_MS = 5_000;
const MAX_EXPIRES_SECONDS = 86_400;

export function startRegistration(expiresSeconds: number): RegistrationStep {
  return { state: { phase: 'trying', failures: 0, expiresSeconds }, isToRegister: true };
}

/** @param random 0 to 1: many gateways must not come back at the same moment */
export function stepRegistration(
  state: RegistrationState,
  input: RegistrationInput,
  nowMs: number,
  random: number,
): RegistrationStep {
  const { expiresSeconds } = state;
  switch (input.kind) {
    case 'accepted': {
      const waitMs = Math.max(LEAST_REFRESH_MS, input.expiresSeconds * 1000 * REFRESH_AT);
      return { state: { phase: 'registered', refreshAtMs: nowMs + waitMs, expiresSeconds }, isToRegister: false };
    }
    case 'too-brief':
      // Once only: one that asks for ever more is as good as one that refuses.
      return input.minExpiresSeconds > expiresSeconds && input.minExpiresSeconds <= MAX_EXPIRES_SECONDS
        ? { ...startRegistration(input.minExpiresSeconds) }
        : failed(state, 'it wants a registration that lasts longer than can be', nowMs, random);
    case 'failed':
      return failed(state, input.reason, nowMs, random);
    case 'time': {
      const atMs = registrationWakeAt(state);
      if (atMs === undefined || nowMs < atMs) return { state, isToRegister: false };
      const failures = state.phase === 'waiting' ? state.failures : 0;
      return { state: { phase: 'trying', failures, expiresSeconds }, isToRegister: true };
    }
  }
}

/** When the machine wants to be told the time next. */
export function registrationWakeAt(state: RegistrationState): number | undefined {
  if (state.phase === 'registered') return state.refreshAtMs;
  return state.phase === 'waiting' ? state.atMs : undefined;
}

function failed(state: RegistrationState, reason: string, nowMs: number, random: number): RegistrationStep {
  const failures = state.phase === 'registered' ? 1 : state.failures + 1;
  const longestMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  // Between half of it and all of it; never below a second.
  const atMs = nowMs + longestMs * (0.5 + random / 2);
  return {
    state: { phase: 'waiting', failures, atMs, expiresSeconds: state.expiresSeconds, reason },
    isToRegister: false,
  };
}
