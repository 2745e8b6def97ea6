import { describe, expect, test } from 'vitest';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { KeyServer } from '../../support/tokens/key-server.ts';
import { APP_ID, claims, forgedToken, SECRET, secretToken, TokenIssuer } from '../../support/tokens/token-issuer.ts';
import { errorOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

/** What somebody tries who wants in without a good token, or further in than it goes (issue 4, "Bad input"). */
const NS_FOCUS = 'http://jitsi.org/protocol/focus';
const byApp = { appId: APP_ID, secret: SECRET };
const rsa = new TokenIssuer('RS256', 'rsa-1');
const now = (): number => Math.floor(Date.now() / 1000);

async function loginAnswer(server: SignallingHarness, query: string): Promise<string> {
  const client = await server.connect('Eve', query);
  await client.open(server.domain);
  client.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
  // Longer than the server waits for keys.
  return serializeXml(await client.receive('an answer', ({ attrs }) => attrs['xmlns'] === NS.sasl, 15_000));
}

const withToken = (token: string): string => `room=standup&token=${encodeURIComponent(token)}`;

function openMeeting(server: SignallingHarness, client: XmppTestClient, token: string): Promise<XmlElement> {
  const conference = { xmlns: NS_FOCUS, room: server.freshRoom(), 'machine-uid': 'browser-1', token };
  return client.ask('set', server.hosts.focus, xml('conference', conference));
}

describe('a token that', () => {
  test.each(['none', 'None', 'NONE', 'nOnE', '', 'HS256 ', 'hs256', 'HS384', 'PS256', 'EdDSA'])(
    'names “%s” as its algorithm is refused, with a signature and without',
    async (alg) => {
      await using server = await SignallingHarness.start({ jwt: byApp });
      for (const key of [undefined, '', SECRET]) {
        expect(await loginAnswer(server, withToken(forgedToken({ alg }, claims(), key)))).toContain('<not-allowed/>');
      }
    },
  );

  test('brings its own key, or says where that is, is judged by ours, and nobody fetches anything', async () => {
    await using ours = await KeyServer.start();
    await using theirs = await KeyServer.start();
    const eve = new TokenIssuer('RS256', 'rsa-1');
    ours.answer(JSON.stringify({ keys: [rsa.jwk] }));
    theirs.answer(JSON.stringify({ keys: [eve.jwk] }));
    const jwt = { appId: APP_ID, jwksUrl: `${ours.origin}/jwks.json`, insecureKeyServer: true };
    await using server = await SignallingHarness.start({ jwt });
    const url = `${theirs.origin}/jwks.json`;
    for (const header of [{ jku: url }, { x5u: url }, { jwk: eve.jwk }, { jku: url, kid: url }, { kid: '../rsa-1' }]) {
      expect(await loginAnswer(server, withToken(eve.token({}, header)))).toContain('<not-allowed/>');
    }
    expect(theirs.requests).toEqual([]);
    expect(new Set(ours.requests)).toEqual(new Set(['/jwks.json']));
    expect(await loginAnswer(server, withToken(rsa.token()))).toContain('<success');
  });

  test('takes the public key for a shared secret is refused where both ways are open', async () => {
    await using keys = await KeyServer.start();
    keys.answer(JSON.stringify({ keys: [rsa.jwk] }));
    const jwt = { ...byApp, jwksUrl: `${keys.origin}/jwks.json`, insecureKeyServer: true };
    await using server = await SignallingHarness.start({ jwt });
    for (const secret of [rsa.pem, rsa.pem.trim(), JSON.stringify(rsa.jwk), '']) {
      const token = forgedToken({ alg: 'HS256', kid: 'rsa-1' }, claims(), secret);
      expect(await loginAnswer(server, withToken(token))).toContain('Invalid signature');
    }
  });

  test('is one of two counts alone if it comes first', async () => {
    await using server = await SignallingHarness.start({ jwt: byApp });
    const bad = secretToken({ exp: now() - 60 });
    expect(await loginAnswer(server, `${withToken(bad)}&token=${secretToken()}`)).toContain('Not acceptable by exp');
  });

  test('is bad makes nobody a guest, where guests may come, too', async () => {
    for (const policy of ['open', 'wait'] as const) {
      await using server = await SignallingHarness.start({ auth: { policy }, jwt: byApp });
      expect(await loginAnswer(server, withToken(secretToken({ exp: now() - 60 })))).toContain('Not acceptable by exp');
      expect(await loginAnswer(server, 'room=standup')).toContain('<success');
    }
  });
});

describe('a token in a conference request', () => {
  test('opens nothing for who has not logged in with it', async () => {
    await using server = await SignallingHarness.start({ auth: { policy: 'wait' }, jwt: byApp });
    const guest = await server.logIn('Gus');
    const token = secretToken({ context: { user: { id: 'ann', moderator: true } } });
    expect(errorOf(await openMeeting(server, guest, token))).toBe('auth/not-authorized');
  });

  test('of 100 KB, or with what no token contains, is an error and no more', async () => {
    await using server = await SignallingHarness.start({ auth: { policy: 'wait' }, jwt: byApp });
    const ann = await server.logIn('Ann', withToken(secretToken()));
    expect(errorOf(await openMeeting(server, ann, 'A'.repeat(100_000)))).toBe('modify/bad-request');
    expect(errorOf(await openMeeting(server, ann, 'a b\n'))).toBe('modify/bad-request');
    const answer = await openMeeting(server, ann, 'no.token.here');
    expect(child(answer, 'conference', NS_FOCUS)?.attrs['ready']).toBe('true');
  });
});

test('a key server that does not answer holds up nobody but those who need it', { timeout: 30_000 }, async () => {
  await using keys = await KeyServer.start();
  keys.handler = () => undefined;
  const jwt = { ...byApp, jwksUrl: `${keys.origin}/jwks.json`, insecureKeyServer: true };
  await using server = await SignallingHarness.start({ jwt });
  const slow = loginAnswer(server, withToken(rsa.token()));
  expect(await loginAnswer(server, withToken(secretToken()))).toContain('<success');
  expect(await slow).toContain('could not obtain public key');
});

test('beside a provider’s members, who has the application’s secret cannot pass for one of them', async () => {
  const oidc = { issuer: 'https://login.invalid', clientId: 'parley' };
  await using server = await SignallingHarness.start({ jwt: byApp, oidc });
  const own = { iss: 'parley', aud: server.domain };
  expect(await loginAnswer(server, withToken(secretToken(own)))).toContain('Invalid issuer');
  expect(await loginAnswer(server, withToken(forgedToken({ alg: 'none' }, claims(own))))).toContain('<not-allowed/>');
  expect(await loginAnswer(server, withToken(secretToken()))).toContain('<success');
  // Nor does a token with our key that is for another domain.
  const other = forgedToken({ alg: 'HS256' }, claims({ ...own, aud: 'other.example' }), 'x'.repeat(32));
  expect(await loginAnswer(server, withToken(other))).toContain('Invalid audience');
});
