import { expect, test } from 'vitest';
import { CaughtLog } from '../test/support/caught-log.ts';
import { RawPeer } from '../test/support/sip/raw-peer.ts';
import { TestAgent } from '../test/support/sip/test-agent.ts';
import { sipConfig } from './config.ts';
import { answerChallenges } from './message/digest.ts';
import { headerValues } from './message/headers.ts';
import type { Header, SipResponse } from './message/message.ts';
import { TrunkProof } from './trunk-proof.ts';

const URI = 'sip:5551000@127.0.0.1';
const ACCOUNT = { username: 'exchange', password: 's3cret' };

const { trunks } = sipConfig.parse({
  trunks: [
    { name: 'roaming', sources: ['127.0.0.0/8'], authenticate: true, ...ACCOUNT },
    { name: 'fixed', sources: ['127.0.0.1'] },
  ],
});

async function gateway(trunk: string) {
  const stack = new AsyncDisposableStack();
  const log = new CaughtLog();
  const proof = new TrunkProof(trunks, log.logger, () => 1_700_000_000_000);
  const agent = stack.use(await TestAgent.open({ challengeOf: (request) => proof.challengeOf(request, trunk) }));
  const peer = stack.use(await RawPeer.open(agent.port));
  return { agent, peer, log, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function invite(peer: RawPeer, number: number, authorization?: Header): void {
  const address = `127.0.0.1:${peer.port}`;
  peer.send(
    [
      `INVITE ${URI} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address};branch=z9hG4bK-${number}`,
      `From: <sip:exchange@${address}>;tag=1`,
      `To: <${URI}>`,
      `Call-ID: ${peer.port}`,
      `CSeq: ${number} INVITE`,
      `Contact: <sip:exchange@${address}>`,
      'Max-Forwards: 70',
      'Content-Type: application/sdp',
      ...(authorization === undefined ? [] : [`${authorization.name}: ${authorization.value}`]),
    ],
    'their offer',
  );
}

function answerTo(challenge: SipResponse, password: string): Header {
  const request = { method: 'INVITE', uri: URI };
  const answer = answerChallenges(challenge, { ...ACCOUNT, password }, request, undefined, 'cnonce');
  if (answer.kind !== 'answer') throw new Error(answer.reason);
  return answer.header;
}

test('a trunk whose address proves nothing is asked for its password, and its call is taken with it', async () => {
  await using gate = await gateway('roaming');
  invite(gate.peer, 1);
  const challenge = await gate.peer.response('INVITE', 401, 1);
  expect(headerValues(challenge, 'www-authenticate').map((value) => /algorithm=([\w-]+)/.exec(value)?.[1])).toEqual([
    'SHA-256',
    'MD5',
  ]);
  expect(gate.agent.sessions).toEqual([]);
  invite(gate.peer, 2, answerTo(challenge, ACCOUNT.password));
  await gate.peer.response('INVITE', 200, 2);
  expect(gate.agent.sessions).toHaveLength(1);
  expect(gate.log.text).toBe('');
});

test('a wrong password is asked for again, and told in the log', async () => {
  await using gate = await gateway('roaming');
  invite(gate.peer, 1);
  invite(gate.peer, 2, answerTo(await gate.peer.response('INVITE', 401, 1), 'wrong'));
  await gate.peer.response('INVITE', 401, 2);
  expect(gate.agent.sessions).toEqual([]);
  expect(gate.log.text).toContain('"trunk":"roaming","reason":"wrong-password"');
});

test('a trunk that is known by its address is asked for nothing', async () => {
  await using gate = await gateway('fixed');
  invite(gate.peer, 1);
  await gate.peer.response('INVITE', 200, 1);
});

test('a trunk that has to authenticate needs something to do it with', () => {
  const { error } = sipConfig.safeParse({ trunks: [{ name: 'a', authenticate: true }] });
  expect(error?.issues[0]?.message).toContain('needs username and password');
});
