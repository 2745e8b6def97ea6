import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import { RequestError } from './connection/pending-requests.ts';
import type { ConnectionFailure } from './connection/connection.ts';
import { CommandError, type EndReason, type MeetingPhase } from './meeting-types.ts';

/** What a refused join means for the person (wire note §4.5). */
export function phaseOfRefusal(error: StanzaError, hadPassword: boolean): MeetingPhase {
  switch (error.condition) {
    case 'not-authorized':
      return { name: 'password-required', wasWrong: hadPassword };
    case 'registration-required':
      return ended({ code: 'members-only' });
    case 'service-unavailable':
    case 'resource-constraint':
      return ended({ code: 'room-full', max: maxOf(error) });
    case 'not-allowed':
    case 'forbidden':
      return ended({ code: 'not-allowed', text: error.text });
    default:
      return ended({ code: 'protocol-error', text: error.text ?? error.condition });
  }
}

/** "… 50 people" in the text of the refusal, where the server says it. */
function maxOf({ text }: StanzaError): number | undefined {
  const digits = text === undefined ? undefined : /\d+/.exec(text)?.[0];
  return digits === undefined ? undefined : Number(digits);
}

export function endOfConnection(failure: ConnectionFailure, host: string, hadToken: boolean): EndReason {
  if (failure.code === 'unreachable') return { code: 'unreachable', host };
  const { reason, condition, text } = failure;
  if (reason === 'sasl') return hadToken ? { code: 'token-refused', text } : { code: 'not-allowed', text };
  // RFC 6120 §4.9.3.3: another session took this one's place.
  if (condition === 'conflict') return { code: 'replaced' };
  return { code: 'protocol-error', text: text ?? condition };
}

/** Why the focus does not come, or undefined if it is worth asking again. */
export function endOfConferenceRequest(error: RequestError, hadToken: boolean): EndReason | undefined {
  const refusal = error.stanzaError;
  if (refusal === undefined || refusal.type === 'wait') return undefined;
  if (refusal.condition === 'not-authorized' || refusal.condition === 'not-allowed') {
    return hadToken ? { code: 'token-refused', text: refusal.text } : { code: 'not-allowed', text: refusal.text };
  }
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
