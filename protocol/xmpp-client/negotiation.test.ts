import { describe, expect, test } from 'vitest';
import { parseXml, serializeXml } from '../xmpp/xml.ts';
import {
  answerChallenge,
  beginNegotiation,
  negotiate,
  type NegotiationPlan,
  type NegotiationStep,
} from './negotiation.ts';
import { SaslError, type SaslExchange } from './scram-login.ts';

const OPEN = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="meet.example" id="s-1" version="1.0"/>';
const features = (content: string) =>
  `<stream:features xmlns:stream="http://etherx.jabber.org/streams" xmlns="jabber:client">${content}</stream:features>`;
const SASL = features(
  '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>SCRAM-SHA-1</mechanism><mechanism>ANONYMOUS</mechanism></mechanisms>',
);
const SUCCESS = '<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>';
const BIND = features('<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/><sm xmlns="urn:xmpp:sm:3"/>');
const JID = '1f0c9a7e-44c1-4b0e-9d0a-6f2f5f1d7a10@meet.example/x7Qp2';
const BOUND = `<iq type="result" id="bind" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>${JID}</jid></bind></iq>`;

/** Plays the server's frames. @returns the last step and everything that the client sent */
function play(frames: readonly string[], plan: NegotiationPlan = { domain: 'meet.example' }) {
  let step: NegotiationStep = beginNegotiation(plan);
  const sent = step.send.map(serializeXml);
  for (const frame of frames) {
    step = negotiate(step.state, parseXml(frame), plan);
    sent.push(...step.send.map(serializeXml));
  }
  return { step, sent };
}

describe('a guest opens a stream', () => {
  test('logs in without a name and is bound', () => {
    const { step, sent } = play([OPEN, SASL, SUCCESS, OPEN, BIND, BOUND]);
    expect(step.outcome).toEqual({ kind: 'bound', jid: JID, offersManagement: true });
    expect(sent).toEqual([
      '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="meet.example" version="1.0"/>',
      '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>',
      '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="meet.example" version="1.0"/>',
      '<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>',
    ]);
  });

  test('keeps what it gets for a token that is good for once, and nothing else', () => {
    const success = (data: string): string => SUCCESS.replace('/>', `>${data}</success>`);
    expect(play([OPEN, SASL, success(btoa('session'))]).step.sessionToken).toBe('session');
    for (const data of ['', '!', '//8=']) expect(play([OPEN, SASL, success(data)]).step.sessionToken).toBeUndefined();
  });

  test('continues the stream that broke off', () => {
    const plan = { domain: 'meet.example', resume: { id: 'sm-7c1', receivedCount: 13 } };
    const { step, sent } = play(
      [OPEN, SASL, SUCCESS, OPEN, BIND, '<resumed xmlns="urn:xmpp:sm:3" previd="sm-7c1" h="9"/>'],
      plan,
    );
    expect(sent.at(-1)).toBe('<resume xmlns="urn:xmpp:sm:3" h="13" previd="sm-7c1"/>');
    expect(step.outcome).toEqual({ kind: 'resumed', handledByServer: 9 });
  });

  test('binds anew where the old stream is forgotten', () => {
    const plan = { domain: 'meet.example', resume: { id: 'sm-7c1', receivedCount: 13 } };
    const failed =
      '<failed xmlns="urn:xmpp:sm:3"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>';
    const { step } = play([OPEN, SASL, SUCCESS, OPEN, BIND, failed, BOUND], plan);
    expect(step.outcome).toMatchObject({ kind: 'bound', jid: JID });
  });
});

describe('somebody logs in with a name and a password', () => {
  const login: SaslExchange = {
    mechanism: 'SCRAM-SHA-1',
    first: 'first',
    answer: () => Promise.resolve('last'),
    isGenuine: (said) => said === 'v=1',
  };
  const plan = { domain: 'auth.meet.example', login };
  const sasl = (name: string, text: string) =>
    `<${name} xmlns="urn:ietf:params:xml:ns:xmpp-sasl">${btoa(text)}</${name}>`;

  test('answers the challenge and goes on once the server has proved itself', () => {
    const { step, sent } = play([OPEN, SASL, sasl('challenge', 'r=1')], plan);
    expect(sent.at(-1)).toContain(`mechanism="SCRAM-SHA-1">${btoa('first')}</auth>`);
    expect(step.challenge).toBe('r=1');
    const answered = answerChallenge('last');
    expect(answered.send.map(serializeXml)).toEqual([sasl('response', 'last')]);
    const done = negotiate(answered.state, parseXml(sasl('success', 'v=1')), plan);
    expect(done.send.map(serializeXml)).toEqual([
      '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="auth.meet.example" version="1.0"/>',
    ]);
  });

  test.each([
    ['lets everybody in', sasl('success', 'v=2')],
    ['says nothing', SUCCESS],
    ['writes no base64', sasl('success', '').replace('><', '>*<')],
  ])('trusts no server that %s', (_what, frame) => {
    const { step } = play([OPEN, SASL, frame], plan);
    expect(step.outcome).toMatchObject({ kind: 'refused', condition: 'not-genuine' });
  });

  test('ends where the challenge cannot be answered, and where the mechanism is not offered', () => {
    expect(answerChallenge(new SaslError('no')).outcome).toMatchObject({ condition: 'not-genuine', text: 'no' });
    const { step } = play([OPEN, SASL], { ...plan, login: { ...login, mechanism: 'SCRAM-SHA-256' } });
    expect(step.outcome).toMatchObject({ reason: 'sasl', condition: 'invalid-mechanism' });
  });

  test('a guest takes no challenge', () => {
    expect(play([OPEN, SASL, sasl('challenge', 'r=1')]).step.outcome).toMatchObject({ condition: 'unexpected' });
  });
});

describe('a stream that does not come about', () => {
  test('a refused token is told with the server’s words', () => {
    const failure =
      "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-allowed/><text>Invalid signature</text></failure>";
    expect(play([OPEN, SASL, failure]).step.outcome).toEqual({
      kind: 'refused',
      reason: 'sasl',
      condition: 'not-allowed',
      text: 'Invalid signature',
    });
  });

  test('a login that fails for the moment is worth another attempt', () => {
    const failure = '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><temporary-auth-failure/></failure>';
    expect(play([OPEN, SASL, failure]).step.outcome).toMatchObject({ kind: 'closed' });
  });

  test('without the anonymous mechanism a guest cannot log in', () => {
    const password = features(
      '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms>',
    );
    expect(play([OPEN, password]).step.outcome).toMatchObject({ kind: 'refused', reason: 'sasl' });
  });

  test.each([
    ['host-unknown', 'refused'],
    ['conflict', 'refused'],
    ['system-shutdown', 'closed'],
    ['resource-constraint', 'closed'],
  ])('the stream error %s means %s', (condition, kind) => {
    const error = `<stream:error xmlns:stream="http://etherx.jabber.org/streams"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>`;
    expect(play([OPEN, error]).step.outcome).toMatchObject({ kind, condition });
  });

  test('a frame out of turn ends it', () => {
    expect(play([SUCCESS]).step.outcome).toMatchObject({ kind: 'refused', reason: 'protocol' });
  });
});
