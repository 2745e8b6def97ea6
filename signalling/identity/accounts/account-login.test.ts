import { beforeAll, describe, expect, test } from 'vitest';
import { Database } from '#runtime/database.ts';
import type { LoginExchange, LoginStep } from '../login-mechanism.ts';
import { ScramClient } from '../../../test/support/scram-client.ts';
import { accountLogins } from './account-login.ts';
import { LoginThrottle } from './login-throttle.ts';
import { SqliteAccounts } from './sqlite-accounts.ts';

const HOST = 'auth.meet.example';
const accounts = new SqliteAccounts(Database.open(':memory:'));
beforeAll(async () => {
  await accounts.add('ann', 'correct horse');
});

const gatewayPassword = 'derived from the internal key';

function begin(mechanism: string, throttle = new LoginThrottle(() => 0), isPrivate = false): LoginExchange {
  const found = accountLogins({ host: HOST, accounts, throttle, gatewayPassword }).find(
    ({ name }) => name === mechanism,
  )!;
  return found.begin({ host: HOST, addressGroup: '192.0.2.1', isPrivate, query: new URLSearchParams() });
}

const plain = (...parts: readonly string[]): Promise<LoginStep> => begin('PLAIN').next(parts.join('\0'));
const challengeOf = (step: LoginStep): string => (step.kind === 'challenge' ? step.data : '');

test('mechanisms come strongest first, PLAIN only where nobody listens, none on other hosts', () => {
  const offered = (host: string, isSecure: boolean): string[] =>
    accountLogins({ host: HOST, accounts, throttle: new LoginThrottle(), gatewayPassword })
      .filter((one) => one.isOfferedOn(host, isSecure))
      .map(({ name }) => name);
  expect(offered(HOST, false)).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-1']);
  expect(offered(HOST, true)).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']);
  expect(offered('meet.example', true)).toEqual([]);
});

test.each([
  ['', 'ann'],
  ['ann', 'ann'],
  ['ann@auth.meet.example', 'ann'],
  ['', 'ANN'],
])('PLAIN as “%s” by the name of %s is accepted with the right password', async (authorization, name) => {
  expect(await plain(authorization, name, 'correct horse')).toEqual({
    kind: 'accepted',
    identity: { kind: 'account', username: 'ann' },
  });
});

test.each([
  ['a wrong password', ['', 'ann', 'wrong'], 'not-authorized'],
  ['an account that does not exist', ['', 'bob', 'correct horse'], 'not-authorized'],
  ['a name that is none', ['', 'a b', 'correct horse'], 'not-authorized'],
  ['somebody who wants to be somebody else', ['bob', 'ann', 'correct horse'], 'not-authorized'],
  ['no password', ['', 'ann', ''], 'malformed-request'],
  ['too few parts', ['ann', 'correct horse'], 'malformed-request'],
])('PLAIN refuses %s', async (_what, parts, condition) => {
  expect(await plain(...parts)).toEqual({ kind: 'refused', condition });
});

test('who sends no initial response is asked for it', async () => {
  expect(await begin('PLAIN').next(undefined)).toEqual({ kind: 'challenge', data: '' });
  const scram = begin('SCRAM-SHA-1');
  expect(await scram.next(undefined)).toEqual({ kind: 'challenge', data: '' });
  expect(challengeOf(await scram.next('n,,n=ann,r=12345678'))).toMatch(/^r=12345678[^,]+,s=[^,]+,i=10000$/);
});

test('SCRAM does not tell whether an account exists until the end, and then not either', async () => {
  const saltOf = (step: LoginStep): string | undefined => /,s=([^,]+),/.exec(challengeOf(step))?.[1];
  const mechanism = accountLogins({ host: HOST, accounts, throttle: new LoginThrottle(), gatewayPassword })[0]!;
  const ask = (name: string): Promise<LoginStep> =>
    mechanism
      .begin({ host: HOST, addressGroup: 'a', isPrivate: false, query: new URLSearchParams() })
      .next(`n,,n=${name},r=12345678`);
  const [known, again, unknown, unknownAgain] = [
    await ask('ann'),
    await ask('ann'),
    await ask('bob'),
    await ask('bob'),
  ];
  expect(saltOf(known)).toBe(saltOf(again));
  expect(saltOf(unknown)).toBe(saltOf(unknownAgain));
  expect(saltOf(unknown)).toHaveLength(saltOf(known)!.length);
  const exchange = begin('SCRAM-SHA-256');
  const nonce = /^r=([^,]+)/.exec(challengeOf(await exchange.next('n,,n=bob,r=12345678')))?.[1];
  const proof = Buffer.alloc(32).toString('base64');
  expect(await exchange.next(`c=biws,r=${nonce},p=${proof}`)).toEqual({ kind: 'refused', condition: 'not-authorized' });
});

test('after many failures even the right password waits', async () => {
  const throttle = new LoginThrottle(() => 0);
  const attempt = (password: string): Promise<LoginStep> => begin('PLAIN', throttle).next(`\0ann\0${password}`);
  for (let i = 0; i < 20; i += 1) expect(await attempt('wrong')).toMatchObject({ condition: 'not-authorized' });
  expect(await attempt('correct horse')).toMatchObject({ kind: 'refused', condition: 'temporary-auth-failure' });
  const scram = begin('SCRAM-SHA-256', throttle);
  expect(await scram.next('n,,n=ann,r=12345678')).toMatchObject({ condition: 'temporary-auth-failure' });
});

describe('the telephone gateway', () => {
  async function logIn(
    mechanism: string,
    password: string,
    isPrivate: boolean,
    throttle = new LoginThrottle(() => 0),
  ): Promise<LoginStep> {
    const exchange = begin(mechanism, throttle, isPrivate);
    const client = new ScramClient('sip', password);
    return exchange.next(client.answer(challengeOf(await exchange.next(client.first))).final);
  }

  test('logs in with SCRAM-SHA-256 where nobody listens', async () => {
    expect(await logIn('SCRAM-SHA-256', gatewayPassword, true)).toMatchObject({
      kind: 'accepted',
      identity: { kind: 'gateway' },
    });
  });

  test.each([
    ['with another password', 'wrong', true],
    ['where somebody may listen', gatewayPassword, false],
  ])('is refused %s', async (_what, password, isPrivate) => {
    const step = await logIn('SCRAM-SHA-256', password, isPrivate);
    expect(step).toEqual({ kind: 'refused', condition: 'not-authorized' });
  });

  test('logs in however many others have failed from its address, and its own failures keep nobody out', async () => {
    const throttle = new LoginThrottle(() => 0);
    for (let i = 0; i < 20; i += 1) await begin('PLAIN', throttle).next('\0ann\0wrong');
    expect(await begin('PLAIN', throttle).next('\0ann\0wrong')).toMatchObject({ condition: 'temporary-auth-failure' });
    expect(await logIn('SCRAM-SHA-256', gatewayPassword, true, throttle)).toMatchObject({ kind: 'accepted' });

    const fresh = new LoginThrottle(() => 0);
    for (let i = 0; i < 30; i += 1) await logIn('SCRAM-SHA-256', 'wrong', true, fresh);
    expect(await begin('PLAIN', fresh).next('\0ann\0correct horse')).toMatchObject({ kind: 'accepted' });
  });

  test('is refused with a password in the clear', async () => {
    const step = await begin('PLAIN', undefined, true).next(`\0sip\0${gatewayPassword}`);
    expect(step).toEqual({ kind: 'refused', condition: 'not-authorized' });
  });
});
