import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import type { Identity } from '../identity/identity.ts';
import type { SaslCondition } from '../identity/login-mechanism.ts';
import type { Frame } from './framing.ts';
import { mechanismsFeature, readResponse, saslChallenge, saslFailure, saslSuccess } from './sasl.ts';
import { NS_STREAM, streamError, type StreamError } from './stream-error.ts';
import { smFailed, smFeature } from './stream-management.ts';

/** RFC 6120 §7 */
const NS_BIND = 'urn:ietf:params:xml:ns:xmpp-bind';
/** RFC 3921 §3, kept by clients as an empty step. */
export const NS_SESSION = 'urn:ietf:params:xml:ns:xmpp-session';

/** RFC 6120 §6.4.5: a client may try again, within reason. */
const MAX_LOGIN_ATTEMPTS = 3;

/** Where a stream stands between its first frame and the moment it belongs to a session. */
export type NegotiationState =
  | { readonly phase: 'opening' }
  | { readonly phase: 'choosing-mechanism'; readonly host: string; readonly failures: number }
  | { readonly phase: 'logging-in'; readonly host: string; readonly failures: number }
  /** The mechanism has asked something (RFC 6120 §6.4.3). */
  | { readonly phase: 'challenged'; readonly host: string; readonly failures: number }
  | { readonly phase: 'reopening'; readonly host: string; readonly identity: Identity }
  | { readonly phase: 'binding'; readonly host: string; readonly identity: Identity }
  | { readonly phase: 'bound' }
  | { readonly phase: 'ended' };

export type NegotiationInput =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'login-challenged'; readonly data: string }
  | { readonly kind: 'login-accepted'; readonly identity: Identity; readonly additionalData?: string }
  | { readonly kind: 'login-refused'; readonly condition: SaslCondition; readonly text?: string }
  /** The session exists, or another one was taken over. */
  | { readonly kind: 'session-attached' };

/** What the owner of the socket is to do, in order. */
export type NegotiationOutput =
  | { readonly kind: 'open'; readonly host: string }
  | { readonly kind: 'send'; readonly element: XmlElement }
  | {
      readonly kind: 'log-in';
      readonly host: string;
      readonly mechanism: string;
      readonly initialResponse: string | undefined;
    }
  | { readonly kind: 'continue-login'; readonly response: string }
  | {
      readonly kind: 'bind';
      readonly host: string;
      readonly identity: Identity;
      readonly request: XmlElement;
      readonly resource: string | undefined;
    }
  | { readonly kind: 'resume'; readonly host: string; readonly identity: Identity; readonly request: XmlElement }
  | { readonly kind: 'fail'; readonly error: StreamError }
  | { readonly kind: 'end' };

/** What the deployment offers. */
export interface NegotiationRules {
  /** The domain that people log in to, named to those who ask for another. */
  readonly domain: string;
  /** Hosts a stream may be opened to. */
  readonly hosts: readonly string[];
  mechanismsOf(host: string): readonly string[];
}

interface Step {
  readonly state: NegotiationState;
  readonly outputs: readonly NegotiationOutput[];
}

/** RFC 7395 §3.4 and RFC 6120 §4–§7: open, log in, open again, bind or resume. */
export function negotiate(state: NegotiationState, input: NegotiationInput, rules: NegotiationRules): Step {
  if (state.phase === 'ended') return { state, outputs: [] };
  if (input.kind === 'frame' && input.frame.kind === 'close') return { state: ENDED, outputs: [{ kind: 'end' }] };
  switch (state.phase) {
    case 'opening':
      return input.kind === 'frame' ? firstOpen(input.frame, rules) : { state, outputs: [] };
    case 'choosing-mechanism':
      return input.kind === 'frame' ? chooseMechanism(state, input.frame, rules) : { state, outputs: [] };
    case 'logging-in':
      return loggingIn(state, input);
    case 'challenged':
      return input.kind === 'frame' ? answerChallenge(state, input.frame) : { state, outputs: [] };
    case 'reopening':
      return input.kind === 'frame' ? reopen(state, input.frame, rules) : { state, outputs: [] };
    case 'binding':
      return binding(state, input);
    case 'bound':
      // Frames of a bound stream go to its session, not here.
      return { state, outputs: [] };
  }
}

const ENDED: NegotiationState = { phase: 'ended' };

function firstOpen(frame: Frame, rules: NegotiationRules): Step {
  // An error can only be told on an open stream (RFC 6120 §4.9.1.2).
  const opened: NegotiationOutput = { kind: 'open', host: rules.domain };
  if (frame.kind !== 'open') return fail(streamError('not-authorized', 'Open a stream first.'), opened);
  const { to, version } = frame.element.attrs;
  const host = to?.toLowerCase();
  if (host === undefined || !rules.hosts.includes(host)) return fail(hostUnknown(rules), opened);
  if (version !== '1.0') return fail(streamError('unsupported-version'), { kind: 'open', host });
  return {
    state: { phase: 'choosing-mechanism', host, failures: 0 },
    outputs: [
      { kind: 'open', host },
      { kind: 'send', element: features(mechanismsFeature(rules.mechanismsOf(host))) },
    ],
  };
}

type ChoosingMechanism = Extract<NegotiationState, { phase: 'choosing-mechanism' }>;

function chooseMechanism(state: ChoosingMechanism, frame: Frame, rules: NegotiationRules): Step {
  if (frame.kind !== 'sasl') return notYet(frame, 'Log in first.');
  if (frame.element.name === 'abort') return refused(state, 'aborted');
  if (frame.element.name !== 'auth') return refused(state, 'malformed-request');
  const mechanism = frame.element.attrs['mechanism'] ?? '';
  if (!rules.mechanismsOf(state.host).includes(mechanism)) return refused(state, 'invalid-mechanism');
  const initial = readResponse(frame.element);
  if (initial === 'malformed') return refused(state, 'incorrect-encoding');
  return {
    state: { phase: 'logging-in', host: state.host, failures: state.failures },
    outputs: [{ kind: 'log-in', host: state.host, mechanism, initialResponse: initial.response }],
  };
}

type LoggingIn = Extract<NegotiationState, { phase: 'logging-in' }>;

function loggingIn(state: LoggingIn, input: NegotiationInput): Step {
  switch (input.kind) {
    case 'login-accepted':
      return {
        state: { phase: 'reopening', host: state.host, identity: input.identity },
        outputs: [{ kind: 'send', element: saslSuccess(input.additionalData) }],
      };
    case 'login-challenged':
      return {
        state: { ...state, phase: 'challenged' },
        outputs: [{ kind: 'send', element: saslChallenge(input.data) }],
      };
    case 'login-refused':
      return refused(state, input.condition, input.text);
    case 'frame':
      return notYet(input.frame, 'Wait until you are logged in.');
    case 'session-attached':
      return { state, outputs: [] };
  }
}

type Challenged = Extract<NegotiationState, { phase: 'challenged' }>;

function answerChallenge(state: Challenged, frame: Frame): Step {
  if (frame.kind !== 'sasl') return notYet(frame, 'Log in first.');
  if (frame.element.name === 'abort') return refused(state, 'aborted');
  if (frame.element.name !== 'response') return refused(state, 'malformed-request');
  const read = readResponse(frame.element);
  if (read === 'malformed') return refused(state, 'incorrect-encoding');
  return {
    state: { ...state, phase: 'logging-in' },
    outputs: [{ kind: 'continue-login', response: read.response ?? '' }],
  };
}

function refused(state: ChoosingMechanism | LoggingIn | Challenged, condition: SaslCondition, message?: string): Step {
  const failures = state.failures + 1;
  const failure: NegotiationOutput = { kind: 'send', element: saslFailure(condition, message) };
  // RFC 6120 §6.4.5
  if (failures >= MAX_LOGIN_ATTEMPTS) {
    return fail(streamError('policy-violation', 'Too many attempts to log in.'), failure);
  }
  return { state: { phase: 'choosing-mechanism', host: state.host, failures }, outputs: [failure] };
}

function reopen(state: Extract<NegotiationState, { phase: 'reopening' }>, frame: Frame, rules: NegotiationRules): Step {
  if (frame.kind !== 'open') return notYet(frame, 'Open the stream again after logging in.');
  const { to, version } = frame.element.attrs;
  const opened: NegotiationOutput = { kind: 'open', host: state.host };
  if (to?.toLowerCase() !== state.host) return fail(hostUnknown(rules), opened);
  if (version !== '1.0') return fail(streamError('unsupported-version'), opened);
  return {
    state: { phase: 'binding', host: state.host, identity: state.identity },
    outputs: [
      opened,
      {
        kind: 'send',
        element: features(
          xml('bind', { xmlns: NS_BIND }),
          xml('session', { xmlns: NS_SESSION }, xml('optional')),
          smFeature,
        ),
      },
    ],
  };
}

function binding(state: Extract<NegotiationState, { phase: 'binding' }>, input: NegotiationInput): Step {
  if (input.kind === 'session-attached') return { state: { phase: 'bound' }, outputs: [] };
  if (input.kind !== 'frame') return { state, outputs: [] };
  const { frame } = input;
  if (frame.kind === 'stream-management') {
    if (frame.element.name === 'resume')
      return {
        state,
        outputs: [{ kind: 'resume', host: state.host, identity: state.identity, request: frame.element }],
      };
    // XEP-0198 §3: enabling comes after binding.
    return { state, outputs: [{ kind: 'send', element: smFailed('unexpected-request') }] };
  }
  if (frame.kind !== 'stanza') return notYet(frame, 'Bind a resource first.');
  const bind = frame.element.attrs['type'] === 'set' ? child(frame.element, 'bind', NS_BIND) : undefined;
  if (bind === undefined || childElements(frame.element).length !== 1) return notYet(frame, 'Bind a resource first.');
  const { host, identity } = state;
  const resource = childText(bind, 'resource') || undefined;
  return { state, outputs: [{ kind: 'bind', host, identity, request: frame.element, resource }] };
}

/** RFC 6120 §6.3.4 and §7.1: nothing else may be sent before. */
function notYet(frame: Frame, message: string): Step {
  const condition = frame.kind === 'stanza' ? 'not-authorized' : 'policy-violation';
  return fail(streamError(condition, message));
}

function fail(error: StreamError, before?: NegotiationOutput): Step {
  return { state: ENDED, outputs: [...(before === undefined ? [] : [before]), { kind: 'fail', error }] };
}

function hostUnknown(rules: NegotiationRules): StreamError {
  return streamError('host-unknown', `This server is ${rules.domain}. Open the stream to that name.`);
}

function features(...content: readonly (XmlElement | undefined)[]): XmlElement {
  return xml('stream:features', { 'xmlns:stream': NS_STREAM, xmlns: NS_CLIENT }, content);
}

/** RFC 6120 §7.6.1 */
export function bindResult(request: XmlElement, jid: string): XmlElement {
  const { id } = request.attrs;
  return xml('iq', { xmlns: NS_CLIENT, type: 'result', id }, xml('bind', { xmlns: NS_BIND }, xml('jid', {}, jid)));
}
