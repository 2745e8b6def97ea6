import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  APP_ID,
  claims,
  forgedToken,
  SECRET,
  secretToken,
  TokenIssuer,
} from '../../../test/support/tokens/token-issuer.ts';
import { KeyServerError, type KeySource } from './key-source.ts';
import { TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts';

const rsa = new TokenIssuer('RS256', 'rsa-1');
const ec = new TokenIssuer('ES256', 'ec-1');
const stranger = new TokenIssuer('RS256', 'rsa-1');
const now = (): number => Math.floor(Date.now() / 1000);

/** Keys that are simply there. */
const keys: KeySource = {
  needsKid: true,
  start: () => Promise.resolve(),
  find: (kid) => Promise.resolve([rsa, ec].find((issuer) => issuer.kid === kid)?.publicKey),
};

function verifier(changes: Partial<TokenVerifierOptions> = {}): TokenVerifier {
  return new TokenVerifier({
    secret: SECRET,
    keys,
    issuers: [APP_ID],
    audiences: [APP_ID],
    isRoomRequired: true,
    clockSkewSeconds: 10,
    nowSeconds: now,
    ...changes,
  });
}

async function reason(token: string, changes: Partial<TokenVerifierOptions> = {}): Promise<string> {
  const outcome = await verifier(changes).verify(token);
  return outcome.isValid ? 'valid' : outcome.reason;
}

test('a full token becomes who its holder is', async () => {
  const token = secretToken({
    room: 'StandUp',
    sub: 'Acme',
    context: {
      user: {
        id: 7,
        name: 'Ann & Co',
        email: 'ann@acme.example',
        avatar: 'https://a.example/1.png',
        moderator: 'true',
      },
      group: 'staff',
      features: { recording: true, 'outbound-call': 'true', livestreaming: false },
    },
  });
  const outcome = await verifier().verify(token);
  expect(outcome).toMatchObject({
    isValid: true,
    token: {
      room: 'standup',
      tenant: 'acme',
      person: { id: '7', name: 'Ann & Co', email: 'ann@acme.example', avatar: 'https://a.example/1.png' },
      group: 'staff',
      isModerator: true,
      features: new Map([
        ['recording', true],
        ['outbound-call', true],
        ['livestreaming', false],
      ]),
    },
  });
});

test.each([
  ['HS256', secretToken()],
  ['RS256', rsa.token()],
  ['ES256', ec.token()],
])('%s is accepted', async (_alg, token) => {
  expect(await reason(token)).toBe('valid');
});

describe('refused, in the words that Jitsi’s clients know:', () => {
  test.each<[string, string, string, Partial<TokenVerifierOptions>?]>([
    ['no token at all', 'hello', 'bad token format'],
    ['a header that is no JSON', 'aGVsbG8.e30.c2ln', 'bad token format'],
    ['100 KB', `${secretToken()}${'A'.repeat(100_000)}`, 'bad token format'],
    ['alg none', forgedToken({ alg: 'none' }, claims()), 'Invalid or incorrect alg'],
    ['alg none with a signature', forgedToken({ alg: 'none' }, claims(), SECRET), 'Invalid or incorrect alg'],
    ['alg HS512', forgedToken({ alg: 'HS512' }, claims(), SECRET), 'Invalid or incorrect alg'],
    ['HS256 where no secret is set', secretToken(), 'Invalid or incorrect alg', { secret: undefined }],
    ['RS256 where no keys are set', rsa.token(), 'Invalid or incorrect alg', { keys: undefined }],
    ['another secret', secretToken({}, 'some other secret of somebody'), 'Invalid signature'],
    ['another’s key under a known name', stranger.token(), 'Invalid signature'],
    [
      'a public key taken for a secret',
      forgedToken({ alg: 'HS256', kid: 'rsa-1' }, claims(), rsa.pem),
      'Invalid signature',
    ],
    ['an unknown key', rsa.token({}, { kid: 'rsa-2' }), 'could not obtain public key'],
    ['no kid', rsa.token({}, { kid: undefined }), "'kid' claim is missing"],
    ['not valid yet', secretToken({ nbf: now() + 100 }), 'Not acceptable by nbf'],
    ['an exp that is no time', forgedToken({ alg: 'HS256' }, claims({ exp: 'soon' }), SECRET), 'Invalid token'],
    ['a room that is no text', secretToken({ room: 5 }), 'Invalid token'],
    ['no iss', secretToken({ iss: undefined }), "'iss' claim is missing"],
    ['another iss', secretToken({ iss: 'other' }), "Invalid issuer ('iss' claim)"],
    ['no aud', secretToken({ aud: undefined }), "'aud' claim is missing"],
    ['another aud', secretToken({ aud: ['a', 'b'] }), "Invalid audience ('aud' claim)"],
    ['no room', secretToken({ room: undefined }), "'room' claim is missing"],
    ['claims that are no object', forgedToken({ alg: 'HS256' }, 'text', SECRET), 'Invalid token'],
  ])('%s', async (_what, token, expected, changes) => {
    expect(await reason(token, changes)).toBe(expected);
  });

  test('expired, and since when', async () => {
    const reasoned = await reason(secretToken({ exp: now() - 100 }));
    expect(reasoned).toMatch(/^Not acceptable by exp \(1\d\d sec since expired\)$/);
  });

  test('a key server that does not answer', async () => {
    const find = () => Promise.reject(new KeyServerError('timeout', 'no answer'));
    expect(await reason(rsa.token(), { keys: { ...keys, find } })).toBe('could not obtain public key');
  });
});

test.each<[string, Record<string, unknown>, Partial<TokenVerifierOptions>]>([
  ['any issuer and audience', { iss: 'x', aud: 'y' }, { issuers: ['*'], audiences: ['*'] }],
  ['one of several audiences', { aud: ['y', APP_ID] }, {}],
  ['no room where none is required', { room: undefined }, { isRoomRequired: false }],
  ['a clock that is a little late', { nbf: now() + 5, exp: now() + 100 }, {}],
  ['a clock that is a little early', { exp: now() - 5 }, {}],
])('accepted: %s', async (_what, changes, rules) => {
  expect(await reason(secretToken(changes), rules)).toBe('valid');
});

test('decoration that cannot be shown is left out', async () => {
  const user = {
    id: 'a'.repeat(1000),
    name: 'Ann\u0000',
    email: ['x'],
    avatar: 'a'.repeat(2100),
    moderator: 'perhaps',
  };
  const outcome = await verifier().verify(secretToken({ context: { user, group: {}, features: 'all' } }));
  expect(outcome).toMatchObject({
    isValid: true,
    token: { person: {}, group: undefined, isModerator: undefined, features: undefined },
  });
});

test.each([
  [{ moderator: true }, true],
  [{ moderator: true, context: { user: { moderator: false } } }, false],
  [{ context: { user: { affiliation: 'owner' } } }, true],
  [{ context: { user: { affiliation: 'member' } } }, false],
  [{}, undefined],
])('%o says about moderating: %s', async (changes, expected) => {
  const outcome = await verifier().verify(secretToken(changes));
  expect(outcome.isValid && outcome.token.isModerator).toBe(expected);
});

test('a renewed token is the same person’s, another one’s is not', async () => {
  const subjectOf = async (user: object): Promise<string | undefined> => {
    const outcome = await verifier().verify(
      secretToken({ exp: now() + Math.ceil(Math.random() * 500), context: { user } }),
    );
    return outcome.isValid ? outcome.token.subject : undefined;
  };
  expect(await subjectOf({ id: '7', name: 'Ann' })).toBe(await subjectOf({ id: '7', name: 'Ann B.' }));
  expect(await subjectOf({ id: '7', name: 'Ann' })).not.toBe(await subjectOf({ id: '8', name: 'Ann' }));
});

test('no text and no claims make the verifier throw', async () => {
  const part = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  );
  const anyToken = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 4 }).map((parts) => parts.join('.')),
    fc
      .tuple(fc.object(), fc.jsonValue())
      .map(([header, body]) => forgedToken({ alg: 'HS256', ...header }, body, SECRET)),
    fc.jsonValue().map((body) => forgedToken({ alg: 'HS256' }, body, SECRET)),
  );
  await fc.assert(
    fc.asyncProperty(anyToken, async (token) => {
      expect(typeof (await reason(token))).toBe('string');
    }),
  );
});
