import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { formField, roomConfig, passwordElement } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, itemOf, jsonOf, NS, statuses } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

const kick = (nick: string): XmlElement =>
  xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick, role: 'none' }, xml('reason', {}, 'too loud')));

const joinElement = xml('x', { xmlns: NS.muc });
const isChange = (m: XmlElement): boolean => JSON.stringify(jsonOf(m) ?? {}).includes('startMuted');

test('the focus grants ownership to two people in one request, and all see the new roles', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  await bob.join(room, joinElement, xml('SourceInfo', {}, '{}'));
  await ann.drain();
  await server.makeOwner(room, ann, bob);
  const self = await ann.receivePresence(room, ann.nick);
  expect(itemOf(self)).toMatchObject({ affiliation: 'owner', role: 'moderator' });
  expect(statuses(self)).toEqual(['110']);
  const other = await ann.receivePresence(room, bob.nick);
  expect(itemOf(other)).toMatchObject({ affiliation: 'owner', role: 'moderator' });
  expect(childText(other, 'SourceInfo')).toBe('{}');
  // A moderator grants in turn; somebody who is none cannot.
  const cid = await server.logInAndJoin('Cid', room);
  const grant = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: cid.bareJid, affiliation: 'owner' }));
  expect(errorOf(await cid.ask('set', room, grant))).toBe('auth/forbidden');
  expect((await bob.ask('set', room, grant)).attrs['type']).toBe('result');
  const granted = await cid.receive(
    'her new role',
    (stanza) => stanza.attrs['from'] === `${room}/${cid.nick}` && itemOf(stanza)['role'] === 'moderator',
  );
  expect(itemOf(granted)['affiliation']).toBe('owner');
  const owners = await ann.ask(
    'get',
    room,
    xml('query', { xmlns: NS.mucAdmin }, xml('item', { affiliation: 'owner' })),
  );
  expect(childElements(childElements(owners)[0]!)).toHaveLength(4);
});

test('a moderator kicks Bob: 307 for all, 110 for him; others cannot kick, and nobody kicks the focus', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const cid = await server.logInAndJoin('Cid', room);
  await server.makeOwner(room, ann, bob);
  expect(errorOf(await cid.ask('set', room, kick(ann.nick)))).toBe('auth/forbidden');
  expect(errorOf(await ann.ask('set', room, kick('focus')))).toBe('cancel/not-allowed');
  expect(errorOf(await ann.ask('set', room, kick('00000000')))).toBe('cancel/item-not-found');
  expect((await ann.ask('set', room, kick(bob.nick))).attrs['type']).toBe('result');
  const victim = await bob.receivePresence(room, bob.nick, 'unavailable');
  expect(statuses(victim)).toEqual(['307', '110']);
  const seen = await cid.receivePresence(room, bob.nick, 'unavailable');
  expect(statuses(seen)).toEqual(['307']);
  const item = child(child(seen, 'x', NS.mucUser)!, 'item')!;
  expect(item.attrs).toMatchObject({ affiliation: 'none', role: 'none' });
  expect(child(item, 'actor')?.attrs).toEqual({ nick: ann.nick });
  expect(childText(item, 'reason')).toBe('too loud');
  // He may come back, but no longer moderates.
  await bob.drain();
  expect(itemOf(await bob.join(room))).toMatchObject({ affiliation: 'none', role: 'participant' });
});

test('all items of a request are checked before the first takes effect', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  await server.makeOwner(room, ann);
  await bob.drain();
  const mixed = xml(
    'query',
    { xmlns: NS.mucAdmin },
    xml('item', { nick: bob.nick, role: 'none' }),
    xml('item', { jid: 'not a jid@', affiliation: 'owner' }),
  );
  expect(errorOf(await ann.ask('set', room, mixed))).toBe('modify/jid-malformed');
  expect(await bob.drain()).toEqual([]);
  for (const items of [[], [xml('item', {})], [xml('item', { jid: 'a@b', affiliation: 'king' })]]) {
    const answer = await ann.ask('set', room, xml('query', { xmlns: NS.mucAdmin }, items));
    expect(errorOf(answer)).toBe('modify/bad-request');
  }
  const dethrone = xml(
    'query',
    { xmlns: NS.mucAdmin },
    xml('item', { jid: 'focus@auth.meet.example', affiliation: 'none' }),
  );
  expect(errorOf(await ann.ask('set', room, dethrone))).toBe('cancel/not-allowed');
});

test('the focus ends the meeting: everyone is told, and the room is gone', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  await server.focus.ask(
    'set',
    room,
    xml('query', { xmlns: NS.mucOwner }, xml('destroy', {}, xml('reason', {}, 'The meeting has been terminated'))),
  );
  const gone = await ann.receivePresence(room, ann.nick, 'unavailable');
  expect(itemOf(gone)).toMatchObject({ affiliation: 'none', role: 'none' });
  const destroyed = child(child(gone, 'x', NS.mucUser)!, 'destroy')!;
  expect(childText(destroyed, 'reason')).toBe('The meeting has been terminated');
  expect(errorOf(await ann.ask('get', room, xml('query', { xmlns: NS.discoInfo })))).toBe('cancel/item-not-found');
});

test('a moderator locks the room: 104, the feature, a password at the door; unlocking opens it', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  const lock = roomConfig({
    'muc#roomconfig_roomsecret': 's3cret',
    'muc#roomconfig_passwordprotectedroom': '1',
    'muc#roomconfig_whois': 'anyone',
  });
  expect(errorOf(await ann.ask('set', room, lock))).toBe('auth/forbidden');
  await server.makeOwner(room, ann);
  const form = await ann.ask('get', room, xml('query', { xmlns: NS.mucOwner }));
  expect(formField(form, 'muc#roomconfig_roomsecret')).toBe('');
  expect(formField(form, 'muc#roomconfig_passwordprotectedroom')).toBe('0');
  expect(formField(form, 'muc#roomconfig_whois')).toBe('anyone');

  expect((await ann.ask('set', room, lock)).attrs['type']).toBe('result');
  const changed = await ann.receiveMessage('status 104', (m) => statuses(m).includes('104'));
  expect(changed.attrs).toMatchObject({ from: room, type: 'groupchat' });
  const info = await ann.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  expect(childElements(childElements(info)[0]!, 'feature').map(({ attrs }) => attrs['var'])).toContain(
    'muc_passwordprotected',
  );
  expect(errorOf(await bob.join(room))).toBe('auth/not-authorized');
  expect(errorOf(await bob.join(room, passwordElement('S3cret')))).toBe('auth/not-authorized');
  const entered = await bob.join(room, passwordElement('s3cret'));
  expect(statuses(entered)).toContain('110');
  expect(child(entered, 'x', NS.muc)).toBeUndefined();
  expect(bob.receivedTexts.concat(ann.receivedTexts).join('')).not.toContain('<password>s3cret');

  const unlock = roomConfig({ 'muc#roomconfig_roomsecret': '', 'muc#roomconfig_passwordprotectedroom': '0' });
  expect((await ann.ask('set', room, unlock)).attrs['type']).toBe('result');
  const cid = await server.logIn('Cid');
  expect(statuses(await cid.join(room))).toContain('110');
  const membersOnly = await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'perhaps' }));
  expect(errorOf(membersOnly)).toBe('modify/bad-request');
  const anonymous = await ann.ask('set', room, roomConfig({ 'muc#roomconfig_whois': 'moderators' }));
  expect(errorOf(anonymous)).toBe('modify/not-acceptable');
});

test('metadata: a moderator sets startMuted, everyone gets the whole object, newcomers before their own presence', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const change = (json: unknown): XmlElement =>
    xml(
      'message',
      { xmlns: NS.client, to: 'metadata.meet.example' },
      xml('room_metadata', { xmlns: NS.jitmeet, room }, typeof json === 'string' ? json : JSON.stringify(json)),
    );
  const startMuted = { type: 'room_metadata', key: 'startMuted', data: { audio: true, video: false } };
  bob.send(change(startMuted));
  expect(errorOf(await bob.receiveMessage('an error', (m) => m.attrs['type'] === 'error'))).toBe('auth/forbidden');
  await server.makeOwner(room, ann);
  ann.send(change(startMuted));
  const expected = { type: 'room_metadata', metadata: { startMuted: { audio: true, video: false } } };
  expect(jsonOf(await bob.receiveMessage('the metadata', isChange))).toEqual(expected);
  for (const [bad, error] of [
    ['{"type":"room_metadata"', 'modify/bad-request'],
    ['[]', 'modify/bad-request'],
    [`{"type":"room_metadata","key":"a","data":${'['.repeat(3000)}${']'.repeat(3000)}}`, 'modify/bad-request'],
    [{ type: 'room_metadata', key: 'visitors', data: { live: true } }, 'cancel/not-allowed'],
    [{ type: 'room_metadata', key: 'a', data: 'x'.repeat(5000) }, 'modify/policy-violation'],
  ]) {
    ann.send(change(bad));
    expect(errorOf(await ann.receiveMessage('an error', (m) => m.attrs['type'] === 'error'))).toBe(error);
  }
  const cid = await server.logIn('Cid');
  cid.sendJoin(room, cid.nick);
  const stanzas = await cid.drain();
  const metadataAt = stanzas.findIndex(isChange);
  const selfAt = stanzas.findIndex((stanza) => statuses(stanza).includes('110'));
  expect(jsonOf(stanzas[metadataAt]!)).toEqual(expected);
  expect(metadataAt).toBeLessThan(selfAt);
});

test('the start-muted policy in a moderator’s presence becomes metadata', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  await server.makeOwner(room, ann);
  ann.send(
    xml(
      'presence',
      { xmlns: NS.client, to: `${room}/${ann.nick}` },
      xml('startmuted', { xmlns: 'http://jitsi.org/jitmeet/start-muted', audio: 'true', video: 'true' }),
    ),
  );
  const metadata = await ann.receiveMessage('metadata', (m) => JSON.stringify(jsonOf(m) ?? {}).includes('startMuted'));
  expect(jsonOf(metadata)).toEqual({
    type: 'room_metadata',
    metadata: { startMuted: { audio: true, video: true } },
  });
});
