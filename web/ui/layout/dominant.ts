/** Who may take the stage: a new speaker must hold the floor this long first (design §3.2). */
export const HOLD_MS = 1200;

export interface StageSpeaker {
  readonly current: string | undefined;
  readonly candidate: string | undefined;
  readonly candidateSinceMs: number;
}

export const noStageSpeaker: StageSpeaker = { current: undefined, candidate: undefined, candidateSinceMs: 0 };

/** Follows the bridge's dominant speaker with patience. Own speech never brings oneself to the stage. */
export function followSpeaker(
  state: StageSpeaker,
  dominant: string | undefined,
  selfId: string | undefined,
  nowMs: number,
): StageSpeaker {
  if (dominant === undefined || dominant === selfId || dominant === state.current) {
    return state.candidate === undefined ? state : { ...state, candidate: undefined };
  }
  if (state.current === undefined) return { current: dominant, candidate: undefined, candidateSinceMs: nowMs };
  if (state.candidate !== dominant) return { ...state, candidate: dominant, candidateSinceMs: nowMs };
  if (nowMs - state.candidateSinceMs < HOLD_MS) return state;
  return { current: dominant, candidate: undefined, candidateSinceMs: nowMs };
}

/** When the state may change by time alone, for one timer; undefined when nothing is pending. */
export function nextChangeMs(state: StageSpeaker): number | undefined {
  return state.candidate === undefined ? undefined : state.candidateSinceMs + HOLD_MS;
}
