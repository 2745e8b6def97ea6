import { expect, test } from 'vitest';
import { sipRequest, sipResponse } from '../../test/support/sip/messages.ts';
import type { Header, SipRequest } from '../message/message.ts';
import type { ClientEvents } from '../transaction/client-transaction.ts';
import type { Target } from '../transport/source.ts';
import { exchange } from './exchange.ts';

const CREDENTIALS = { username: 'gateway', password: 's3cret' };
const CHALLENGE: Header = {
  name: 'www-authenticate',
  value: 'Digest realm="trunk", nonce="n1", qop="auth", algorithm=MD5',
};
const target = (port: number): Target => ({ protocol: 'UDP', address: '192.0.2.1', port });

/** Answers each request as the test says, and keeps what was sent. */
function sender(onRequest: (request: SipRequest, target: Target, events: ClientEvents) => void) {
  const sent: SipRequest[] = [];
  const targets: number[] = [];
  return {
    sent,
    targets,
    randomToken: () => 'cnonce',
    request: (request: SipRequest, target: Target, events: ClientEvents) => {
      sent.push(request);
      targets.push(target.port);
      onRequest(request, target, events);
      // Only whether there is a transaction is looked at.
      return Promise.resolve({} as never);
    },
  };
}

function builder() {
  let number = 0;
  return (extra: readonly Header[]): SipRequest =>
    sipRequest('REGISTER', { cSeq: { number: ++number, method: 'REGISTER' }, others: extra });
}

test('a challenge is met with the credentials, in a request with the next number', async () => {
  const ways = sender((request, _target, { onResponse }) => {
    const isAuthorised = request.others.some(({ name }) => name === 'authorization');
    onResponse(isAuthorised ? sipResponse(request, 200) : sipResponse(request, 401, { others: [CHALLENGE] }));
  });
  const outcome = await exchange(ways, builder(), [target(1)], { credentials: CREDENTIALS });
  expect(outcome).toMatchObject({ kind: 'answered', response: { status: 200 } });
  expect(ways.sent.map(({ cSeq }) => cSeq.number)).toEqual([1, 2]);
});

test('who challenges again and again is not answered for ever', async () => {
  const ways = sender((request, _target, { onResponse }) =>
    onResponse(sipResponse(request, 401, { others: [CHALLENGE] })),
  );
  const outcome = await exchange(ways, builder(), [target(1)], { credentials: CREDENTIALS });
  expect(outcome).toMatchObject({ response: { status: 401 } });
  expect(ways.sent.length).toBeLessThanOrEqual(3);
});

/** A registrar whose nonces are good for so many requests each; what it was shown, as `nonce:count`. */
function registrar(usesOfNonce: number, refusal: (nonce: string) => string) {
  const shown: string[] = [];
  let nonce = 0;
  let uses = 0;
  const ways = sender((request, _target, { onResponse }) => {
    const credentials = request.others.find(({ name }) => name === 'authorization')?.value;
    const [, used = '', count = ''] = /nonce="(\w+)".*nc=(\w{8})/u.exec(credentials ?? '') ?? [];
    if (credentials !== undefined) shown.push(`${used}:${Number.parseInt(count, 16)}`);
    if (used === `n${nonce}` && ++uses <= usesOfNonce) return onResponse(sipResponse(request, 200));
    nonce++;
    uses = 0;
    const value = refusal(`n${nonce}`);
    onResponse(sipResponse(request, 401, { others: [{ name: 'www-authenticate', value }] }));
  });
  return { ways, shown };
}

test.each([
  ['called stale', ', stale=true'],
  ['not even called stale', ''],
])('a nonce is used again with the next count until it has run out, %s', async (_, stale) => {
  const { ways, shown } = registrar(2, (nonce) => `Digest realm="trunk", nonce="${nonce}", qop="auth"${stale}`);
  const met = { state: undefined };
  const build = builder();
  for (let i = 0; i < 3; i++) {
    const outcome = await exchange(ways, build, [target(1)], { credentials: CREDENTIALS, met });
    expect(outcome).toMatchObject({ response: { status: 200 } });
  }
  expect(shown).toEqual(['n1:1', 'n1:2', 'n1:3', 'n2:1']);
  expect(ways.sent.map(({ cSeq }) => cSeq.number)).toEqual([1, 2, 3, 4, 5]);
});

test('a challenge that led nowhere is not met again unasked', async () => {
  const { ways, shown } = registrar(0, (nonce) => `Digest realm="trunk", nonce="${nonce}", qop="auth"`);
  const met = { state: undefined };
  await exchange(ways, builder(), [target(1)], { credentials: CREDENTIALS, met });
  expect(shown).toEqual(['n1:1']);
  expect(met.state).toBeUndefined();
});

test('without credentials a challenge is an answer like any other', async () => {
  const ways = sender((request, _target, { onResponse }) =>
    onResponse(sipResponse(request, 401, { others: [CHALLENGE] })),
  );
  expect(await exchange(ways, builder(), [target(1)])).toMatchObject({ response: { status: 401 } });
  expect(ways.sent).toHaveLength(1);
});

test('the next server is asked when one does not answer or cannot now, and no other once one has', async () => {
  const ways = sender((request, { port }, { onResponse, onFailure }) => {
    if (port === 1) onFailure('timeout');
    else onResponse(sipResponse(request, port === 2 ? 503 : 404));
  });
  const outcome = await exchange(ways, builder(), [1, 2, 3, 4].map(target));
  expect(outcome).toMatchObject({ response: { status: 404 } });
  expect(ways.targets).toEqual([1, 2, 3]);
});

test('an answer that comes again after the first is told apart from it', async () => {
  let repeated = 0;
  let again: (() => void) | undefined;
  const ways = sender((request, _target, { onResponse }) => {
    onResponse(sipResponse(request, 100));
    onResponse(sipResponse(request, 200));
    again = () => onResponse(sipResponse(request, 200));
  });
  await exchange(ways, builder(), [target(1)], { onRepeated: () => repeated++ });
  expect(repeated).toBe(0);
  again?.();
  expect(repeated).toBe(1);
});

test('with nowhere to go it fails', async () => {
  const ways = sender(() => undefined);
  expect(await exchange(ways, builder(), [])).toEqual({ kind: 'failed', reason: 'unreachable' });
});
