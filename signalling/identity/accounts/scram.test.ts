import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeClientFinal, readClientFirst, scramCredentials, serverFirst, type ScramHash } from './scram.ts';

const vectors: readonly {
  name: string;
  hash: ScramHash;
  clientNonce: string;
  serverNonce: string;
  salt: string;
  proof: string;
  signature: string;
}[] = [
  {
    name: 'RFC 5802 §5',
    hash: 'sha1',
    clientNonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverNonce: '3rfcNHYJY1ZVvWVs7j',
    salt: 'QSXCR+Q6sek8bf92',
    proof: 'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    signature: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    name: 'RFC 7677 §3',
    hash: 'sha256',
    clientNonce: 'rOprNGfwEbeRWgbNEkqO',
    serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
];

describe.each(vectors)('the exchange of $name', ({ hash, clientNonce, serverNonce, salt, proof, signature }) => {
  const nonce = clientNonce + serverNonce;
  const first = readClientFirst(`n,,n=user,r=${clientNonce}`)!;
  const finish = async (message: string): Promise<string | undefined> => {
    const credentials = await scramCredentials('pencil', hash, Buffer.from(salt, 'base64'), 4096);
    return judgeClientFinal(message, hash, { first, nonce, serverFirst: serverFirst(nonce, credentials) }, credentials);
  };

  test('is followed word by word', async () => {
    expect(first).toMatchObject({ gs2Header: 'n,,', username: 'user', nonce: clientNonce });
    const credentials = { salt: Buffer.from(salt, 'base64'), iterations: 4096 };
    expect(serverFirst(nonce, credentials)).toBe(`r=${nonce},s=${salt},i=4096`);
    expect(await finish(`c=biws,r=${nonce},p=${proof}`)).toBe(`v=${signature}`);
  });

  test.each([
    ['another proof', `c=biws,r=${nonce},p=${proof.replace(/^./, 'A')}`],
    ['a shorter proof', `c=biws,r=${nonce},p=AAAA`],
    ['an empty proof', `c=biws,r=${nonce},p=`],
    ['only its own nonce', `c=biws,r=${clientNonce},p=${proof}`],
    ['another header than at first', `c=eSws,r=${nonce},p=${proof}`],
    ['nothing', ''],
  ])('does not go on with %s', async (_what, message) => {
    expect(await finish(message)).toBeUndefined();
  });
});

test.each([
  ['n,,n=a=2Cb=3Dc,r=12345678', 'a,b=c', undefined],
  ['y,a=ann@auth.meet.example,n=ann,r=12345678', 'ann', 'ann@auth.meet.example'],
  ['n,,n=ann,r=12345678,x=extension', 'ann', undefined],
])('reads %s', (message, username, authorizationName) => {
  expect(readClientFirst(message)).toMatchObject({ username, authorizationName });
});

test.each([
  '',
  'n,,n=ann',
  'n,,n=,r=12345678',
  'n,,n=ann,r=short',
  'n,,n=a=b,r=12345678',
  'n,a=x=y,n=ann,r=12345678',
  'p=tls-unique,,n=ann,r=12345678',
  'n,,m=must,n=ann,r=12345678',
])('refuses “%s”', (message) => {
  expect(readClientFirst(message)).toBeUndefined();
});

test('no text makes it throw', async () => {
  const credentials = await scramCredentials('pencil', 'sha1', Buffer.from('salt'), 1);
  const first = readClientFirst('n,,n=user,r=12345678')!;
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
      (text) => {
        readClientFirst(text);
        for (const message of [text, `c=biws,r=n,p=${text}`, `c=${text},r=n,p=AAAA`]) {
          expect(
            judgeClientFinal(message, 'sha1', { first, nonce: 'n', serverFirst: '' }, credentials),
          ).toBeUndefined();
        }
      },
    ),
  );
});
