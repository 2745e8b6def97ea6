import { afterAll, beforeAll, expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { roomConfig } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, itemOf, NS, statuses } from '../../support/xmpp-test-client.ts';

/** Callers at the telephone gateway: sessions of one account, each a guest by itself. */
let server: SignallingHarness;
let closed: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
  closed = await SignallingHarness.start({ auth: { policy: 'members' } });
  await closed.accounts.add('ann', 'correct horse');
});
afterAll(async () => {
  await server.stop();
  await closed.stop();
});

const FIRST = 'cafe0001';
const SECOND = 'cafe0002';
const join = xml('x', { xmlns: NS.muc });
const NAME = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, '+49 30 ***12');

test('two callers are two occupants under one account, and neither moderates', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  for (const nick of [FIRST, SECOND]) {
    const caller = await server.logInAsGateway(nick);
    expect(caller.bareJid).toBe('sip@auth.meet.example');
    await server.requestConference(caller, room);
    expect(itemOf(await caller.joinAs(room, nick))).toMatchObject({ affiliation: 'none', role: 'participant' });
    expect(itemOf(await ann.receivePresence(room, nick))['jid']).toBe(caller.jid);
  }
});

test('a caller cannot take the nick of somebody who is there', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const caller = await server.logInAsGateway(FIRST);
  expect(errorOf(await caller.joinAs(room, ann.nick))).toBe('cancel/conflict');
});

test('who lets one caller in lets no other in; who removes one removes no other', async () => {
  const room = server.freshRoom();
  const lobby = room.replace('@muc.', '@lobby.');
  const ann = await server.logInAndJoin('Ann', room);
  await server.makeOwner(room, ann);
  await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
  await ann.join(lobby);
  const first = await server.logInAsGateway(FIRST);
  const second = await server.logInAsGateway(SECOND);
  for (const [caller, nick] of [[first, FIRST] as const, [second, SECOND] as const]) {
    expect(errorOf(await caller.joinAs(room, nick, join, NAME))).toBe('auth/registration-required');
    expect(statuses(await caller.joinAs(lobby, nick, join, NAME))).toContain('110');
  }
  const invites = xml('x', { xmlns: NS.mucUser }, xml('invite', { to: first.jid }));
  ann.send(xml('message', { xmlns: NS.client, to: room, id: 'invite' }, invites));
  await first.receiveMessage('the invitation', ({ attrs }) => attrs['from'] === room);
  expect(statuses(await first.joinAs(room, FIRST, join, NAME))).toContain('110');
  expect(errorOf(await second.joinAs(room, SECOND, join, NAME))).toBe('auth/registration-required');

  const kick = xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick: SECOND, role: 'none' }));
  await ann.ask('set', lobby, kick);
  await second.receivePresence(lobby, SECOND, 'unavailable');
  expect(await first.drain()).not.toContainEqual(
    expect.objectContaining({ attrs: expect.objectContaining({ type: 'unavailable' }) as object }),
  );
});

test('where only members enter a caller does, but opens no meeting', async () => {
  const room = closed.freshRoom();
  const caller = await closed.logInAsGateway(FIRST);
  const conference = xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room });
  expect(errorOf(await caller.ask('set', closed.hosts.focus, conference))).toBe('auth/not-authorized');

  const ann = await closed.logInAs('ann', 'correct horse');
  await closed.requestConference(ann, room);
  await ann.joinAs(room, 'abcdef01');
  expect((await caller.ask('set', closed.hosts.focus, conference)).attrs['type']).toBe('result');
  expect(itemOf(await caller.joinAs(room, FIRST))).toMatchObject({ affiliation: 'none', role: 'participant' });
});

test('nobody makes a caller a moderator, and who bans one by its nick bans no other', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  await server.makeOwner(room, ann);
  const first = await server.logInAsGateway(FIRST);
  const second = await server.logInAsGateway(SECOND);
  await first.joinAs(room, FIRST);
  await second.joinAs(room, SECOND);
  const change = (item: Readonly<Record<string, string>>): Promise<XmlElement> =>
    ann.ask('set', room, xml('query', { xmlns: NS.mucAdmin }, xml('item', item)));
  for (const who of [{ nick: FIRST }, { jid: first.bareJid }]) {
    expect(errorOf(await change({ ...who, affiliation: 'owner' }))).toBe('cancel/not-allowed');
  }
  await change({ nick: FIRST, affiliation: 'outcast' });
  await first.receivePresence(room, FIRST, 'unavailable');
  expect(errorOf(await first.joinAs(room, FIRST))).toBe('auth/forbidden');
  const third = await server.logInAsGateway('cafe0003');
  expect(itemOf(await third.joinAs(room, 'cafe0003'))).toMatchObject({ role: 'participant' });
  expect(itemOf(await second.joinAs(room, SECOND))).toMatchObject({ role: 'participant' });
});

test('a lobby that Jitsi’s client closes lets the callers stay that are inside, and no later ones in', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  await server.makeOwner(room, ann);
  const inside = await server.logInAsGateway(FIRST);
  await inside.joinAs(room, FIRST);
  // It makes all who are inside members first (wire note §4.6).
  await ann.ask(
    'set',
    room,
    xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: inside.bareJid, affiliation: 'member' })),
  );
  await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
  expect(itemOf(await inside.joinAs(room, FIRST))).toMatchObject({ affiliation: 'member' });
  const later = await server.logInAsGateway(SECOND);
  expect(errorOf(await later.joinAs(room, SECOND, join, NAME))).toBe('auth/registration-required');
});
