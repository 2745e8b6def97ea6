import { describe, expect, test } from 'vitest';
import { decodeSasl, encodeSasl, SaslError, ScramLogin } from './scram-login.ts';

/** RFC 7677 §3 */
const EXAMPLE = {
  credentials: { username: 'user', password: 'pencil' },
  nonce: 'rOprNGfwEbeRWgbNEkqO',
  challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
};

test('the exchange of RFC 7677', async () => {
  const login = new ScramLogin(EXAMPLE.credentials, EXAMPLE.nonce);
  expect(login.first).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  expect(await login.answer(EXAMPLE.challenge)).toBe(
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  );
  expect(login.isGenuine('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).toBe(true);
});

test('names and passwords of any script are taken, and what separates fields is escaped', async () => {
  expect(new ScramLogin({ username: 'a=b,c', password: 'x' }, 'n0').first).toBe('n,,n=a=3Db=2Cc,r=n0');
  const proofOf = (password: string): Promise<string> => {
    return new ScramLogin({ username: 'user', password }, EXAMPLE.nonce).answer(EXAMPLE.challenge);
  };
  // RFC 4013: what looks the same is the same.
  expect(await proofOf('κωδικός ﬁ')).toBe(await proofOf('κωδικός fi'));
  expect(await proofOf('κωδικός')).not.toBe(await proofOf('κωδικος'));
});

describe('a server that is none', () => {
  const login = (): ScramLogin => new ScramLogin(EXAMPLE.credentials, EXAMPLE.nonce);

  test('does not know the account', async () => {
    const exchange = login();
    expect(exchange.isGenuine('v=')).toBe(false);
    await exchange.answer(EXAMPLE.challenge);
    expect(exchange.isGenuine('')).toBe(false);
    expect(exchange.isGenuine('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=')).toBe(false);
  });

  test.each([
    ['too few rounds', EXAMPLE.challenge.replace('4096', '1')],
    ['rounds without end', EXAMPLE.challenge.replace('4096', '9999999')],
    ['a nonce of another exchange', EXAMPLE.challenge.replace('rOpr', 'xxxx')],
    ['no nonce of its own', `r=${EXAMPLE.nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
    ['an extension that must be understood', `m=x,${EXAMPLE.challenge}`],
    ['nothing', ''],
  ])('asks with %s', async (_what, challenge) => {
    await expect(login().answer(challenge)).rejects.toThrow(SaslError);
  });
});

test('text passes SASL unchanged, and what is no text is refused', () => {
  expect(decodeSasl(encodeSasl('n,,n=Ελένη'))).toBe('n,,n=Ελένη');
  expect(() => decodeSasl('%%')).toThrow(SaslError);
  expect(() => decodeSasl(btoa('\xff'))).toThrow(SaslError);
});
