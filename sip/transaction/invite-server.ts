import type { SipRequest, SipResponse } from '../message/message.ts';
import { earlier, firstResend, nextResend, type Resend } from './resend.ts';
import { type Step, TERMINATED, type Terminated, unchanged } from './step.ts';
import { GIVE_UP_AFTER_T1, type TimerSettings } from './timer-settings.ts';

/** The server side of an INVITE (RFC 3261 §17.2.1 as RFC 6026 §7.1 corrects it). */
export type InviteServerState =
  /** Not yet decided; a repeated INVITE gets the last provisional response again. */
  | { readonly phase: 'proceeding'; readonly last: SipResponse | undefined }
  /** Refused; sent again over UDP (timer G) until the ACK or timer H. */
  | {
      readonly phase: 'completed';
      readonly final: SipResponse;
      readonly resend: Resend | undefined;
      readonly endAtMs: number;
    }
  /** The refusal's ACK has come; repetitions of it are swallowed until timer I. */
  | { readonly phase: 'confirmed'; readonly endAtMs: number }
  /** Accepted: repeated INVITEs are swallowed, the user repeats the 2xx and gets the ACK, until timer L. */
  | { readonly phase: 'accepted'; readonly endAtMs: number }
  | Terminated;

export type InviteServerInput =
  /** The INVITE again, or an ACK that belongs to it. */
  | { readonly kind: 'request'; readonly request: SipRequest }
  /** From the user. */
  | { readonly kind: 'respond'; readonly response: SipResponse }
  | { readonly kind: 'time' }
  | { readonly kind: 'transport-error' };

export interface ServerSetting {
  readonly timers: TimerSettings;
  readonly isReliable: boolean;
}

export const INVITE_SERVER_START: InviteServerState = { phase: 'proceeding', last: undefined };

export function stepInviteServer(
  state: InviteServerState,
  input: InviteServerInput,
  setting: ServerSetting,
  nowMs: number,
): Step<InviteServerState> {
  switch (input.kind) {
    case 'request':
      return onRequest(state, input.request, setting, nowMs);
    case 'respond':
      return onRespond(state, input.response, setting, nowMs);
    case 'time':
      return onTime(state, setting, nowMs);
    case 'transport-error':
      return state.phase === 'completed'
        ? { state: TERMINATED, outputs: [{ kind: 'failed', reason: 'transport' }] }
        : unchanged(state);
  }
}

/** When the machine wants to be told the time next. */
export function inviteServerWakeAt(state: InviteServerState): number | undefined {
  switch (state.phase) {
    case 'completed':
      return earlier(state.resend?.atMs, state.endAtMs);
    case 'confirmed':
    case 'accepted':
      return state.endAtMs;
    default:
      return undefined;
  }
}

function onRequest(
  state: InviteServerState,
  request: SipRequest,
  { timers, isReliable }: ServerSetting,
  nowMs: number,
): Step<InviteServerState> {
  if (request.method === 'ACK') {
    if (state.phase === 'completed') {
      return isReliable ? unchanged(TERMINATED) : unchanged({ phase: 'confirmed', endAtMs: nowMs + timers.t4Ms });
    }
    // A 2xx's ACK is a transaction of its own by RFC 3261; peers that reuse the branch mean the same by it.
    return state.phase === 'accepted' ? { state, outputs: [{ kind: 'deliver', message: request }] } : unchanged(state);
  }
  if (state.phase === 'proceeding' && state.last !== undefined) {
    return { state, outputs: [{ kind: 'send', message: state.last }] };
  }
  if (state.phase === 'completed') return { state, outputs: [{ kind: 'send', message: state.final }] };
  return unchanged(state);
}

function onRespond(
  state: InviteServerState,
  response: SipResponse,
  { timers, isReliable }: ServerSetting,
  nowMs: number,
): Step<InviteServerState> {
  const outputs = [{ kind: 'send', message: response }] as const;
  const endAtMs = nowMs + GIVE_UP_AFTER_T1 * timers.t1Ms;
  // The user sends its 2xx again until the ACK comes.
  if (state.phase === 'accepted' && isSuccess(response)) return { state, outputs };
  if (state.phase !== 'proceeding') return unchanged(state);
  if (response.status < 200) return { state: { phase: 'proceeding', last: response }, outputs };
  if (isSuccess(response)) return { state: { phase: 'accepted', endAtMs }, outputs };
  const resend = firstResend(nowMs, timers.t1Ms, isReliable);
  return { state: { phase: 'completed', final: response, resend, endAtMs }, outputs };
}

function onTime(state: InviteServerState, { timers }: ServerSetting, nowMs: number): Step<InviteServerState> {
  if (state.phase === 'completed') {
    if (nowMs >= state.endAtMs) return { state: TERMINATED, outputs: [{ kind: 'failed', reason: 'timeout' }] };
    if (state.resend === undefined || nowMs < state.resend.atMs) return unchanged(state);
    return {
      state: { ...state, resend: nextResend(state.resend, nowMs, timers.t2Ms) },
      outputs: [{ kind: 'send', message: state.final }],
    };
  }
  const isOver = (state.phase === 'confirmed' || state.phase === 'accepted') && nowMs >= state.endAtMs;
  return isOver ? unchanged(TERMINATED) : unchanged(state);
}

function isSuccess({ status }: SipResponse): boolean {
  return status >= 200 && status < 300;
}
