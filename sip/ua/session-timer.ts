import type { Header, SipRequest, SipResponse } from '../message/message.ts';
import { headerTokens, headerValue, parseParameterised } from '../message/headers.ts';

// Session timers (RFC 4028): a call whose end was never heard of ends by itself.

/** Below this nobody may ask for refreshes (RFC 4028 §5). */
const MIN_SECONDS = 90;
/** What RFC 4028 §4 recommends. */
const PREFERRED_SECONDS = 1_800;
const MAX_SECONDS = 86_400;

/** What has been agreed about a session. */
export interface SessionTimer {
  readonly intervalSeconds: number;
  /** Whether we are the one that refreshes. */
  readonly isRefresher: boolean;
}

/** What a request for a session says about timers. */
export type TimerOutcome =
  | { readonly kind: 'agreed'; readonly timer: SessionTimer; readonly headers: readonly Header[] }
  /** To be answered with 422 and this header. */
  | { readonly kind: 'too-small'; readonly header: Header };

/** Answers the timer part of an INVITE or UPDATE (RFC 4028 §9). Who supports no timers is refreshed by us. */
export function answerTimer(request: SipRequest): TimerOutcome {
  const isSupported = headerTokens(request, 'supported').some((token) => token.toLowerCase() === 'timer');
  const asked = readExpires(request);
  if (asked !== undefined && asked.seconds < MIN_SECONDS && isSupported) {
    return { kind: 'too-small', header: { name: 'min-se', value: String(MIN_SECONDS) } };
  }
  const minimum = Math.max(MIN_SECONDS, minSeconds(request) ?? 0);
  const intervalSeconds = Math.min(MAX_SECONDS, Math.max(minimum, asked?.seconds ?? PREFERRED_SECONDS));
  const refresher = isSupported ? (asked?.refresher ?? 'uac') : 'uas';
  const headers: Header[] = [
    { name: 'session-expires', value: `${intervalSeconds};refresher=${refresher}` },
    ...(refresher === 'uac' ? [{ name: 'require', value: 'timer' }] : []),
  ];
  return { kind: 'agreed', timer: { intervalSeconds, isRefresher: refresher === 'uas' }, headers };
}

/** What our INVITE or refresh asks for. */
export function askForTimer(current: SessionTimer | undefined, minimumSeconds = MIN_SECONDS): readonly Header[] {
  const seconds = Math.max(minimumSeconds, current?.intervalSeconds ?? PREFERRED_SECONDS);
  // In a refresh the roles stay as they are (RFC 4028 §7.4).
  const refresher = current === undefined ? '' : `;refresher=${current.isRefresher ? 'uac' : 'uas'}`;
  return [
    { name: 'session-expires', value: `${seconds}${refresher}` },
    { name: 'min-se', value: String(minimumSeconds) },
  ];
}

/** What the 2xx to our INVITE or refresh has agreed; undefined when there is no timer (RFC 4028 §7.2). */
export function timerOfResponse(response: SipResponse): SessionTimer | undefined {
  const agreed = readExpires(response);
  if (agreed === undefined) return undefined;
  const intervalSeconds = Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, agreed.seconds));
  return { intervalSeconds, isRefresher: agreed.refresher !== 'uas' };
}

/** The least interval that a 422 asks for. */
export function minSeconds(message: SipRequest | SipResponse): number | undefined {
  return secondsOf(headerValue(message, 'min-se'));
}

/** What is to be done next about a timer that began now. */
export function timerDeadline({ intervalSeconds, isRefresher }: SessionTimer, nowMs: number): number {
  // RFC 4028 §7.2, §10: refresh at half the time; give up a third, at most 32 s, before the end.
  const seconds = isRefresher ? intervalSeconds / 2 : intervalSeconds - Math.min(32, intervalSeconds / 3);
  return nowMs + seconds * 1000;
}

function readExpires(
  message: SipRequest | SipResponse,
): { seconds: number; refresher: 'uac' | 'uas' | undefined } | undefined {
  const text = headerValue(message, 'session-expires');
  const parsed = text === undefined ? undefined : parseParameterised(text);
  const seconds = secondsOf(parsed?.value);
  if (seconds === undefined) return undefined;
  const refresher = parsed?.parameters.get('refresher')?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

function secondsOf(text: string | undefined): number | undefined {
  const digits = text?.split(';')[0]?.trim();
  return digits !== undefined && /^\d{1,9}$/u.test(digits) ? Number(digits) : undefined;
}
