import { afterAll, beforeAll, expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { roomConfig } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, itemOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

const affiliate = (who: XmppTestClient, affiliation: string): XmlElement =>
  xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: who.bareJid, affiliation }, xml('reason', {}, 'enough')));
const NAME = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Bob');

async function enter(name: string, room: string, machineUid: string): Promise<XmppTestClient> {
  const client = await server.logIn(name);
  await server.requestConference(client, room, machineUid);
  await client.join(room, xml('x', { xmlns: NS.muc }), NAME);
  return client;
}
/** Comes again as a new guest, as after a reload of the page. */
async function comeAgain(room: string, machineUid: string): Promise<string | undefined> {
  const client = await server.logIn('Bob again');
  await server.requestConference(client, room, machineUid);
  return errorOf(await client.join(room, xml('x', { xmlns: NS.muc }), NAME));
}

test('Ann bans Bob: he stays out, in the same breath, after a reload, and at the lobby’s door, until she lifts it', async () => {
  const room = server.freshRoom();
  const ann = await enter('Ann', room, 'laptop-a');
  const bob = await enter('Bob', room, 'laptop-b');
  await server.makeOwner(room, ann);
  expect((await ann.ask('set', room, affiliate(bob, 'outcast'))).attrs['type']).toBe('result');
  const gone = await bob.receivePresence(room, bob.nick, 'unavailable');
  expect([statuses(gone), itemOf(gone)['affiliation']]).toEqual([['301', '110'], 'outcast']);
  expect(errorOf(await bob.join(room))).toBe('auth/forbidden');
  expect(await comeAgain(room, 'laptop-b')).toBe('auth/forbidden');
  expect(await comeAgain(room, 'laptop-c')).toBeUndefined();
  await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
  expect(await comeAgain(room.replace('@muc.', '@lobby.'), 'laptop-b')).toBe('auth/forbidden');
  await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'false' }));
  expect((await ann.ask('set', room, affiliate(bob, 'none'))).attrs['type']).toBe('result');
  expect(await comeAgain(room, 'laptop-b')).toBeUndefined();
});

test('somebody who joins while the ban is on its way is put out', async () => {
  const room = server.freshRoom();
  const ann = await enter('Ann', room, 'laptop-a');
  const bob = await enter('Bob', room, 'laptop-b');
  const secondTab = await enter('Bob’s second tab', room, 'laptop-b');
  await server.makeOwner(room, ann);
  // Sent without waiting for each other.
  const banned = ann.ask('set', room, affiliate(bob, 'outcast'));
  bob.sendJoin(room, bob.nick);
  await banned;
  expect(statuses(await secondTab.receivePresence(room, secondTab.nick, 'unavailable'))).toEqual(['301', '110']);
  await bob.drain();
  expect(errorOf(await bob.join(room))).toBe('auth/forbidden');
  const owners = await ann.ask(
    'get',
    room,
    xml('query', { xmlns: NS.mucAdmin }, xml('item', { affiliation: 'outcast' })),
  );
  expect(JSON.stringify(owners)).toContain(bob.bareJid);
});

test('a ban is for the meeting: another room lets Bob in, and the next meeting under the same name', async () => {
  const room = server.freshRoom();
  const ann = await enter('Ann', room, 'laptop-a');
  const bob = await enter('Bob', room, 'laptop-b');
  await server.makeOwner(room, ann);
  await ann.ask('set', room, affiliate(bob, 'outcast'));
  expect(await comeAgain(server.freshRoom(), 'laptop-b')).toBeUndefined();
  ann.send(xml('presence', { xmlns: NS.client, type: 'unavailable', to: `${room}/${ann.nick}` }));
  await ann.receivePresence(room, ann.nick, 'unavailable');
  expect(await comeAgain(room, 'laptop-b')).toBeUndefined();
});

test('Bob, who moderates nothing, bans nobody; of two moderators who ban each other at once, one stays', async () => {
  const room = server.freshRoom();
  const ann = await enter('Ann', room, 'laptop-a');
  const bob = await enter('Bob', room, 'laptop-b');
  await server.makeOwner(room, ann);
  expect(errorOf(await bob.ask('set', room, affiliate(ann, 'outcast')))).toBe('auth/forbidden');
  await server.makeOwner(room, bob);
  const [byAnn, byBob] = await Promise.all([
    ann.ask('set', room, affiliate(bob, 'outcast')),
    bob.ask('set', room, affiliate(ann, 'outcast')),
  ]);
  expect(new Set([byAnn.attrs['type'], byBob.attrs['type']])).toEqual(new Set(['error', 'result']));
  const loser = byAnn.attrs['type'] === 'error' ? byAnn : byBob;
  expect(errorOf(loser)).toBe('auth/forbidden');
});
