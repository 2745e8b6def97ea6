import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import type { ConnectionFailure } from '#protocol/xmpp-client/connection.ts';
import { CommandError, type EndReason, type MeetingPhase, type TokenProblem } from './meeting-types.ts';

/** What a refused join means for the person (wire note §4.5). */
export function phaseOfRefusal(error: StanzaError, hadPassword: boolean, hadToken: boolean): MeetingPhase {
  switch (error.condition) {
    case 'not-authorized':
      return { name: 'password-required', wasWrong: hadPassword };
    case 'registration-required':
      return ended({ code: 'members-only' });
    case 'service-unavailable':
    case 'resource-constraint':
      return ended({ code: 'room-full', max: maxOf(error) });
    case 'not-allowed':
      return ended(hasDetail(error, 'authentication-required') ? LOGIN_REQUIRED : entryRefused(error.text, hadToken));
    case 'forbidden':
      // XEP-0045 §7.2.7
      return ended({ code: 'banned', by: undefined });
    default:
      return ended({ code: 'protocol-error', text: error.text ?? error.condition });
  }
}

const LOGIN_REQUIRED: EndReason = { code: 'login-required' };

function hasDetail({ details = [] }: StanzaError, name: string): boolean {
  return details.some((detail) => detail.name === name && detail.attrs['xmlns'] === NS_JITMEET);
}

/** A refusal that may be about the token (wire note §8); people without one have none to blame. */
function entryRefused(text: string | undefined, hadToken: boolean): EndReason {
  return hadToken ? { code: 'token-refused', problem: tokenProblem(text), text } : { code: 'not-allowed', text };
}

/** Matrix note §2.3. */
const MATRIX_PROBLEMS: ReadonlyMap<string, TokenProblem> = new Map([
  ['room-mismatch', 'other-room'],
  ['not-in-room', 'not-in-matrix-room'],
  ['server-not-allowed', 'homeserver-not-allowed'],
  ['token-rejected', 'matrix-token-used'],
  ['rate-limited', 'too-many-tries'],
]);

/** The texts of wire note §8, by which Jitsi's page explains failures, too, and those of Matrix. */
export function tokenProblem(text = ''): TokenProblem {
  const matrixProblem = MATRIX_PROBLEMS.get(text);
  if (matrixProblem !== undefined) return matrixProblem;
  if (/not acceptable by exp\b|expired/iu.test(text)) return 'expired';
  if (/not acceptable by nbf\b|not yet valid/iu.test(text)) return 'not-yet-valid';
  return /room and token mismatched/iu.test(text) ? 'other-room' : 'invalid';
}

/** What servers say to those who came without a token or an account. */
const LOGIN_TEXT = /^(?:token|login) required$/iu;

/** "… 50 people" in the text of the refusal, where the server says it. */
function maxOf({ text }: StanzaError): number | undefined {
  const digits = text === undefined ? undefined : /\d+/.exec(text)?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** SASL conditions of a name and password that are not (or no longer) an account's. */
const NOT_AN_ACCOUNT: ReadonlySet<string> = new Set(['not-authorized', 'invalid-mechanism', 'malformed-request']);

export function endOfConnection(failure: ConnectionFailure, host: string, hadToken: boolean): EndReason {
  if (failure.code === 'unreachable') return { code: 'unreachable', host };
  const { reason, condition, text } = failure;
  if (reason === 'sasl') {
    const isLogin = LOGIN_TEXT.test(text ?? '') || NOT_AN_ACCOUNT.has(condition);
    return isLogin ? LOGIN_REQUIRED : entryRefused(text, hadToken);
  }
  // RFC 6120 §4.9.3.3: another session took this one's place.
  if (condition === 'conflict') return { code: 'replaced' };
  return { code: 'protocol-error', text: text ?? condition };
}

/** Nobody who may open the meeting has opened it (wire note §3.3). */
export function isWaitForHost(refusal: RequestError | undefined): boolean {
  return refusal?.stanzaError?.condition === 'not-authorized';
}

/** The server does not know the log-in that was shown (any more): ask again without. */
export function isSessionInvalid(refusal: RequestError | undefined): boolean {
  return refusal?.stanzaError?.condition === 'not-acceptable';
}

/** Why the focus does not come, or undefined if it is worth asking again. */
export function endOfConferenceRequest(error: RequestError, hadToken: boolean): EndReason | undefined {
  const refusal = error.stanzaError;
  if (refusal === undefined || refusal.type === 'wait') return undefined;
  if (refusal.condition === 'not-allowed') return entryRefused(refusal.text, hadToken);
  // "No bridge now" and the like come as temporary conditions (RFC 6120 §8.3.3).
  const isTemporary = ['remote-server-timeout', 'resource-constraint', 'internal-server-error'];
  if (isTemporary.includes(refusal.condition)) return undefined;
  return { code: 'protocol-error', text: refusal.text ?? refusal.condition };
}

function ended(reason: EndReason): MeetingPhase {
  return { name: 'ended', reason };
}

/** A refused command, in the terms of the page. */
export function commandError(error: unknown): CommandError {
  if (!(error instanceof RequestError)) return new CommandError('failed', String(error), { cause: error });
  if (error.code === 'timeout' || error.code === 'not-connected') {
    return new CommandError(error.code, error.message, { cause: error });
  }
  const condition = error.stanzaError?.condition;
  if (condition === 'not-allowed' || condition === 'forbidden' || condition === 'not-authorized') {
    return new CommandError('not-allowed', error.message, { cause: error });
  }
  if (condition === 'item-not-found' || condition === 'recipient-unavailable') {
    return new CommandError('gone', error.message, { cause: error });
  }
  return new CommandError('failed', error.message, { cause: error });
}
