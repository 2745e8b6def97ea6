import type { SipResponse } from '../message/message.ts';
import type { ClientSetting } from './invite-client.ts';
import { earlier, firstResend, nextResend, type Resend } from './resend.ts';
import { type Step, TERMINATED, type Terminated, type TransactionFailure, unchanged } from './step.ts';
import { GIVE_UP_AFTER_T1 } from './timer-settings.ts';

/** The client side of any request but INVITE and ACK (RFC 3261 §17.1.2). */
export type RequestClientState =
  /** Sent, again over UDP (timer E, slower once something provisional has come), until timer F. */
  | {
      readonly phase: 'trying' | 'proceeding';
      readonly resend: Resend | undefined;
      readonly endAtMs: number;
    }
  /** Answered; repeated answers are swallowed until timer K. */
  | { readonly phase: 'completed'; readonly endAtMs: number }
  | Terminated;

export type RequestClientInput =
  | { readonly kind: 'response'; readonly response: SipResponse }
  | { readonly kind: 'time' }
  | { readonly kind: 'transport-error' };

export function startRequestClient(
  { request, timers, isReliable }: ClientSetting,
  nowMs: number,
): Step<RequestClientState> {
  return {
    state: {
      phase: 'trying',
      resend: firstResend(nowMs, timers.t1Ms, isReliable),
      endAtMs: nowMs + GIVE_UP_AFTER_T1 * timers.t1Ms,
    },
    outputs: [{ kind: 'send', message: request }],
  };
}

export function stepRequestClient(
  state: RequestClientState,
  input: RequestClientInput,
  { request, timers, isReliable }: ClientSetting,
  nowMs: number,
): Step<RequestClientState> {
  if (state.phase === 'terminated') return unchanged(state);
  if (state.phase === 'completed') {
    return input.kind === 'time' && nowMs >= state.endAtMs ? unchanged(TERMINATED) : unchanged(state);
  }
  switch (input.kind) {
    case 'response': {
      const outputs = [{ kind: 'deliver', message: input.response }] as const;
      if (input.response.status < 200) return { state: { ...state, phase: 'proceeding' }, outputs };
      if (isReliable) return { state: TERMINATED, outputs };
      return { state: { phase: 'completed', endAtMs: nowMs + timers.t4Ms }, outputs };
    }
    case 'transport-error':
      return failed('transport');
    case 'time': {
      if (nowMs >= state.endAtMs) return failed('timeout');
      if (state.resend === undefined || nowMs < state.resend.atMs) return unchanged(state);
      const resend =
        state.phase === 'proceeding'
          ? { atMs: nowMs + timers.t2Ms, afterMs: timers.t2Ms }
          : nextResend(state.resend, nowMs, timers.t2Ms);
      return { state: { ...state, resend }, outputs: [{ kind: 'send', message: request }] };
    }
  }
}

/** When the machine wants to be told the time next. */
export function requestClientWakeAt(state: RequestClientState): number | undefined {
  if (state.phase === 'terminated') return undefined;
  return state.phase === 'completed' ? state.endAtMs : earlier(state.resend?.atMs, state.endAtMs);
}

function failed(reason: TransactionFailure): Step<RequestClientState> {
  return { state: TERMINATED, outputs: [{ kind: 'failed', reason }] };
}
