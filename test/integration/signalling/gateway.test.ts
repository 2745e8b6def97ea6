import { afterAll, beforeAll, expect, test } from 'vitest';
import { xml } from '#protocol/xmpp/element.ts';
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
