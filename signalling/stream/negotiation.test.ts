import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_XML_BOUNDS, serializeXml } from '#protocol/xmpp/xml.ts';
import { readFrame } from './framing.ts';
import {
  negotiate,
  type NegotiationInput,
  type NegotiationOutput,
  type NegotiationRules,
  type NegotiationState,
} from './negotiation.ts';

const rules: NegotiationRules = {
  domain: 'meet.example',
  hosts: ['meet.example', 'auth.meet.example'],
  mechanismsOf: (host) => (host === 'meet.example' ? ['ANONYMOUS'] : []),
};
const identity = { kind: 'anonymous' } as const;

function frame(text: string): NegotiationInput {
  const read = readFrame(text, DEFAULT_XML_BOUNDS);
  if (read.kind === 'refused') throw new Error(`a frame that is none: ${text}`);
  return { kind: 'frame', frame: read };
}

const OPEN = frame('<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="meet.example" version="1.0"/>');
const AUTH = frame('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>');
const BIND = frame('<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>');
const inputs: Readonly<Record<string, NegotiationInput>> = {
  open: OPEN,
  openElsewhere: frame('<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="other.example" version="1.0"/>'),
  close: frame('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>'),
  auth: AUTH,
  abort: frame('<abort xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>'),
  bind: BIND,
  presence: frame('<presence xmlns="jabber:client" to="room@muc.meet.example/x"/>'),
  resume: frame('<resume xmlns="urn:xmpp:sm:3" previd="x" h="0"/>'),
  enable: frame('<enable xmlns="urn:xmpp:sm:3"/>'),
  accepted: { kind: 'login-accepted', identity },
  challenged: { kind: 'login-challenged', data: 'r=nonce' },
  response: frame('<response xmlns="urn:ietf:params:xml:ns:xmpp-sasl">YQ==</response>'),
  refused: { kind: 'login-refused', condition: 'not-authorized' },
  attached: { kind: 'session-attached' },
};

function run(sequence: readonly NegotiationInput[]): { state: NegotiationState; outputs: NegotiationOutput[] } {
  let state: NegotiationState = { phase: 'opening' };
  const outputs: NegotiationOutput[] = [];
  for (const input of sequence) {
    const step = negotiate(state, input, rules);
    state = step.state;
    outputs.push(...step.outputs);
  }
  return { state, outputs };
}

test('the usual way leads to a bound stream', () => {
  const { state, outputs } = run([
    OPEN,
    AUTH,
    { kind: 'login-accepted', identity },
    OPEN,
    BIND,
    { kind: 'session-attached' },
  ]);
  expect(state).toEqual({ phase: 'bound' });
  expect(outputs.map(({ kind }) => kind)).toEqual(['open', 'send', 'log-in', 'send', 'open', 'send', 'bind']);
});

test('in no order of inputs does anyone bind or resume without having logged in and opened anew', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(inputs)), { maxLength: 12 }), (names) => {
      let state: NegotiationState = { phase: 'opening' };
      let hasLoggedIn = false;
      for (const name of names) {
        const before = state.phase;
        const { state: next, outputs } = negotiate(state, inputs[name] as NegotiationInput, rules);
        if (before === 'logging-in' && name === 'accepted') hasLoggedIn = true;
        if (outputs.some(({ kind }) => kind === 'bind' || kind === 'resume')) {
          expect({ before, hasLoggedIn }).toEqual({ before: 'binding', hasLoggedIn: true });
        }
        if (next.phase === 'bound' && before !== 'bound') expect(before).toBe('binding');
        if (before === 'ended') expect(outputs).toEqual([]);
        if (outputs.some(({ kind }) => kind === 'fail' || kind === 'end')) expect(next.phase).toBe('ended');
        state = next;
      }
    }),
  );
});

test('a mechanism may ask back as often as it likes; the last word can come with the success', () => {
  const { state, outputs } = run([
    OPEN,
    AUTH,
    inputs['challenged']!,
    inputs['response']!,
    inputs['challenged']!,
    inputs['response']!,
    { kind: 'login-accepted', identity, additionalData: 'v=signature' },
  ]);
  expect(state.phase).toBe('reopening');
  const texts = outputs.flatMap((output) => (output.kind === 'send' ? [serializeXml(output.element)] : []));
  const sasl = 'xmlns="urn:ietf:params:xml:ns:xmpp-sasl"';
  expect(texts.slice(1)).toEqual([
    `<challenge ${sasl}>cj1ub25jZQ==</challenge>`,
    `<challenge ${sasl}>cj1ub25jZQ==</challenge>`,
    `<success ${sasl}>dj1zaWduYXR1cmU=</success>`,
  ]);
  expect(outputs.filter(({ kind }) => kind === 'continue-login')).toEqual([
    { kind: 'continue-login', response: 'a' },
    { kind: 'continue-login', response: 'a' },
  ]);
});

test('giving up a challenge counts as a failure', () => {
  const once = [AUTH, inputs['challenged']!, inputs['abort']!];
  expect(run([OPEN, ...once]).state).toMatchObject({ phase: 'choosing-mechanism', failures: 1 });
  expect(run([OPEN, ...once, ...once, ...once]).state.phase).toBe('ended');
});

test('opening another host after login is refused', () => {
  const { state, outputs } = run([OPEN, AUTH, { kind: 'login-accepted', identity }, inputs['openElsewhere']!]);
  expect(state.phase).toBe('ended');
  expect(outputs.at(-1)).toMatchObject({ kind: 'fail', error: { condition: 'host-unknown' } });
});

test('a refused resumption leaves binding possible', () => {
  const { state } = run([OPEN, AUTH, { kind: 'login-accepted', identity }, OPEN, inputs['resume']!]);
  expect(state.phase).toBe('binding');
});
