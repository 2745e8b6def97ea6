import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { sipUri } from '../message/uri.ts';
import { createResponse } from '../message/response.ts';
import { serialiseMessage } from '../message/serialise.ts';
import type { Header, SipRequest } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import { FixedNegotiation } from '../../test/support/sip/fixed-negotiation.ts';
import { RawPeer } from '../../test/support/sip/raw-peer.ts';
import { TestAgent } from '../../test/support/sip/test-agent.ts';
import { until } from '../../test/support/wait.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import type { OutgoingInvite } from './outgoing-invite.ts';
import type { Session } from './session.ts';

async function dialling(t1Ms = 500) {
  const stack = new AsyncDisposableStack();
  const agent = stack.use(await TestAgent.open({ t1Ms }));
  const peer = stack.use(await RawPeer.open(agent.port));
  const invite = agent.agent.dial({
    uri: sipUri({ user: '+302101234567', host: 'trunk.example' }),
    from: { uri: sipUri({ user: 'parley', host: 'trunk.example' }), parameters: new Map() },
    user: 'parley',
    targets: [{ protocol: 'UDP', address: '127.0.0.1', port: peer.port }],
    negotiation: agent.negotiation,
  });
  const outcome = new Promise<string>((resolve) => {
    invite.once('answered', () => resolve('answered'));
    invite.once('failed', ({ status }) => resolve(`failed ${status}`));
  });
  const answered = new Promise<Session>((resolve) => invite.once('answered', resolve));
  invite.start();
  return { agent, peer, invite, outcome, answered, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function answer(peer: RawPeer, request: SipRequest, status: number, toTag = 'callee', body = ''): void {
  const contact = { uri: sipUri({ user: 'callee', host: '127.0.0.1', port: peer.port }), parameters: new Map() };
  peer.sendBytes(
    serialiseMessage(
      createResponse(request, status, {
        toTag,
        ...(status >= 180 && status < 300 ? { contacts: [contact] } : {}),
        ...(body === ''
          ? {}
          : { body: Buffer.from(body), others: [{ name: 'content-type', value: 'application/sdp' }] }),
      }),
    ),
  );
}

test('a call that is answered brings our offer, ringing, the answer, an ACK to the Contact, and can be hung up by either', async () => {
  await using call = await dialling();
  const { peer, agent, invite } = call;
  let hasRung = false;
  invite.once('ringing', () => (hasRung = true));
  const request = await peer.request('INVITE');
  expect(Buffer.from(request.body).toString()).toBe('our offer');
  answer(peer, request, 180);
  answer(peer, request, 200, 'callee', 'their answer');
  const session = await call.answered;
  const ack = await peer.request('ACK');
  expect(ack.uri).toMatchObject({ user: 'callee', port: peer.port });
  expect(hasRung).toBe(true);
  expect(agent.negotiation.answers).toEqual(['their answer']);
  session.hangUp();
  const bye = await peer.request('BYE');
  expect(bye.cSeq.number).toBe(request.cSeq.number + 1);
  expect(tagOf(bye.to)).toBe('callee');
});

test('an answer that is repeated gets its ACK again', async () => {
  await using call = await dialling();
  const { peer } = call;
  const request = await peer.request('INVITE');
  answer(peer, request, 200, 'callee', 'their answer');
  await peer.request('ACK');
  answer(peer, request, 200, 'callee', 'their answer');
  await peer.request('ACK', 2);
});

test('of two that answer one is spoken to, the other gets ACK and BYE', async () => {
  await using call = await dialling();
  const { peer } = call;
  const request = await peer.request('INVITE');
  answer(peer, request, 200, 'first', 'their answer');
  const session = await call.answered;
  answer(peer, request, 200, 'second', 'their answer');
  expect(tagOf((await peer.request('BYE')).to)).toBe('second');
  expect(peer.requests('ACK').map(({ to }) => tagOf(to))).toEqual(['first', 'second']);
  expect(session.isEnded).toBe(false);
});

test.each([486, 603, 404])('a refusal with %i is acknowledged and told', async (status) => {
  await using call = await dialling();
  answer(call.peer, await call.peer.request('INVITE'), status);
  expect(await call.outcome).toBe(`failed ${status}`);
  await call.peer.request('ACK');
});

test('an answer in which there is no description is hung up', async () => {
  await using call = await dialling();
  answer(call.peer, await call.peer.request('INVITE'), 200);
  expect(await call.outcome).toBe('failed 488');
  await call.peer.request('BYE');
});

test('an answer that asks for longer intervals gets another INVITE with them', async () => {
  await using call = await dialling();
  const { peer } = call;
  const request = await peer.request('INVITE');
  const refusal = createResponse(request, 422, { toTag: 'callee', others: [{ name: 'min-se', value: '3600' }] });
  peer.sendBytes(serialiseMessage(refusal));
  const second = await peer.request('INVITE', 2);
  expect(second.cSeq.number).toBe(2);
  expect(second.others).toContainEqual({ name: 'session-expires', value: '3600' });
});

test('nobody there at all is told after 64 T1', async () => {
  await using call = await dialling(20);
  expect(await call.outcome).toBe('failed 408');
  // What was sent is there, but on a busy machine not yet read.
  await until(() => call.peer.requests('INVITE').length > 1, 'the INVITE to come again');
});

async function ringing(call: { peer: RawPeer; invite: OutgoingInvite }): Promise<SipRequest> {
  const rings = new Promise<void>((resolve) => call.invite.once('ringing', resolve));
  const request = await call.peer.request('INVITE');
  answer(call.peer, request, 180);
  await rings;
  return request;
}

test('giving up while it rings sends CANCEL with the branch of the INVITE', async () => {
  await using call = await dialling();
  const request = await ringing(call);
  call.invite.cancel();
  const cancel = await call.peer.request('CANCEL');
  expect(cancel.via).toEqual(request.via);
  answer(call.peer, cancel, 200);
  answer(call.peer, request, 487);
  expect(await call.outcome).toBe('failed 487');
});

test('giving up before anything came waits with the CANCEL until something has', async () => {
  await using call = await dialling();
  const request = await call.peer.request('INVITE');
  call.invite.cancel();
  expect(call.peer.requests('CANCEL')).toEqual([]);
  answer(call.peer, request, 100);
  await call.peer.request('CANCEL');
});

test('who says no last word after a CANCEL is waited for no longer than for any answer', async () => {
  await using call = await dialling(10);
  await ringing(call);
  call.invite.cancel();
  answer(call.peer, await call.peer.request('CANCEL'), 200);
  expect(await call.outcome).toBe('failed 487');
  await until(() => call.agent.agent.figures.transactions === 0, 'no transaction left');
});

test('an answer that crossed the CANCEL gets ACK and BYE', async () => {
  await using call = await dialling();
  const request = await ringing(call);
  call.invite.cancel();
  await call.peer.request('CANCEL');
  answer(call.peer, request, 200, 'callee', 'their answer');
  await call.peer.request('ACK');
  await call.peer.request('BYE');
  expect(await call.outcome).toBe('failed 487');
  await until(() => call.agent.agent.figures.sessions === 0, 'no session left');
});

describe('a request that is too large for UDP', () => {
  const long = { name: 'x-long', value: 'x'.repeat(1_500) };

  function dialLarge(from: TestAgent, port: number, headers: readonly Header[]): OutgoingInvite {
    const invite = from.agent.dial({
      uri: sipUri({ user: 'callee', host: '127.0.0.1', port }),
      from: { uri: sipUri({ user: 'parley', host: 'trunk.example' }), parameters: new Map() },
      user: 'parley',
      targets: [{ protocol: 'UDP', address: '127.0.0.1', port, largeBy: 'TCP' }],
      negotiation: from.negotiation,
      headers,
    });
    invite.start();
    return invite;
  }

  test.each([
    ['goes by TCP where the trunk takes that', [long], 'TCP'],
    ['is one only above 1300 bytes', [], 'UDP'],
  ])('%s', async (_, headers, protocol) => {
    const negotiation = new FixedNegotiation();
    const came: string[] = [];
    const onInvite = (invite: IncomingInvite): void => {
      came.push(invite.source.protocol);
      invite.accept(negotiation);
    };
    await using there = await TestAgent.open({ onInvite });
    await using here = await TestAgent.open();
    const invite = dialLarge(here, there.port, headers);
    const [session] = await once(invite, 'answered');
    expect(came).toEqual([protocol]);
    (session as Session).hangUp();
    await (session as Session).parted;
  });

  test('goes by UDP all the same where nobody listens for TCP', async () => {
    await using here = await TestAgent.open();
    using peer = await RawPeer.open(here.port);
    const invite = dialLarge(here, peer.port, [long]);
    const request = await peer.request('INVITE');
    expect(request.via[0]?.transport).toBe('UDP');
    const failed = once(invite, 'failed');
    answer(peer, request, 486);
    await failed;
  });
});
