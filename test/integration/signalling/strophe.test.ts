import { $build, $iq, $msg, $pres, Strophe, type Builder, type Connection } from 'strophe.js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import { parseXml, serializeXml } from '#protocol/xmpp/xml.ts';
import { Inbox } from '../../support/inbox.ts';
import { roomConfig } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { APP_ID, SECRET, secretToken } from '../../support/tokens/token-issuer.ts';
import { bodyOf, errorOf, itemOf, NS, statuses } from '../../support/xmpp-test-client.ts';

const NS_FOCUS = 'http://jitsi.org/protocol/focus';
const NS_NICK = 'http://jabber.org/protocol/nick';

/** The server as strophe.js sees it, the library below Jitsi's own client. */
class StropheClient {
  readonly #name: string;
  readonly #connection: Connection;
  readonly #inbox: Inbox<XmlElement>;

  constructor(name: string, url: string) {
    this.#name = name;
    this.#connection = new Strophe.Connection(url);
    this.#inbox = new Inbox(name, serializeXml);
    clients.push(this);
  }

  /** @throws Error with the server's words when it refuses. */
  logIn(jid: string, password = ''): Promise<void> {
    const { Status } = Strophe;
    return new Promise((resolve, reject) => {
      this.#connection.connect(jid, password, (status, condition, element) => {
        if (status === Status.CONNECTED) {
          this.#connection.addHandler((stanza) => this.#received(stanza), null, null, null);
          resolve();
        } else if (status === Status.AUTHFAIL && element !== undefined) {
          reject(new Error(Strophe.serialize(element)));
        } else if (status === Status.CONNFAIL || status === Status.DISCONNECTED) {
          reject(new Error(condition ?? 'no connection'));
        }
      });
    });
  }

  get jid(): string {
    return this.#connection.jid;
  }

  get nick(): string {
    return this.jid.slice(0, 8);
  }

  send(stanza: Builder): void {
    this.#connection.send(stanza);
    this.#connection.flush();
  }

  take(what: string, matches: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    return this.#inbox.take(what, matches);
  }

  /** @returns the result. */
  async ask(to: string, request: Element, type: 'get' | 'set' = 'get'): Promise<XmlElement> {
    const answer = await new Promise<Element | null>((resolve) => {
      this.#connection.sendIQ($iq({ type, to }).cnode(request), resolve, resolve, 10_000);
      this.#connection.flush();
    });
    if (answer === null) throw new Error(`${this.#name} got no answer`);
    return parseXml(Strophe.serialize(answer));
  }

  /** Joins under its endpoint id, without a conference request, and takes the self-presence or the error. */
  enter(room: string, displayName?: string, nick = this.nick): Promise<XmlElement> {
    const presence = $pres({ to: `${room}/${nick}` })
      .c('x', { xmlns: NS.muc })
      .up();
    this.send(displayName === undefined ? presence : presence.c('nick', { xmlns: NS_NICK }).t(displayName));
    return this.take(`self-presence in ${room}`, (stanza) => {
      if (stanza.name !== 'presence' || stanza.attrs['from'] !== `${room}/${nick}`) return false;
      return stanza.attrs['type'] === 'error' || statuses(stanza).includes('110');
    });
  }

  disconnect(): void {
    this.#connection.disconnect();
  }

  #received(stanza: Element): boolean {
    this.#inbox.add(parseXml(Strophe.serialize(stanza)));
    return true;
  }
}

const conference = (room: string): Element =>
  $build('conference', { xmlns: NS_FOCUS, room, 'machine-uid': 'strophe' }).tree();

let server: SignallingHarness;
const clients: StropheClient[] = [];
beforeAll(async () => {
  // It tells the console of each step otherwise.
  Strophe.setLogLevel(Strophe.LogLevel.FATAL);
  server = await SignallingHarness.start();
  await server.accounts.add('ann', 'secret');
});
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});
afterAll(() => server.stop());

async function guest(name: string): Promise<StropheClient> {
  const client = new StropheClient(name, server.webSocketUrl());
  await client.logIn(server.domain);
  return client;
}

test('it logs in without credentials, pings and discovers', async () => {
  const ann = await guest('Ann');
  expect(ann.jid).toMatch(/^[0-9a-f-]{36}@meet\.example\//);
  const pong = await ann.ask(server.domain, $build('ping', { xmlns: 'urn:xmpp:ping' }).tree());
  expect(pong.attrs['type']).toBe('result');
  const info = await ann.ask(server.domain, $build('query', { xmlns: NS.discoInfo }).tree());
  expect(child(child(info, 'query', NS.discoInfo)!, 'identity')?.attrs['category']).toBe('server');
  const roster = await ann.ask(server.domain, $build('query', { xmlns: 'jabber:iq:roster' }).tree());
  expect(readStanzaError(roster)?.condition).toBe('service-unavailable');
});

test('a member logs in with name and password (SCRAM), joins, and is told when the password is wrong', async () => {
  const url = server.webSocketUrl();
  const ann = new StropheClient('Ann', url);
  await ann.logIn(`ann@${server.hosts.auth}`, 'secret');
  expect(ann.jid.startsWith(`ann@${server.hosts.auth}/`)).toBe(true);
  const room = server.freshRoom();
  expect((await ann.ask(server.hosts.focus, conference(room), 'set')).attrs['type']).toBe('result');
  expect(statuses(await ann.enter(room, 'Ann', 'a1b2c3d4'))).toContain('110');
  const eve = new StropheClient('Eve', url);
  await expect(eve.logIn(`ann@${server.hosts.auth}`, 'guessed')).rejects.toThrow('<not-authorized/>');
});

test('two of them meet in a room and talk', async () => {
  const [ann, bob] = [await guest('Ann'), await guest('Bob')];
  const room = server.freshRoom();
  await ann.ask(server.hosts.focus, conference(room), 'set');
  await ann.enter(room, 'Ann');
  await bob.enter(room, 'Bob');
  const seen = await ann.take('Bob’s presence', ({ attrs }) => attrs['from'] === `${room}/${bob.nick}`);
  expect(childText(seen, 'nick')).toBe('Bob');
  expect(itemOf(seen)['jid']).toBe(bob.jid);
  bob.send($msg({ to: room, type: 'groupchat', id: 'm1' }).c('body').t('Γειά & <hello>'));
  for (const client of [ann, bob]) {
    const heard = await client.take('Bob’s message', (stanza) => bodyOf(stanza) !== undefined);
    expect([bodyOf(heard), heard.attrs['from']]).toEqual(['Γειά & <hello>', `${room}/${bob.nick}`]);
  }
  ann.send(
    $msg({ to: `${room}/${bob.nick}`, type: 'chat', id: 'm2' })
      .c('body')
      .t('for you'),
  );
  const heard = await bob.take('Ann’s private message', (stanza) => bodyOf(stanza) === 'for you');
  expect(heard.attrs['type']).toBe('chat');
  bob.send($pres({ to: `${room}/${bob.nick}`, type: 'unavailable' }));
  await ann.take('Bob’s departure', ({ attrs }) => attrs['type'] === 'unavailable');
});

test('it is held by the lobby, and enters when it is let in', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  await server.makeOwner(room, ann);
  await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
  const lobby = room.replace('@muc.', '@lobby.');
  await ann.join(lobby);

  const bob = await guest('Bob');
  const refusal = await bob.enter(room, 'Bob');
  expect(errorOf(refusal)).toBe('auth/registration-required');
  expect(childText(child(refusal, 'error')!, 'lobbyroom')).toBe(lobby);
  expect(statuses(await bob.enter(lobby, 'Bob'))).toContain('110');
  await ann.receivePresence(lobby, bob.nick);
  // Whoever knocks is not inside.
  expect(errorOf(await bob.enter(room, 'Bob'))).toBe('auth/registration-required');

  const invitation = xml('x', { xmlns: NS.mucUser }, xml('invite', { to: bob.jid }));
  ann.send(xml('message', { xmlns: NS.client, to: room, id: 'invite' }, invitation));
  await bob.take('an invitation', (stanza) => {
    const user = child(stanza, 'x', NS.mucUser);
    return stanza.name === 'message' && user !== undefined && child(user, 'invite') !== undefined;
  });
  expect(itemOf(await bob.enter(room, 'Bob'))['affiliation']).toBe('member');
  expect(childText(await ann.receivePresence(room, bob.nick), 'nick')).toBe('Bob');
});

test('it enters with the token in its URL; without one, or with a bad one, it is told why not', async () => {
  await using withTokens = await SignallingHarness.start({ jwt: { appId: APP_ID, secret: SECRET } });
  const urlWith = (token: string): string => withTokens.webSocketUrl(`room=standup&token=${token}`);
  const ann = new StropheClient('Ann', urlWith(secretToken({ context: { user: { id: 'ann', name: 'Ann' } } })));
  await ann.logIn(withTokens.domain);
  const room = withTokens.freshRoom();
  await ann.ask(withTokens.hosts.focus, conference(room), 'set');
  expect(statuses(await ann.enter(room))).toContain('110');
  const eve = new StropheClient('Eve', withTokens.webSocketUrl());
  await expect(eve.logIn(withTokens.domain)).rejects.toThrow('<not-allowed/><text>token required</text>');
  const mallory = new StropheClient('Mallory', urlWith(secretToken({}, 'another secret')));
  await expect(mallory.logIn(withTokens.domain)).rejects.toThrow('<not-allowed/><text>Invalid signature</text>');
  ann.disconnect();
});
