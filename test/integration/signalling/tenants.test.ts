import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { roomConfig } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { APP_ID, SECRET, secretToken } from '../../support/tokens/token-issuer.ts';
import { bodyOf, errorOf, itemOf, NS, statuses, XmppTestClient } from '../../support/xmpp-test-client.ts';

/** Rooms of tenants, as Jitsi's clients address them: `standup@muc.acme.meet.example` (wire note §1.1). */

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start({
    auth: { policy: 'open' },
    jwt: { appId: APP_ID, secret: SECRET, checkTenant: true },
  });
});
afterAll(() => server.stop());

const ACME = 'standup@muc.acme.meet.example';
const NICK = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Bob');

async function comeTo(name: string, room: string, tenant?: string, query?: string): Promise<XmppTestClient> {
  const client = await XmppTestClient.logIn(name, server.webSocketUrl(query, tenant), server.domain);
  await server.requestConference(client, room);
  expect(statuses(await client.join(room))).toContain('110');
  return client;
}

test('rooms of the same name of two tenants, and of none, are three', async () => {
  const rooms = [ACME, 'standup@muc.other.meet.example', server.room()];
  const [ann, bob, cid] = await Promise.all(rooms.map((room, i) => comeTo(`person ${i}`, room)));
  const dan = await comeTo('Dan', ACME, 'acme');
  await ann?.receivePresence(ACME, dan.nick);
  dan.send(xml('message', { xmlns: NS.client, to: ACME, type: 'groupchat' }, xml('body', {}, 'hello')));
  expect(bodyOf((await ann?.receiveMessage('a hello', (message) => bodyOf(message) === 'hello')) ?? xml('x'))).toBe(
    'hello',
  );
  for (const other of [bob, cid])
    expect((await other?.drain())?.filter((stanza) => bodyOf(stanza) !== undefined)).toEqual([]);
  const service = await ann?.ask('get', 'muc.acme.meet.example', xml('query', { xmlns: NS.discoInfo }));
  expect(service?.attrs['type']).toBe('result');
});

test('a module finds the room of a tenant by the address of the WebSocket alone', async () => {
  const ann = await comeTo('Ann', 'weekly@muc.acme.meet.example', 'Acme', 'room=weekly');
  await server.makeOwner('weekly@muc.acme.meet.example', ann);
  // As it is the last one she comes into, it would be taken without the address.
  await server.requestConference(ann, server.room('other'));
  await ann.join(server.room('other'));
  ann.send(xml('message', { xmlns: NS.client, to: server.hosts.endConference }, xml('end_conference', {})));
  const gone = await ann.receivePresence('weekly@muc.acme.meet.example', ann.nick, 'unavailable');
  expect(child(child(gone, 'x', NS.mucUser) ?? xml('x'), 'destroy')).toBeDefined();
});

test('the lobby of a tenant’s room has the tenant in its name, and whoever is let in comes into that room', async () => {
  const room = 'closed@muc.acme.meet.example';
  const ann = await comeTo('Ann', room);
  await server.makeOwner(room, ann);
  await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
  const bob = await server.logIn('Bob');
  const refusal = await bob.join(room, xml('x', { xmlns: NS.muc }), NICK);
  expect(errorOf(refusal)).toBe('auth/registration-required');
  const lobby = childText(child(refusal, 'error') ?? xml('x'), 'lobbyroom') ?? '';
  expect(lobby).toBe('[acme]closed@lobby.meet.example');
  await bob.join(lobby, xml('x', { xmlns: NS.muc }), NICK);
  // A room without tenant of the same name is another one.
  const open = await comeTo('Cid', server.room('closed'));
  expect(errorOf(await open.join('closed@lobby.meet.example', xml('x', { xmlns: NS.muc }), NICK))).toBe(
    'cancel/not-acceptable',
  );
  const invite = xml('x', { xmlns: NS.mucUser }, xml('invite', { to: bob.jid }));
  ann.send(xml('message', { xmlns: NS.client, to: room }, invite));
  await bob.receiveMessage('an invitation', ({ attrs }) => attrs['from'] === room);
  expect(itemOf(await bob.join(room))['affiliation']).toBe('member');
});

test('where tenants are checked, a token opens the rooms of its tenant only', async () => {
  const login = async (sub: string): Promise<XmppTestClient> => {
    const token = secretToken({ sub, room: '*' });
    return XmppTestClient.logIn('Ann', server.webSocketUrl(`room=x&token=${token}`, 'acme'), server.domain);
  };
  const room = 'guarded@muc.acme.meet.example';
  server.focus.enter(room);
  server.focus.enter(server.room('guarded'));
  const ann = await login('Acme');
  expect(errorOf(await ann.join(room))).toBeUndefined();
  expect(errorOf(await ann.join(server.room('guarded')))).toBe('cancel/not-allowed');
  expect(errorOf(await (await login('other')).join(room))).toBe('cancel/not-allowed');
  const none = await login(server.domain);
  expect(errorOf(await none.join(room))).toBe('cancel/not-allowed');
  expect(errorOf(await none.join(server.room('guarded')))).toBeUndefined();
});

test.each([
  ['standup@muc.a.b.meet.example', 'cancel/service-unavailable'],
  ['standup@muc.acme.other.example', 'cancel/remote-server-not-found'],
])('%s is no room', async (room, error) => {
  const ann = await server.logIn('Ann');
  expect(errorOf(await ann.join(room))).toBe(error);
});

test('a room whose name begins like that of a tenant’s lobby does not come into being', async () => {
  const room = '[acme]standup@muc.meet.example';
  server.focus.enter(room);
  const isRefusal = ({ attrs }: XmlElement): boolean => attrs['from'] === `${room}/focus` && attrs['type'] === 'error';
  await server.focus.receive('a refusal', isRefusal);
});
