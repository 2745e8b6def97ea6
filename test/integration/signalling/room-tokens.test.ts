import { client as xmppClient } from '@xmpp/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { CaughtLog } from '../../support/caught-log.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { KeyServer } from '../../support/tokens/key-server.ts';
import { APP_ID, claims, forgedToken, SECRET, secretToken, TokenIssuer } from '../../support/tokens/token-issuer.ts';
import { until } from '../../support/wait.ts';
import { bodyOf, errorOf, itemOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

const NS_FOCUS = 'http://jitsi.org/protocol/focus';
const now = (): number => Math.floor(Date.now() / 1000);

const log = new CaughtLog();
const { logger } = log;

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start({ jwt: { appId: APP_ID, secret: SECRET }, logger });
});
afterAll(() => server.stop());

const withToken = (token: string): string => `room=standup&token=${encodeURIComponent(token)}`;

function userToken(id: string, changes: Readonly<Record<string, unknown>> = {}, context: object = {}): string {
  return secretToken({ ...changes, context: { user: { id, name: id }, ...context } });
}

async function enter(name: string, room: string, token: string): Promise<XmppTestClient> {
  const client = await server.logIn(name, withToken(token));
  await server.requestConference(client, room);
  await client.join(room);
  return client;
}

/** What the server says to a login with this token, as it stands in the frame. */
async function loginAnswer(token: string | undefined): Promise<string> {
  const client = await server.connect('Eve', token === undefined ? 'room=standup' : withToken(token));
  await client.open(server.domain);
  client.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
  await client.receive('an answer', ({ attrs }) => attrs['xmlns'] === NS.sasl);
  return client.receivedTexts.at(-1) ?? '';
}

const failure = (text: string): string =>
  `<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-allowed/><text>${text}</text></failure>`;

test('with a token one is let in, without one not, as Jitsi’s client reads it', async () => {
  expect(await loginAnswer(secretToken())).toBe('<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>');
  expect(await loginAnswer(undefined)).toBe(failure('token required'));
  expect(await loginAnswer('')).toBe(failure('token required'));
});

test.each([
  ['expired', () => secretToken({ exp: now() - 60 }), /^Not acceptable by exp \(\d+ sec since expired\)$/],
  ['not valid yet', () => secretToken({ nbf: now() + 600 }), /^Not acceptable by nbf$/],
  ['unsigned', () => forgedToken({ alg: 'none' }, claims()), /^Invalid or incorrect alg$/],
  ['signed by somebody else', () => secretToken({}, 'somebody else’s secret'), /^Invalid signature$/],
  ['somebody else’s', () => secretToken({ aud: 'other-app' }), /^Invalid audience \('aud' claim\)$/],
  ['no token', () => 'x', /^bad token format$/],
])('a token that is %s is refused with its reason', async (_what, make, reason) => {
  const [, text = ''] = /<not-allowed\/><text>(.*)<\/text><\/failure>$/.exec(await loginAnswer(make())) ?? [];
  expect(text).toMatch(reason);
});

test('a token of 100 KB does not even get a connection', async () => {
  const status = await new Promise((resolve) => {
    const webSocket = new WebSocket(server.webSocketUrl(withToken('A'.repeat(100_000))), 'xmpp');
    webSocket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    webSocket.once('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    webSocket.once('open', () => resolve('open'));
  });
  expect([431, 'ECONNRESET', 'EPIPE']).toContain(status);
  await expect(server.logIn('Ann', withToken(secretToken()))).resolves.toBeDefined();
});

describe('who one is', () => {
  test('stands in every presence of the session, whatever the client says itself', async () => {
    const room = server.freshRoom();
    const user = { id: 'a-7', name: 'Ann <Admin>', email: 'ann@acme.example', avatar: 'https://a.example/7.png' };
    const ann = await server.logIn('Ann', withToken(secretToken({ context: { user, group: 'staff' } })));
    const bob = await enter('Bob', room, userToken('bob'));
    const forged = xml('identity', {}, xml('user', {}, xml('id', {}, 'root'), xml('name', {}, 'The Boss')));
    const self = await ann.join(room, xml('x', { xmlns: NS.muc }), forged, xml('other', {}, forged));
    const identity =
      '<identity><user><id>a-7</id><name>Ann &lt;Admin&gt;</name><email>ann@acme.example</email>' +
      '<avatar>https://a.example/7.png</avatar></user><group>staff</group></identity>';
    const check = (presence: XmlElement): void => {
      const text = serializeXml(presence);
      expect(text).toContain(identity);
      expect(text.match(/<identity>/g)).toHaveLength(1);
      expect(text).not.toContain('The Boss');
    };
    check(self);
    check(await bob.receivePresence(room, ann.nick));
    ann.send(xml('presence', { xmlns: NS.client, to: `${room}/${ann.nick}` }, forged));
    check(await bob.receivePresence(room, ann.nick));
    const cid = await enter('Cid', room, userToken('cid'));
    check(await cid.receivePresence(room, ann.nick));
  });

  test('is not what a message says', async () => {
    const room = server.freshRoom();
    const ann = await enter('Ann', room, userToken('ann'));
    const forged = xml('identity', {}, xml('user', {}, xml('id', {}, 'root')));
    ann.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: room }, xml('body', {}, 'hi'), forged));
    const message = await ann.receiveMessage('hi', (m) => bodyOf(m) === 'hi');
    expect(serializeXml(message)).not.toContain('identity');
  });
});

describe('who moderates', () => {
  test('a token may say so, and its holder is owner from the first presence on', async () => {
    const room = server.freshRoom();
    const guest = await enter('Bob', room, userToken('bob', { moderator: false }));
    const ann = await server.logIn('Ann', withToken(secretToken({ context: { user: { moderator: true } } })));
    const self = await ann.join(room);
    expect(itemOf(self)).toMatchObject({ affiliation: 'owner', role: 'moderator' });
    expect(itemOf(await guest.receivePresence(room, ann.nick))).toMatchObject({ affiliation: 'owner' });
    const permissions = child(self, 'permissions', NS.jitmeet);
    expect(permissions?.children.map((p) => (typeof p === 'string' ? p : p.attrs))).toContainEqual({
      name: 'recording',
      val: 'true',
    });
  });

  test('a token that says no makes a participant whom the focus must not choose', async () => {
    const room = server.freshRoom();
    const bob = await server.logIn('Bob', withToken(userToken('bob', { moderator: false })));
    await server.requestConference(bob, room);
    const self = await bob.join(room);
    expect(itemOf(self)).toMatchObject({ affiliation: 'none', role: 'participant' });
    expect(child(self, 'permissions', NS.jitmeet)).toBeUndefined();
    const seen = await server.focus.receive('Bob’s presence', ({ attrs }) => attrs['from'] === `${room}/${bob.nick}`);
    expect(child(seen, 'connection', 'urn:parley:connection')?.attrs['elect']).toBe('false');
  });

  test('pretending to be one changes nothing', async () => {
    const room = server.freshRoom();
    const ann = await enter('Ann', room, userToken('ann'));
    const eve = await enter('Eve', room, userToken('eve', { moderator: false }));
    const forged = xml('x', { xmlns: NS.mucUser }, xml('item', { affiliation: 'owner', role: 'moderator' }));
    eve.send(
      xml(
        'presence',
        { xmlns: NS.client, to: `${room}/${eve.nick}` },
        forged,
        xml('permissions', { xmlns: NS.jitmeet }, xml('p', { name: 'recording', val: 'true' })),
        xml('connection', { xmlns: 'urn:parley:connection', elect: 'true' }),
      ),
    );
    await ann.receivePresence(room, eve.nick);
    const seen = await ann.receivePresence(room, eve.nick);
    expect(itemOf(seen)).toMatchObject({ affiliation: 'none', role: 'participant' });
    expect(child(seen, 'permissions')).toBeUndefined();
    expect(child(seen, 'connection')).toBeUndefined();
    const grant = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: eve.bareJid, affiliation: 'owner' }));
    expect(errorOf(await eve.ask('set', room, grant))).toBe('auth/forbidden');
    const kick = xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick: ann.nick, role: 'none' }));
    expect(errorOf(await eve.ask('set', room, kick))).toBe('auth/forbidden');
  });

  test('a moderator whose token names features gets no other permissions, and chat only if it may', async () => {
    const room = server.freshRoom();
    const features = { recording: true, 'send-groupchat': false, 'send-private-message': 'false' };
    const ann = await server.logIn('Ann', withToken(userToken('ann', { moderator: true }, { features })));
    await server.requestConference(ann, room);
    const self = await ann.join(room);
    expect(itemOf(self)['role']).toBe('moderator');
    expect(child(self, 'permissions', NS.jitmeet)).toBeUndefined();
    for (const [type, to] of [
      ['groupchat', room],
      ['chat', `${room}/${ann.nick}`],
    ]) {
      ann.send(xml('message', { xmlns: NS.client, type, to, id: 'm' }, xml('body', {}, 'hi')));
      const refusal = await ann.receiveMessage('a refusal', (m) => m.attrs['type'] === 'error');
      expect(errorOf(refusal)).toBe('auth/forbidden');
    }
  });
});

describe('which room', () => {
  test('a token for one room opens and enters no other, and its holder is told why', async () => {
    const ann = await server.logIn('Ann', withToken(userToken('ann', { room: 'standup' })));
    const elsewhere = server.freshRoom();
    const answer = await ann.ask('set', server.hosts.focus, xml('conference', { xmlns: NS_FOCUS, room: elsewhere }));
    expect(child(answer, 'conference', NS_FOCUS)?.attrs['ready']).toBe('true');
    const refusal = await ann.join(elsewhere);
    expect(errorOf(refusal)).toBe('cancel/not-allowed');
    expect(readStanzaError(refusal)?.text).toBe('Room and token mismatched');
    // Nobody has opened it meanwhile: another one waits for the focus in vain.
    const bob = await server.logIn('Bob', withToken(userToken('bob')));
    bob.sendJoin(elsewhere, bob.nick);
    expect((await bob.drain()).filter(({ name }) => name === 'presence')).toEqual([]);
    expect(statuses(await enterHere(ann, server.room('standup')))).toContain('110');
  });

  async function enterHere(client: XmppTestClient, room: string): Promise<XmlElement> {
    await server.requestConference(client, room);
    return client.join(room);
  }

  test('a token that has run out since the login lets one into no further room', async () => {
    await using strict = await SignallingHarness.start({
      jwt: { appId: APP_ID, secret: SECRET, clockSkewSeconds: 0 },
    });
    const exp = now() + 2;
    const ann = await strict.logIn('Ann', withToken(userToken('ann', { exp })));
    const [first, second] = [strict.freshRoom(), strict.freshRoom()];
    await strict.requestConference(ann, first);
    expect(statuses(await ann.join(first))).toContain('110');
    await until(() => now() > exp, 'the token has run out');
    const refusal = await ann.join(second);
    expect(errorOf(refusal)).toBe('cancel/not-allowed');
    expect(readStanzaError(refusal)?.text).toBe('Not acceptable by exp');
    // Where she is she stays.
    ann.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: first }, xml('body', {}, 'still here')));
    await ann.receiveMessage('her message', (m) => bodyOf(m) === 'still here');
  });

  test('a newer token of the same person in a conference request lets her in; no other one does', async () => {
    await using strict = await SignallingHarness.start({
      jwt: { appId: APP_ID, secret: SECRET, clockSkewSeconds: 0 },
    });
    const exp = now() + 2;
    const ann = await strict.logIn('Ann', withToken(userToken('ann', { exp })));
    await until(() => now() > exp, 'the token has run out');
    const room = strict.freshRoom();
    const show = (token: string): Promise<XmlElement> =>
      ann.ask('set', strict.hosts.focus, xml('conference', { xmlns: NS_FOCUS, room, token }));
    for (const token of [
      userToken('eve'),
      userToken('ann', { exp }),
      forgedToken({ alg: 'none' }, claims({ context: { user: { id: 'ann' } } })),
      'nonsense',
    ]) {
      await show(token);
      expect(readStanzaError(await ann.join(room))?.text).toBe('Not acceptable by exp');
    }
    await show(userToken('ann'));
    expect(statuses(await ann.join(room))).toContain('110');
    await show(userToken('ann', { exp }));
    expect(statuses(await enterAnother(strict, ann))).toContain('110');
  });

  async function enterAnother(strict: SignallingHarness, client: XmppTestClient): Promise<XmlElement> {
    const room = strict.freshRoom();
    await strict.requestConference(client, room);
    return client.join(room);
  }
});

describe('resuming', () => {
  async function enterResumably(room: string, token: string): Promise<{ client: XmppTestClient; id: string }> {
    const client = await server.logIn('Ann', withToken(token));
    client.send(xml('enable', { xmlns: NS.sm, resume: 'true' }));
    const { attrs } = await client.receive('<enabled/>', ({ name }) => name === 'enabled');
    await server.requestConference(client, room);
    await client.join(room);
    await client.drop();
    return { client, id: attrs['id'] ?? '' };
  }

  async function resume(id: string, token: string): Promise<{ client: XmppTestClient; answer: XmlElement }> {
    const client = await server.connect('Ann again', `${withToken(token)}&previd=${id}`);
    await client.authenticate(server.domain);
    client.send(xml('resume', { xmlns: NS.sm, h: 0, previd: id }));
    const answer = await client.receive('an answer', ({ name }) => name === 'resumed' || name === 'failed');
    return { client, answer };
  }

  test('works with the same person’s newer token, and others see what it says of her now', async () => {
    const room = server.freshRoom();
    const bob = await enter('Bob', room, userToken('bob'));
    const { client, id } = await enterResumably(room, userToken('ann'));
    await bob.receivePresence(room, client.nick);
    const newer = secretToken({ exp: now() + 900, context: { user: { id: 'ann', name: 'Ann B.' } } });
    expect((await resume(id, newer)).answer.name).toBe('resumed');
    const seen = await bob.receivePresence(room, client.nick);
    expect(childText(child(child(seen, 'identity')!, 'user')!, 'name')).toBe('Ann B.');
  });

  test('with an equal token nobody notices', async () => {
    const room = server.freshRoom();
    const bob = await enter('Bob', room, userToken('bob'));
    const { client, id } = await enterResumably(room, userToken('ann'));
    await bob.receivePresence(room, client.nick);
    await bob.drain();
    expect((await resume(id, userToken('ann', { exp: now() + 900 }))).answer.name).toBe('resumed');
    expect((await bob.drain()).filter(({ name }) => name === 'presence')).toEqual([]);
  });

  test.each([
    ['somebody else’s token', () => userToken('eve')],
    ['a token for another room', () => userToken('ann', { room: 'elsewhere' })],
  ])('with %s the session cannot be had, and stays its owner’s', async (_what, make) => {
    const room = server.freshRoom();
    const { id } = await enterResumably(room, userToken('ann'));
    const { answer } = await resume(id, make());
    expect(serializeXml(answer)).toBe(
      '<failed xmlns="urn:xmpp:sm:3"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>',
    );
    expect((await resume(id, userToken('ann'))).answer.name).toBe('resumed');
  });

  test('with a token that has run out one does not get as far as resuming', async () => {
    expect(await loginAnswer(userToken('ann', { exp: now() - 60 }))).toContain('Not acceptable by exp');
  });
});

test('a foreign client logs in with its token, and is told when it has none', async () => {
  const ann = xmppClient({ service: server.webSocketUrl(withToken(userToken('ann'))), domain: server.domain });
  await expect(ann.start()).resolves.toBeDefined();
  await ann.stop();
  const eve = xmppClient({ service: server.webSocketUrl(), domain: server.domain });
  eve.on('error', () => {
    // What matters is how start() ends.
  });
  eve.reconnect.stop();
  await expect(eve.start()).rejects.toMatchObject({ condition: 'not-allowed' });
  await eve.stop();
});

describe('keys from a key server', () => {
  const rsa = new TokenIssuer('RS256', 'rsa-1');

  test('let RS256 in by their names; a server that is down lets nobody in, and says so', async () => {
    await using keys = await KeyServer.start();
    await using remote = await SignallingHarness.start({
      jwt: { appId: APP_ID, jwksUrl: `${keys.origin}/jwks.json`, insecureKeyServer: true },
    });
    keys.answer('', 503);
    const early = await remote.connect('Early', withToken(rsa.token()));
    await early.open(remote.domain);
    early.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
    await early.receive('a failure', ({ name }) => name === 'failure');
    expect(early.receivedTexts.at(-1)).toBe(failure('could not obtain public key'));
  });

  test('a redirect to a private address is not followed', async () => {
    await using inner = await KeyServer.start();
    await using keys = await KeyServer.start();
    inner.answer(JSON.stringify({ keys: [rsa.jwk] }));
    keys.answer('', 302, { location: `${inner.origin}/jwks.json` });
    await using remote = await SignallingHarness.start({
      jwt: { appId: APP_ID, jwksUrl: `${keys.origin}/jwks.json`, insecureKeyServer: true },
    });
    const eve = await remote.connect('Eve', withToken(rsa.token()));
    await eve.open(remote.domain);
    eve.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
    await eve.receive('a failure', ({ name }) => name === 'failure');
    expect(inner.requests).toEqual([]);
    keys.answer(JSON.stringify({ keys: [rsa.jwk] }));
    expect(keys.requests).toEqual(['/jwks.json']);
  });

  test('a key server that answers lets in', async () => {
    await using keys = await KeyServer.start();
    keys.answer(JSON.stringify({ keys: [rsa.jwk] }));
    await using remote = await SignallingHarness.start({
      jwt: { appId: APP_ID, jwksUrl: `${keys.origin}/jwks.json`, insecureKeyServer: true },
    });
    await expect(remote.logIn('Ann', withToken(rsa.token()))).resolves.toBeDefined();
    await expect(remote.logIn('Bob', withToken(rsa.token({ sub: 'x' })))).resolves.toBeDefined();
    expect(keys.requests).toEqual(['/jwks.json']);
  });
});

test('no token of all these has reached the log', () => {
  expect(log.text.length).toBeGreaterThan(1_000);
  expect(log.text).not.toMatch(/ey[\w-]{10,}/);
  expect(log.text).not.toContain('token=');
});
