import type { SipResponse } from '../message/message.ts';
import type { ServerSetting } from './invite-server.ts';
import { type Step, TERMINATED, type Terminated, unchanged } from './step.ts';
import { GIVE_UP_AFTER_T1 } from './timer-settings.ts';

/** The server side of any request but INVITE and ACK (RFC 3261 §17.2.2). */
export type RequestServerState =
  /** Not yet answered for good; `last` is what a repetition gets. */
  | { readonly phase: 'trying'; readonly last: SipResponse | undefined }
  /** Answered; repetitions get the answer again until timer J. */
  | { readonly phase: 'completed'; readonly final: SipResponse; readonly endAtMs: number }
  | Terminated;

export type RequestServerInput =
  /** The request again. */
  | { readonly kind: 'request' }
  /** From the user. */
  | { readonly kind: 'respond'; readonly response: SipResponse }
  | { readonly kind: 'time' };

export const REQUEST_SERVER_START: RequestServerState = { phase: 'trying', last: undefined };

export function stepRequestServer(
  state: RequestServerState,
  input: RequestServerInput,
  { timers, isReliable }: ServerSetting,
  nowMs: number,
): Step<RequestServerState> {
  if (state.phase === 'trying') {
    if (input.kind === 'request' && state.last !== undefined) {
      return { state, outputs: [{ kind: 'send', message: state.last }] };
    }
    if (input.kind !== 'respond') return unchanged(state);
    const { response } = input;
    const outputs = [{ kind: 'send', message: response }] as const;
    if (response.status < 200) return { state: { phase: 'trying', last: response }, outputs };
    if (isReliable) return { state: TERMINATED, outputs };
    const endAtMs = nowMs + GIVE_UP_AFTER_T1 * timers.t1Ms;
    return { state: { phase: 'completed', final: response, endAtMs }, outputs };
  }
  if (state.phase === 'completed') {
    if (input.kind === 'request') return { state, outputs: [{ kind: 'send', message: state.final }] };
    if (input.kind === 'time' && nowMs >= state.endAtMs) return unchanged(TERMINATED);
  }
  return unchanged(state);
}

/** When the machine wants to be told the time next. */
export function requestServerWakeAt(state: RequestServerState): number | undefined {
  return state.phase === 'completed' ? state.endAtMs : undefined;
}
