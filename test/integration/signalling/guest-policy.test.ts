import { client as xmppClient, type XmppClient } from '@xmpp/client';
import { describe, expect, test } from 'vitest';
import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { SignallingHarness, type SignallingOptions } from '../../support/signalling-harness.ts';
import { APP_ID, SECRET, secretToken } from '../../support/tokens/token-issuer.ts';
import { errorOf, itemOf, NS, statuses, XmppTestClient } from '../../support/xmpp-test-client.ts';

const NS_FOCUS = 'http://jitsi.org/protocol/focus';

/** A server with two accounts. */
async function start(options: SignallingOptions = {}): Promise<SignallingHarness> {
  const server = await SignallingHarness.start(options);
  await server.accounts.add('ann', 'secret');
  await server.accounts.add('bob', 'hidden');
  return server;
}

function guestOf(server: SignallingHarness): Promise<XmppTestClient> {
  return XmppTestClient.logIn('Guest', server.webSocketUrl(), server.hosts.guest);
}

/** Asks for a conference as Jitsi's client does (wire note §3.1). */
function request(
  server: SignallingHarness,
  client: XmppTestClient,
  room: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<XmlElement> {
  const conference = xml('conference', { xmlns: NS_FOCUS, room, 'machine-uid': 'browser-1', ...attributes });
  return client.ask('set', server.hosts.focus, conference);
}

const isReady = (answer: XmlElement): boolean => child(answer, 'conference', NS_FOCUS)?.attrs['ready'] === 'true';

/** What signalling tells the focus of who asks. */
async function requesterAtFocus(server: SignallingHarness, room: string): Promise<Readonly<Record<string, string>>> {
  const iq = await server.focus.receive('the request', (stanza) => {
    return child(stanza, 'conference', NS_FOCUS)?.attrs['room'] === room;
  });
  const found = childElements(child(iq, 'conference', NS_FOCUS)!, 'requester', 'urn:parley:requester');
  expect(found).toHaveLength(1);
  return found[0]!.attrs;
}

describe('accounts', () => {
  async function logInForeign(server: SignallingHarness, password: string): Promise<XmppClient> {
    const { hosts } = server;
    const options = {
      service: server.webSocketUrl(),
      domain: hosts.auth,
      username: 'ann',
      password,
      resource: 'laptop',
    };
    const client = xmppClient(options);
    client.on('error', () => {
      // How start() ends is what tests look at.
    });
    client.reconnect.stop();
    await client.start();
    return client;
  }

  test('a foreign client logs in with name and password, also a second one with the same resource', async () => {
    await using server = await start();
    const first = await logInForeign(server, 'secret');
    expect(first.jid.toString()).toBe('ann@auth.meet.example/laptop');
    const second = await logInForeign(server, 'secret');
    expect(second.jid.toString()).toMatch(/^ann@auth\.meet\.example\/(?!laptop)/);
    await first.stop();
    await second.stop();
    await expect(logInForeign(server, 'wrong')).rejects.toMatchObject({ condition: 'not-authorized' });
  });

  test('PLAIN is refused where the way is not encrypted', async () => {
    await using server = await start();
    const ann = await server.connect('Ann');
    await ann.open(server.hosts.auth);
    ann.send(xml('auth', { xmlns: NS.sasl, mechanism: 'PLAIN' }, Buffer.from('\0ann\0secret').toString('base64')));
    const failure = await ann.receive('a failure', ({ name }) => name === 'failure');
    expect(serializeXml(failure)).toBe(`<failure xmlns="${NS.sasl}"><invalid-mechanism/></failure>`);
  });

  test('an exchange can be given up; wrong answers are counted, and the third one ends the stream', async () => {
    await using server = await start();
    const eve = await server.connect('Eve');
    await eve.open(server.hosts.auth);
    const tryWith = async (answer: XmlElement): Promise<string> => {
      eve.send(xml('auth', { xmlns: NS.sasl, mechanism: 'SCRAM-SHA-1' }));
      await eve.receive('an empty challenge', ({ name }) => name === 'challenge');
      eve.send(answer);
      return serializeXml(await eve.receive('a failure', ({ name }) => name === 'failure'));
    };
    expect(await tryWith(xml('abort', { xmlns: NS.sasl }))).toContain('<aborted/>');
    expect(await tryWith(xml('response', { xmlns: NS.sasl }, '*'))).toContain('<incorrect-encoding/>');
    expect(await tryWith(xml('response', { xmlns: NS.sasl }, 'AAAA'))).toContain('<malformed-request/>');
    expect(await eve.receiveStreamError()).toBe('policy-violation');
  });

  test('the endpoint id is the client’s own choice, but nobody else’s', async () => {
    await using server = await start();
    const room = server.room();
    const inside = await server.logInAndJoin('Inside', room);
    const outside = await server.logIn('Outside');
    const ann = await server.logInAs('ann', 'secret');
    expect(errorOf(await ann.joinAs(room, inside.nick))).toBe('cancel/conflict');
    expect(errorOf(await ann.joinAs(room, outside.nick))).toBe('cancel/conflict');
    expect(errorOf(await ann.joinAs(room, 'focus'))).toBe('auth/forbidden');
    expect(errorOf(await ann.joinAs(room, 'Ann'))).toBe('modify/not-acceptable');
    const self = await ann.joinAs(room, '0a1b2c3d');
    expect(statuses(self)).toContain('110');
    expect(itemOf(self)).toMatchObject({ affiliation: 'owner', jid: ann.jid });
    const seen = await inside.receivePresence(room, '0a1b2c3d');
    expect(serializeXml(child(seen, 'identity')!)).toBe(
      '<identity><user><id>ann</id><name>ann</name></user></identity>',
    );
  });

  test('a session can be resumed by the same account only', async () => {
    await using server = await start();
    const ann = await server.logInAs('ann', 'secret');
    ann.send(xml('enable', { xmlns: NS.sm, resume: 'true' }));
    const { attrs } = await ann.receive('<enabled/>', ({ name }) => name === 'enabled');
    await ann.drop();
    const resume = async (username: string, password: string): Promise<string> => {
      const client = await server.connect(username);
      await client.authenticateAs(server.hosts.auth, username, password);
      client.send(xml('resume', { xmlns: NS.sm, h: 0, previd: attrs['id'] }));
      return (await client.receive('an answer', ({ name }) => name === 'resumed' || name === 'failed')).name;
    };
    expect(await resume('bob', 'hidden')).toBe('failed');
    expect(await resume('ann', 'secret')).toBe('resumed');
  });
});

describe('guests wait for a member', () => {
  test('they are told to wait or log in until a member has opened the room', async () => {
    await using server = await start({ auth: { policy: 'wait' } });
    const room = server.room();
    const guest = await guestOf(server);
    const refusal = await request(server, guest, room);
    expect(errorOf(refusal)).toBe('auth/not-authorized');
    expect(refusal.attrs['from']).toBe(server.hosts.focus);
    const ann = await server.logInAs('ann', 'secret');
    expect(isReady(await request(server, ann, room))).toBe(true);
    expect(isReady(await request(server, guest, room))).toBe(true);
    expect(itemOf(await guest.join(room))).toMatchObject({ affiliation: 'none', role: 'participant' });
    const seen = await server.focus.receive('the guest', ({ attrs }) => attrs['from'] === `${room}/${guest.nick}`);
    expect(child(seen, 'connection', 'urn:parley:connection')?.attrs['elect']).toBe('false');
  });

  test('a guest that joins without asking waits for the focus like all, and in vain', async () => {
    await using server = await start({ auth: { policy: 'wait' }, muc: { focusWaitSeconds: 1 } });
    const guest = await guestOf(server);
    const refusal = await guest.join(server.room());
    expect(errorOf(refusal)).toBe('cancel/not-allowed');
    expect(childText(child(refusal, 'error')!, 'text')).toBe('Room creation is restricted');
  });

  test('a host logs in on a second connection; with its session the guest connection is the host’s', async () => {
    await using server = await start({ auth: { policy: 'wait' } });
    const room = server.room();
    const host = await server.logInAs('ann', 'secret');
    await request(server, host, room);
    const asked = await requesterAtFocus(server, room);
    expect(asked).toMatchObject({ authentication: 'true', identity: 'ann' });
    const sessionId = asked['session-id'] ?? '';
    await host.close();

    const watcher = await server.logInAndJoin('Watcher', room);
    const guest = await guestOf(server);
    await guest.join(room);
    await watcher.receivePresence(room, guest.nick);
    expect(isReady(await request(server, guest, room, { 'session-id': sessionId }))).toBe(true);
    expect(await requesterAtFocus(server, room)).toBeDefined();
    // She is in the room already: there she becomes moderator, by the name of her account.
    const seen = await watcher.receivePresence(room, guest.nick);
    expect(itemOf(seen)).toMatchObject({ affiliation: 'owner', role: 'moderator' });
    expect(serializeXml(child(seen, 'identity')!)).toContain('<id>ann</id>');
    const other = server.room('other');
    expect(isReady(await request(server, guest, other))).toBe(true);
  });

  test('a session counts for its browser only, and until the host logs out', async () => {
    await using server = await start({ auth: { policy: 'wait' } });
    const host = await server.logInAs('ann', 'secret');
    await request(server, host, server.room());
    const sessionId = (await requesterAtFocus(server, server.room()))['session-id'] ?? '';
    const guest = await guestOf(server);
    const isInvalid = (answer: XmlElement): boolean =>
      errorOf(answer) === 'cancel/not-acceptable' &&
      child(child(answer, 'error')!, 'session-invalid', NS_FOCUS) !== undefined;
    const other = server.room('other');
    for (const attributes of [{ 'session-id': 'guessed' }, { 'session-id': sessionId, 'machine-uid': 'browser-2' }]) {
      expect(isInvalid(await request(server, guest, other, attributes))).toBe(true);
    }
    const logout = await guest.ask(
      'set',
      server.hosts.focus,
      xml('logout', { xmlns: NS_FOCUS, 'session-id': sessionId }),
    );
    expect(logout.attrs['type']).toBe('result');
    expect(isInvalid(await request(server, guest, other, { 'session-id': sessionId }))).toBe(true);
  });

  test('what a client says itself of who it is does not reach the focus', async () => {
    await using server = await start();
    const room = server.room();
    const eve = await server.logIn('Eve');
    const forged = xml('requester', { xmlns: 'urn:parley:requester', authentication: 'true', identity: 'ann' });
    await eve.ask('set', server.hosts.focus, xml('conference', { xmlns: NS_FOCUS, room }, forged, forged));
    expect(await requesterAtFocus(server, room)).toEqual({ xmlns: 'urn:parley:requester', authentication: 'false' });
  });
});

describe('members only', () => {
  const failure = (reason: string): string =>
    `<failure xmlns="${NS.sasl}"><not-allowed/><text>${reason}</text></failure>`;

  async function guestFailure(server: SignallingHarness): Promise<string> {
    const guest = await server.connect('Guest');
    await guest.open(server.domain);
    guest.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
    return serializeXml(await guest.receive('a failure', ({ name }) => name === 'failure'));
  }

  test('guests are asked to log in, so that Jitsi’s client asks for name and password; accounts come in', async () => {
    await using server = await start({ auth: { policy: 'members' } });
    expect(await guestFailure(server)).toBe(failure('login required'));
    const ann = await server.logInAs('ann', 'secret');
    await request(server, ann, server.room());
    expect(itemOf(await ann.joinAs(server.room(), '0a1b2c3d'))['role']).toBe('moderator');
  });

  test('with tokens set up they need one; accounts still come in', async () => {
    await using server = await start({ jwt: { appId: APP_ID, secret: SECRET } });
    expect(await guestFailure(server)).toBe(failure('token required'));
    await expect(server.logIn('Ann', `token=${secretToken()}`)).resolves.toBeDefined();
    await expect(server.logInAs('ann', 'secret')).resolves.toBeDefined();
  });
});

describe('open', () => {
  test('guests open rooms, and the focus may choose them; tokens are welcome where they are set up', async () => {
    await using server = await start({ auth: { policy: 'open' }, jwt: { appId: APP_ID, secret: SECRET } });
    const room = server.room();
    const guest = await server.logInAndJoin('Guest', room);
    const seen = await server.focus.receive('the guest', ({ attrs }) => attrs['from'] === `${room}/${guest.nick}`);
    expect(child(seen, 'connection', 'urn:parley:connection')?.attrs['elect']).toBeUndefined();
    const ann = await server.logIn('Ann', `token=${secretToken({ context: { user: { name: 'Ann' } } })}`);
    expect(itemOf(await ann.join(room))['role']).toBe('moderator');
  });

  test('a token where none are set up makes a guest', async () => {
    await using server = await start();
    const ann = await server.logIn('Ann', 'token=whatever');
    expect(ann.jid).toContain('@meet.example/');
  });
});
