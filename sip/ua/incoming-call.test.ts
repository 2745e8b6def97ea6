import { describe, expect, test } from 'vitest';
import { FixedNegotiation } from '../../test/support/sip/fixed-negotiation.ts';
import { RawPeer } from '../../test/support/sip/raw-peer.ts';
import { TestAgent, type TestAgentOptions } from '../../test/support/sip/test-agent.ts';
import { until } from '../../test/support/wait.ts';
import { tagOf } from '../message/name-address.ts';
import { headerValue } from '../message/headers.ts';
import type { SipResponse } from '../message/message.ts';
import type { IncomingInvite } from './incoming-invite.ts';

async function gateway(options: TestAgentOptions = {}) {
  const stack = new AsyncDisposableStack();
  const agent = stack.use(await TestAgent.open(options));
  const peer = stack.use(await RawPeer.open(agent.port));
  return { agent, peer, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

interface RequestText {
  readonly method: string;
  readonly number?: number;
  readonly toTag?: string;
  readonly branch?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

let branches = 0;

/** A request as our phone writes it. */
function say(peer: RawPeer, { method, number = 1, toTag, branch, headers = [], body = '' }: RequestText): void {
  const address = `127.0.0.1:${peer.port}`;
  peer.send(
    [
      `${method} sip:5551000@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP ${address};branch=${branch ?? `z9hG4bK-${++branches}`}`,
      `From: <sip:caller@${address}>;tag=caller`,
      `To: <sip:5551000@127.0.0.1>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      `Call-ID: call-${peer.port}`,
      `CSeq: ${number} ${method === 'ACK' ? 'ACK' : method}`,
      `Contact: <sip:caller@${address}>`,
      'Max-Forwards: 70',
      ...(body === '' || headers.some((header) => header.startsWith('Content-Type'))
        ? []
        : ['Content-Type: application/sdp']),
      ...headers,
    ],
    body,
  );
}

/** Calls and acknowledges. @returns the gateway's tag */
async function call(peer: RawPeer, headers: readonly string[] = []): Promise<string> {
  say(peer, { method: 'INVITE', body: 'their offer', headers });
  const toTag = tagOf((await peer.response('INVITE', 200)).to) ?? '';
  say(peer, { method: 'ACK', toTag });
  return toTag;
}

const bodyOf = (response: SipResponse): string => Buffer.from(response.body).toString();

describe('a call', () => {
  test('gets 100 at once, then 200 with the answer, and ends by BYE', async () => {
    await using gate = await gateway();
    const { peer, agent } = gate;
    const toTag = await call(peer);
    expect(peer.responses('INVITE').map(({ status }) => status)).toEqual([100, 200]);
    expect(bodyOf(await peer.response('INVITE', 200))).toBe('our answer');
    const ended = new Promise((resolve) => agent.session.once('ended', resolve));
    say(peer, { method: 'BYE', number: 2, toTag });
    expect((await peer.response('BYE', 200)).cSeq.number).toBe(2);
    expect(await ended).toBe('remote');
    expect(agent.agent.figures.sessions).toBe(0);
  });

  test.each([
    ['rings', [], [100, 180, 200]],
    ['does not ring where that would have to be acknowledged (RFC 3262 §3)', ['Require: 100rel'], [100, 200]],
  ])('%s', async (_, headers, statuses) => {
    const negotiation = new FixedNegotiation();
    await using gate = await gateway({
      onInvite: (invite) => {
        invite.ring();
        invite.accept(negotiation);
      },
    });
    await call(gate.peer, headers);
    expect(gate.peer.responses('INVITE').map(({ status }) => status)).toEqual(statuses);
  });

  test('is hung up by the gateway at the address its Contact names', async () => {
    await using gate = await gateway();
    const { peer, agent } = gate;
    await call(peer);
    await until(() => agent.sessions.length > 0, 'a session');
    agent.session.hangUp([{ name: 'reason', value: 'SIP;cause=200' }]);
    const bye = await peer.request('BYE');
    expect(bye.uri).toMatchObject({ user: 'caller', port: peer.port });
    expect(headerValue(bye, 'reason')).toBe('SIP;cause=200');
  });

  test('whose 200 gets no ACK is answered again and again, then hung up', async () => {
    await using gate = await gateway({ t1Ms: 10 });
    const { peer, agent } = gate;
    say(peer, { method: 'INVITE', body: 'their offer' });
    const bye = await peer.request('BYE');
    expect(bye.method).toBe('BYE');
    expect(peer.responses('INVITE').filter(({ status }) => status === 200).length).toBeGreaterThan(1);
    expect(agent.session.isEnded).toBe(true);
  });

  test('hung up before its ACK gets the BYE after it', async () => {
    await using gate = await gateway();
    const { peer, agent } = gate;
    say(peer, { method: 'INVITE', body: 'their offer' });
    const toTag = tagOf((await peer.response('INVITE', 200)).to) ?? '';
    agent.session.hangUp();
    expect(peer.requests('BYE')).toEqual([]);
    say(peer, { method: 'ACK', toTag });
    await peer.request('BYE');
  });

  test('without a description gets our offer, and is hung up when the ACK has no answer', async () => {
    await using gate = await gateway();
    const { peer, agent } = gate;
    say(peer, { method: 'INVITE' });
    const accepted = await peer.response('INVITE', 200);
    expect(bodyOf(accepted)).toBe('our offer');
    const ended = new Promise((resolve) => agent.session.once('ended', resolve));
    say(peer, { method: 'ACK', toTag: tagOf(accepted.to) ?? '' });
    await peer.request('BYE');
    expect(await ended).toBe('no-answer-in-ack');
  });

  test('without a description goes on with the answer of the ACK', async () => {
    await using gate = await gateway();
    const { peer, agent } = gate;
    say(peer, { method: 'INVITE' });
    const accepted = await peer.response('INVITE', 200);
    say(peer, { method: 'ACK', toTag: tagOf(accepted.to) ?? '', body: 'their answer' });
    await until(() => agent.negotiation.answers.length > 0, 'the answer');
    expect(agent.negotiation.answers).toEqual(['their answer']);
    expect(agent.session.isEnded).toBe(false);
  });

  test('whose offer cannot be met is refused with 488 and a Warning', async () => {
    await using gate = await gateway();
    say(gate.peer, { method: 'INVITE', body: 'impossible' });
    expect(headerValue(await gate.peer.response('INVITE', 488), 'warning')).toBe('304 gateway "no codec"');
  });

  test('that comes by a second way is told so', async () => {
    await using gate = await gateway({ onInvite: () => undefined });
    say(gate.peer, { method: 'INVITE', body: 'their offer', branch: 'z9hG4bK-way1' });
    say(gate.peer, { method: 'INVITE', body: 'their offer', branch: 'z9hG4bK-way2' });
    expect((await gate.peer.response('INVITE', 482)).via[0]?.parameters.get('branch')).toBe('z9hG4bK-way2');
  });
});

describe('CANCEL', () => {
  test('before the answer ends the call with 487, which is sent again until its ACK', async () => {
    let invite: IncomingInvite | undefined;
    await using gate = await gateway({ t1Ms: 20, onInvite: (each) => (invite = each) });
    const { peer } = gate;
    say(peer, { method: 'INVITE', body: 'their offer', branch: 'z9hG4bK-c' });
    await until(() => invite, 'the call');
    let isCancelled = false;
    invite?.once('cancelled', () => (isCancelled = true));
    say(peer, { method: 'CANCEL', branch: 'z9hG4bK-c' });
    await peer.response('CANCEL', 200);
    const refusal = await peer.response('INVITE', 487);
    expect(isCancelled).toBe(true);
    await until(() => peer.responses('INVITE').filter(({ status }) => status === 487).length > 1, 'the 487 again');
    say(peer, { method: 'ACK', branch: 'z9hG4bK-c', toTag: tagOf(refusal.to) ?? '' });
    expect(invite?.accept(gate.agent.negotiation)).toBeUndefined();
  });

  test('after the answer hangs the call up', async () => {
    await using gate = await gateway();
    const { peer } = gate;
    say(peer, { method: 'INVITE', body: 'their offer', branch: 'z9hG4bK-late' });
    const toTag = tagOf((await peer.response('INVITE', 200)).to) ?? '';
    say(peer, { method: 'CANCEL', branch: 'z9hG4bK-late' });
    await peer.response('CANCEL', 200);
    say(peer, { method: 'ACK', toTag });
    await peer.request('BYE');
  });

  test('of nothing is answered with 481', async () => {
    await using gate = await gateway();
    say(gate.peer, { method: 'CANCEL' });
    await gate.peer.response('CANCEL', 481);
  });
});

describe('inside a call', () => {
  test('another INVITE is answered, and the next one while it waits for its ACK gets 491', async () => {
    await using gate = await gateway();
    const { peer, agent } = gate;
    const toTag = await call(peer);
    say(peer, { method: 'INVITE', number: 2, toTag, body: 'hold' });
    await peer.response('INVITE', 200, 2);
    say(peer, { method: 'INVITE', number: 3, toTag, body: 'hold' });
    await peer.response('INVITE', 491, 3);
    expect(agent.negotiation.offers).toEqual(['their offer', 'hold']);
  });

  test('an INVITE that cannot be met is refused, and the call goes on', async () => {
    await using gate = await gateway();
    const { peer, agent } = gate;
    const toTag = await call(peer);
    say(peer, { method: 'INVITE', number: 2, toTag, body: 'impossible' });
    await peer.response('INVITE', 488, 2);
    expect(agent.session.isEnded).toBe(false);
  });

  test('UPDATE refreshes, with a description or without', async () => {
    await using gate = await gateway();
    const { peer } = gate;
    const toTag = await call(peer);
    say(peer, { method: 'UPDATE', number: 2, toTag });
    expect(bodyOf(await peer.response('UPDATE', 200, 2))).toBe('');
    say(peer, { method: 'UPDATE', number: 3, toTag, body: 'hold' });
    expect(bodyOf(await peer.response('UPDATE', 200, 3))).toBe('our answer');
  });

  test('a request whose number is no higher than the last is out of order', async () => {
    await using gate = await gateway();
    const toTag = await call(gate.peer);
    say(gate.peer, { method: 'INFO', number: 5, toTag });
    await gate.peer.response('INFO', 200, 5);
    say(gate.peer, { method: 'INFO', number: 4, toTag });
    expect(headerValue(await gate.peer.response('INFO', 500, 4), 'retry-after')).toBe('1');
  });

  test.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5'],
    ['application/dtmf-relay', 'Signal= *\r\n', '*'],
    ['application/dtmf', '#', '#'],
    ['application/dtmf', '11', '#'],
  ])('INFO of type %s with %j is the key %s', async (type, body, digit) => {
    await using gate = await gateway();
    const toTag = await call(gate.peer);
    const pressed = new Promise((resolve) => gate.agent.session.once('digit', resolve));
    say(gate.peer, { method: 'INFO', number: 2, toTag, headers: [`Content-Type: ${type}`], body });
    await gate.peer.response('INFO', 200);
    expect(await pressed).toBe(digit);
  });

  test('INFO about anything else is refused', async () => {
    await using gate = await gateway();
    const toTag = await call(gate.peer);
    say(gate.peer, {
      method: 'INFO',
      number: 2,
      toTag,
      headers: ['Content-Type: application/media_control+xml'],
      body: '<x/>',
    });
    await gate.peer.response('INFO', 415);
  });

  test('REFER is refused', async () => {
    await using gate = await gateway();
    const toTag = await call(gate.peer);
    say(gate.peer, { method: 'REFER', number: 2, toTag, headers: ['Refer-To: <sip:other@127.0.0.1>'] });
    await gate.peer.response('REFER', 403);
  });
});

describe('session timers', () => {
  test('too short an interval is refused with what is the least', async () => {
    await using gate = await gateway();
    say(gate.peer, { method: 'INVITE', body: 'their offer', headers: ['Supported: timer', 'Session-Expires: 30'] });
    expect(headerValue(await gate.peer.response('INVITE', 422), 'min-se')).toBe('90');
  });

  test('a caller that can refresh is asked to', async () => {
    await using gate = await gateway();
    say(gate.peer, { method: 'INVITE', body: 'their offer', headers: ['Supported: timer', 'Session-Expires: 600'] });
    const accepted = await gate.peer.response('INVITE', 200);
    expect(headerValue(accepted, 'session-expires')).toBe('600;refresher=uac');
    expect(headerValue(accepted, 'require')).toBe('timer');
  });
});

describe('outside any call', () => {
  test('OPTIONS is answered with what we understand', async () => {
    await using gate = await gateway();
    say(gate.peer, { method: 'OPTIONS' });
    const answer = await gate.peer.response('OPTIONS', 200);
    expect(headerValue(answer, 'allow')).toContain('INVITE');
    expect(headerValue(answer, 'accept')).toBe('application/sdp');
  });

  test.each([
    ['PUBLISH', [], 405],
    ['BYE', [], 481],
    ['INFO', [], 481],
    ['OPTIONS', ['Require: timer, teleport'], 420],
  ])('%s with %j is refused with %i', async (method, headers, status) => {
    await using gate = await gateway();
    say(gate.peer, { method, headers });
    const refusal = await gate.peer.response(method, status);
    if (status === 405) expect(headerValue(refusal, 'allow')).toContain('INVITE');
    if (status === 420) expect(headerValue(refusal, 'unsupported')).toBe('teleport');
  });

  test.each(['OPTIONS', 'INVITE'])('while no calls are taken, %s is told when to ask again', async (method) => {
    await using gate = await gateway({ retryAfterSeconds: 60 });
    say(gate.peer, { method, ...(method === 'INVITE' && { body: 'their offer' }) });
    expect(headerValue(await gate.peer.response(method, 503), 'retry-after')).toBe('60');
    expect(gate.agent.sessions).toEqual([]);
  });

  test('a request that is not admitted gets no answer at all, nor does an ACK of nothing', async () => {
    await using gate = await gateway({ admits: false });
    const { peer, agent } = gate;
    say(peer, { method: 'ACK' });
    say(peer, { method: 'OPTIONS' });
    say(peer, { method: 'INVITE', body: 'their offer' });
    await until(() => agent.agent.dropped.get('refused-request') === 2, 'both to be dropped');
    expect(agent.agent.dropped.get('stray')).toBe(1);
    expect(peer.heard).toEqual([]);
  });

  test('a request that is not admitted is refused with 403 where that is to be heard', async () => {
    await using gate = await gateway({ admits: false, refusesAloud: true });
    say(gate.peer, { method: 'OPTIONS' });
    await gate.peer.response('OPTIONS', 403);
    expect(gate.agent.agent.dropped.get('refused-request')).toBe(1);
  });

  test('bytes that are no SIP are counted and not answered', async () => {
    await using gate = await gateway();
    gate.peer.sendBytes(Buffer.from([0xff, 0x00, 0x01]));
    gate.peer.sendBytes(Buffer.from('\r\n\r\n'));
    await until(() => (gate.agent.agent.dropped.get('malformed') ?? 0) >= 1, 'it to be counted');
    expect(gate.peer.heard).toEqual([]);
  });
});
