import { child, childElements, childText, text, xml, type XmlElement } from '../xmpp/element.ts';
import { NS_CLIENT } from '../xmpp/stanza.ts';
import { decodeSasl, encodeSasl, SaslError, type SaslExchange } from './scram-login.ts';
import { NS_STREAM_MANAGEMENT, readCounter } from './stream-management.ts';

/**
 * From an open WebSocket to a bound or resumed stream (RFC 7395, RFC 6120 §6–7, XEP-0198) as a state machine without
 * I/O: a frame comes in, frames to send and perhaps an outcome come out.
 */

/** RFC 7395 §3.3 */
export const NS_FRAMING = 'urn:ietf:params:xml:ns:xmpp-framing';
const NS_STREAMS = 'http://etherx.jabber.org/streams';
const NS_SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const NS_BIND = 'urn:ietf:params:xml:ns:xmpp-bind';
const NS_STREAM_ERRORS = 'urn:ietf:params:xml:ns:xmpp-streams';
const BIND_ID = 'bind';

export interface NegotiationPlan {
  readonly domain: string;
  /** Undefined: as a guest. */
  readonly login?: SaslExchange;
  /** A stream to continue instead of binding. */
  readonly resume?: { readonly id: string; readonly receivedCount: number };
}

export type NegotiationState =
  | { readonly step: 'first-open' | 'sasl-features' | 'sasl' | 'second-open' | 'features' | 'done' }
  | { readonly step: 'resume' | 'bind'; readonly offersManagement: boolean };

export type NegotiationOutcome =
  /** A new stream; `offersManagement` says whether `<enable/>` may follow. */
  | { readonly kind: 'bound'; readonly jid: string; readonly offersManagement: boolean }
  | { readonly kind: 'resumed'; readonly handledByServer: number }
  /** Trying again is of no use. */
  | {
      readonly kind: 'refused';
      readonly reason: 'sasl' | 'stream' | 'protocol';
      readonly condition: string;
      readonly text: string | undefined;
    }
  /** The server asks to come again later. */
  | { readonly kind: 'closed'; readonly condition: string };

export interface NegotiationStep {
  readonly state: NegotiationState;
  readonly send: readonly XmlElement[];
  readonly outcome?: NegotiationOutcome;
  /** The login has to answer this; `answerChallenge` says what to send then. */
  readonly challenge?: string;
  /** What to log in with the next time, in place of a token that was good for once. */
  readonly sessionToken?: string;
}

export function beginNegotiation(plan: NegotiationPlan): NegotiationStep {
  return { state: { step: 'first-open' }, send: [openElement(plan)] };
}

export function negotiate(state: NegotiationState, frame: XmlElement, plan: NegotiationPlan): NegotiationStep {
  const streamError = readStreamError(frame);
  if (streamError !== undefined) return end(streamError);
  if (isIn(frame, 'close', NS_FRAMING)) return end({ kind: 'closed', condition: 'closed' });
  switch (state.step) {
    case 'first-open':
      return isIn(frame, 'open', NS_FRAMING) ? next('sasl-features') : unexpected(frame);
    case 'sasl-features': {
      const mechanisms = child(frame, 'mechanisms', NS_SASL);
      const offered = mechanisms === undefined ? [] : childElements(mechanisms, 'mechanism').map(text);
      const { mechanism, first } = plan.login ?? { mechanism: 'ANONYMOUS', first: undefined };
      if (!offered.includes(mechanism)) return end(saslRefusal('invalid-mechanism'));
      return next(
        'sasl',
        xml('auth', { xmlns: NS_SASL, mechanism }, first === undefined ? undefined : encodeSasl(first)),
      );
    }
    case 'sasl':
      return duringLogin(frame, plan);
    case 'second-open':
      return isIn(frame, 'open', NS_FRAMING) ? next('features') : unexpected(frame);
    case 'features':
      return afterFeatures(frame, plan);
    case 'resume':
      return afterResume(state, frame);
    case 'bind':
      return afterBind(state, frame);
    case 'done':
      return { state, send: [] };
  }
}

function duringLogin(frame: XmlElement, plan: NegotiationPlan): NegotiationStep {
  if (isIn(frame, 'failure', NS_SASL)) return end(saslFailure(frame));
  const isSuccess = isIn(frame, 'success', NS_SASL);
  if (isSuccess && plan.login === undefined) return { ...next('second-open', openElement(plan)), ...tokenIn(frame) };
  if (plan.login === undefined || !(isSuccess || isIn(frame, 'challenge', NS_SASL))) return unexpected(frame);
  let said: string;
  try {
    said = decodeSasl(text(frame));
  } catch (error) {
    if (error instanceof SaslError) return end(notGenuine(error.message));
    throw error;
  }
  if (!isSuccess) return { state: { step: 'sasl' }, send: [], challenge: said };
  // Whoever lets us in without knowing the account is not the server that we mean.
  if (!plan.login.isGenuine(said)) return end(notGenuine('the server did not prove that it knows the account'));
  return next('second-open', openElement(plan));
}

/** Guests' logins say nothing with their success (RFC 6120 §6.4.6), so whatever stands there is our server's. */
function tokenIn(success: XmlElement): { readonly sessionToken?: string } {
  try {
    const said = decodeSasl(text(success));
    return said === '' ? {} : { sessionToken: said };
  } catch (error) {
    if (error instanceof SaslError) return {};
    throw error;
  }
}

/** After a step with a challenge. @param answer what the login says to it */
export function answerChallenge(answer: string | SaslError): NegotiationStep {
  if (answer instanceof SaslError) return end(notGenuine(answer.message));
  return next('sasl', xml('response', { xmlns: NS_SASL }, encodeSasl(answer)));
}

function notGenuine(reason: string): NegotiationOutcome {
  return { kind: 'refused', reason: 'protocol', condition: 'not-genuine', text: reason };
}

function afterFeatures(frame: XmlElement, plan: NegotiationPlan): NegotiationStep {
  if (frame.name !== 'features') return unexpected(frame);
  const offersManagement = child(frame, 'sm', NS_STREAM_MANAGEMENT) !== undefined;
  if (plan.resume !== undefined && offersManagement) {
    const { id, receivedCount } = plan.resume;
    const resume = xml('resume', { xmlns: NS_STREAM_MANAGEMENT, h: receivedCount, previd: id });
    return { state: { step: 'resume', offersManagement }, send: [resume] };
  }
  return bind(offersManagement);
}

function afterResume(state: { offersManagement: boolean }, frame: XmlElement): NegotiationStep {
  if (isIn(frame, 'resumed', NS_STREAM_MANAGEMENT)) {
    const handledByServer = readCounter(frame);
    return handledByServer === undefined ? unexpected(frame) : end({ kind: 'resumed', handledByServer });
  }
  // XEP-0198 §5: after a failed resumption the stream is still good for binding.
  if (isIn(frame, 'failed', NS_STREAM_MANAGEMENT)) return bind(state.offersManagement);
  return unexpected(frame);
}

function afterBind(state: { offersManagement: boolean }, frame: XmlElement): NegotiationStep {
  if (frame.name !== 'iq' || frame.attrs['id'] !== BIND_ID) return unexpected(frame);
  const bound = child(frame, 'bind', NS_BIND);
  const jid = bound === undefined ? undefined : childText(bound, 'jid');
  if (frame.attrs['type'] !== 'result' || jid === undefined || !jid.includes('/')) return unexpected(frame);
  return end({ kind: 'bound', jid, offersManagement: state.offersManagement });
}

function bind(offersManagement: boolean): NegotiationStep {
  // RFC 6120 §7.6. The old session request (RFC 3921) is optional everywhere and costs a round trip: left out.
  const request = xml('iq', { xmlns: NS_CLIENT, type: 'set', id: BIND_ID }, xml('bind', { xmlns: NS_BIND }));
  return { state: { step: 'bind', offersManagement }, send: [request] };
}

function openElement(plan: NegotiationPlan): XmlElement {
  return xml('open', { xmlns: NS_FRAMING, to: plan.domain, version: '1.0' });
}

/** What a `<stream:error/>` says, or undefined if the frame is none. */
export function readStreamError(frame: XmlElement): NegotiationOutcome | undefined {
  if (!isIn(frame, 'error', NS_STREAMS)) return undefined;
  const condition = childElements(frame, undefined, NS_STREAM_ERRORS).find((element) => element.name !== 'text')?.name;
  const reason = childText(frame, 'text', NS_STREAM_ERRORS);
  // RFC 6120 §4.9.3: these pass; the others say that the same attempt would fail again.
  if (condition === undefined || TEMPORARY_STREAM_ERRORS.has(condition)) {
    return { kind: 'closed', condition: condition ?? 'undefined-condition' };
  }
  return { kind: 'refused', reason: 'stream', condition, text: reason };
}

const TEMPORARY_STREAM_ERRORS: ReadonlySet<string> = new Set([
  'connection-timeout',
  'internal-server-error',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'system-shutdown',
  'undefined-condition',
]);

function saslFailure(frame: XmlElement): NegotiationOutcome {
  const condition = childElements(frame).find((element) => element.name !== 'text')?.name ?? 'not-authorized';
  // RFC 6120 §6.5.11
  if (condition === 'temporary-auth-failure') return { kind: 'closed', condition };
  return saslRefusal(condition, childText(frame, 'text'));
}

function saslRefusal(condition: string, reason?: string): NegotiationOutcome {
  return { kind: 'refused', reason: 'sasl', condition, text: reason };
}

function unexpected(frame: XmlElement): NegotiationStep {
  return end({ kind: 'refused', reason: 'protocol', condition: 'unexpected', text: `<${frame.name}/> came too early` });
}

function end(outcome: NegotiationOutcome): NegotiationStep {
  return { state: { step: 'done' }, send: [], outcome };
}

function next(
  step: 'sasl-features' | 'sasl' | 'second-open' | 'features',
  ...send: readonly XmlElement[]
): NegotiationStep {
  return { state: { step }, send };
}

function isIn(element: XmlElement, name: string, namespace: string): boolean {
  return element.name === name && element.attrs['xmlns'] === namespace;
}
