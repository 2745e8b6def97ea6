import type { SipRequest, SipResponse } from '../message/message.ts';
import { earlier, firstResend, nextResend, type Resend } from './resend.ts';
import { type Step, TERMINATED, type Terminated, type TransactionFailure, unchanged } from './step.ts';
import { GIVE_UP_AFTER_T1, TIMER_D_MS, type TimerSettings } from './timer-settings.ts';

/** The client side of an INVITE (RFC 3261 §17.1.1 as RFC 6026 §7.2 corrects it). */
export type InviteClientState =
  /** Sent, again and again over UDP (timer A), until anything comes or timer B fires. */
  | { readonly phase: 'calling'; readonly resend: Resend | undefined; readonly endAtMs: number }
  /** Something provisional has come; a phone may ring for long. */
  | { readonly phase: 'proceeding' }
  /** Refused; every repetition of the refusal gets the ACK again, until timer D. */
  | { readonly phase: 'completed'; readonly ack: SipRequest; readonly endAtMs: number }
  /** Accepted; further 2xx, repeated or of other branches, still reach the user, until timer M. */
  | { readonly phase: 'accepted'; readonly endAtMs: number }
  | Terminated;

export type InviteClientInput =
  | { readonly kind: 'response'; readonly response: SipResponse }
  | { readonly kind: 'time' }
  | { readonly kind: 'transport-error' };

export interface ClientSetting {
  readonly request: SipRequest;
  readonly timers: TimerSettings;
  /** TCP and TLS: nothing is sent twice. */
  readonly isReliable: boolean;
}

export function startInviteClient(
  { request, timers, isReliable }: ClientSetting,
  nowMs: number,
): Step<InviteClientState> {
  return {
    state: {
      phase: 'calling',
      resend: firstResend(nowMs, timers.t1Ms, isReliable),
      endAtMs: nowMs + GIVE_UP_AFTER_T1 * timers.t1Ms,
    },
    outputs: [{ kind: 'send', message: request }],
  };
}

export function stepInviteClient(
  state: InviteClientState,
  input: InviteClientInput,
  setting: ClientSetting,
  nowMs: number,
): Step<InviteClientState> {
  switch (input.kind) {
    case 'response':
      return onResponse(state, input.response, setting, nowMs);
    case 'time':
      return onTime(state, setting, nowMs);
    case 'transport-error':
      // Whether an ACK arrives is of no concern to a call that is refused or accepted already.
      return state.phase === 'calling' || state.phase === 'proceeding' ? failed('transport') : unchanged(state);
  }
}

/** When the machine wants to be told the time next. */
export function inviteClientWakeAt(state: InviteClientState): number | undefined {
  switch (state.phase) {
    case 'calling':
      return earlier(state.resend?.atMs, state.endAtMs);
    case 'completed':
    case 'accepted':
      return state.endAtMs;
    default:
      return undefined;
  }
}

function onResponse(
  state: InviteClientState,
  response: SipResponse,
  { request, timers, isReliable }: ClientSetting,
  nowMs: number,
): Step<InviteClientState> {
  const deliver = { kind: 'deliver', message: response } as const;
  if (state.phase === 'calling' || state.phase === 'proceeding') {
    if (response.status < 200) return { state: { phase: 'proceeding' }, outputs: [deliver] };
    if (response.status < 300) {
      const endAtMs = nowMs + GIVE_UP_AFTER_T1 * timers.t1Ms;
      return { state: { phase: 'accepted', endAtMs }, outputs: [deliver] };
    }
    const ack = acknowledgement(request, response);
    const send = { kind: 'send', message: ack } as const;
    if (isReliable) return { state: TERMINATED, outputs: [send, deliver] };
    const waitMs = Math.max(TIMER_D_MS, GIVE_UP_AFTER_T1 * timers.t1Ms);
    return { state: { phase: 'completed', ack, endAtMs: nowMs + waitMs }, outputs: [send, deliver] };
  }
  if (state.phase === 'completed' && response.status >= 300) {
    return { state, outputs: [{ kind: 'send', message: state.ack }] };
  }
  if (state.phase === 'accepted' && response.status >= 200 && response.status < 300) {
    return { state, outputs: [deliver] };
  }
  return unchanged(state);
}

function onTime(state: InviteClientState, { request }: ClientSetting, nowMs: number): Step<InviteClientState> {
  if (state.phase === 'calling') {
    if (nowMs >= state.endAtMs) return failed('timeout');
    if (state.resend === undefined || nowMs < state.resend.atMs) return unchanged(state);
    return {
      state: { ...state, resend: nextResend(state.resend, nowMs) },
      outputs: [{ kind: 'send', message: request }],
    };
  }
  const isOver = (state.phase === 'completed' || state.phase === 'accepted') && nowMs >= state.endAtMs;
  return isOver ? unchanged(TERMINATED) : unchanged(state);
}

function failed(reason: TransactionFailure): Step<InviteClientState> {
  return { state: TERMINATED, outputs: [{ kind: 'failed', reason }] };
}

/** The ACK of a refusal is the transaction's own: same branch, To as it was answered (RFC 3261 §17.1.1.3). */
function acknowledgement(request: SipRequest, response: SipResponse): SipRequest {
  return {
    kind: 'request',
    method: 'ACK',
    uri: request.uri,
    via: request.via.slice(0, 1),
    from: request.from,
    to: response.to,
    callId: request.callId,
    cSeq: { number: request.cSeq.number, method: 'ACK' },
    maxForwards: request.maxForwards ?? 70,
    contacts: [],
    routes: request.routes,
    recordRoutes: [],
    others: [],
    body: new Uint8Array(),
  };
}
