import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, childText, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { formField, meetingId } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { bodyOf, errorOf, itemOf, jsonOf, NS, statuses } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start({ muc: { focusWaitSeconds: 1, maxOccupants: 3, maxRoomsPerSession: 2 } });
});
afterAll(() => server.stop());

const joinElement = xml('x', { xmlns: NS.muc });
const message = (to: string, type: string, ...content: readonly (XmlElement | string)[]): XmlElement =>
  xml('message', { xmlns: NS.client, to, type, id: `m-${to}` }, content);

test('Ann joins: the focus’s presence, the metadata, her own presence, the subject, in this order', async () => {
  const room = server.freshRoom();
  const ann = await server.logIn('Ann');
  server.focus.enter(
    room,
    xml(
      'conference-properties',
      { xmlns: 'http://jitsi.org/protocol/focus' },
      xml('property', { key: 'visitor-codecs', value: 'vp8' }),
    ),
  );
  ann.sendJoin(room, ann.nick, joinElement, xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Ann'));
  const [focus, metadata, self, subject, ...more] = await ann.drain();
  expect(more).toEqual([]);

  expect(focus?.attrs).toMatchObject({ from: `${room}/focus`, to: ann.jid });
  expect(itemOf(focus!)).toEqual({ affiliation: 'owner', role: 'moderator', jid: 'focus@auth.meet.example/focus' });
  expect(child(focus!, 'conference-properties', 'http://jitsi.org/protocol/focus')).toBeDefined();

  expect(metadata?.attrs['from']).toBe('metadata.meet.example');
  expect(child(metadata!, 'json-message', NS.jitmeet)?.attrs['room']).toBe(room);
  expect(jsonOf(metadata!)).toEqual({ type: 'room_metadata', metadata: {} });

  expect(self?.attrs).toMatchObject({ from: `${room}/${ann.nick}`, to: ann.jid });
  expect(statuses(self!)).toEqual(['100', '110']);
  expect(itemOf(self!)).toEqual({ affiliation: 'none', role: 'participant', jid: ann.jid });
  expect(childText(self!, 'nick')).toBe('Ann');

  expect(subject?.attrs).toMatchObject({ type: 'groupchat', from: room });
  expect(childText(subject!, 'subject')).toBe('');
});

test('Bob joins: both see each other’s full presence and real address; a change goes to both as it is', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  await bob.join(
    room,
    joinElement,
    xml('SourceInfo', {}, '{}'),
    xml('jitsi_participant_codecList', {}, 'av1,vp9,vp8,h264'),
    xml('c', {
      xmlns: 'http://jabber.org/protocol/caps',
      hash: 'sha-1',
      node: 'https://jitsi.org/jitsi-meet',
      ver: 'x=',
    }),
  );
  const annSeen = await bob.receivePresence(room, ann.nick);
  expect(itemOf(annSeen)['jid']).toBe(ann.jid);
  const bobSeen = await ann.receivePresence(room, bob.nick);
  expect(itemOf(bobSeen)['jid']).toBe(bob.jid);
  expect(statuses(bobSeen)).toEqual([]);
  expect(childText(bobSeen, 'jitsi_participant_codecList')).toBe('av1,vp9,vp8,h264');

  bob.send(
    xml(
      'presence',
      { xmlns: NS.client, to: `${room}/${bob.nick}` },
      xml('SourceInfo', {}, '{"a":{"muted":true}}'),
      xml('jitsi_participant_raisedHand', {}, '1795232462301'),
    ),
  );
  const changed = await ann.receivePresence(room, bob.nick);
  expect(childElements(changed).map(({ name }) => name)).toEqual(['SourceInfo', 'jitsi_participant_raisedHand', 'x']);
  const echoed = await bob.receivePresence(room, bob.nick);
  expect(statuses(echoed)).toEqual(['110']);

  // Who comes later gets the last full state.
  const cid = await server.logIn('Cid');
  await cid.join(room);
  const late = await cid.receivePresence(room, bob.nick);
  expect(childText(late, 'SourceInfo')).toBe('{"a":{"muted":true}}');
});

test('Ann knocks before the focus is there: she waits, and enters after it', async () => {
  const room = server.freshRoom();
  const ann = await server.logIn('Ann');
  ann.sendJoin(room, ann.nick);
  expect(await ann.drain()).toEqual([]);
  server.focus.enter(room);
  const first = await ann.receive('the first presence', ({ name }) => name === 'presence');
  expect(first.attrs['from']).toBe(`${room}/focus`);
  expect(statuses(await ann.receivePresence(room, ann.nick))).toContain('110');
});

test('where no focus comes, Jitsi’s client is told to ask for one again', async () => {
  const room = server.freshRoom();
  const ann = await server.logIn('Ann');
  const refused = await ann.join(room);
  expect(errorOf(refused)).toBe('cancel/not-allowed');
  expect(refused.attrs['from']).toBe(`${room}/${ann.nick}`);
  const error = child(refused, 'error')!;
  expect(childText(error, 'text')).toBe('Room creation is restricted');
});

test('Ann leaves: she gets the echo with 110, Bob without; leaving without a nick works as well', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  ann.send(
    xml(
      'presence',
      { xmlns: NS.client, type: 'unavailable', to: `${room}/${ann.nick}` },
      xml('status', {}, 'switch_room'),
    ),
  );
  const echo = await ann.receivePresence(room, ann.nick, 'unavailable');
  expect(statuses(echo)).toEqual(['110']);
  expect(itemOf(echo)['role']).toBe('none');
  const seen = await bob.receivePresence(room, ann.nick, 'unavailable');
  expect(statuses(seen)).toEqual([]);
  expect(childText(seen, 'status')).toBe('switch_room');
  bob.send(xml('presence', { xmlns: NS.client, type: 'unavailable', to: room }));
  expect(statuses(await bob.receivePresence(room, bob.nick, 'unavailable'))).toEqual(['110']);
});

test('when the last person leaves, the focus goes and the room is gone with its lock and history', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const meeting = await meetingId(ann, room);
  ann.send(message(room, 'groupchat', xml('body', {}, 'of the first meeting')));
  await ann.receiveMessage('her own message', (m) => bodyOf(m) !== undefined);
  await ann.close();
  await server.focus.receive('Ann’s departure', ({ attrs }) => attrs['type'] === 'unavailable');
  const bob = await server.logIn('Bob');
  await server.requestConference(bob, room);
  await bob.join(room);
  expect((await bob.drain()).filter((stanza) => bodyOf(stanza) !== undefined)).toEqual([]);
  expect(await meetingId(bob, room)).not.toBe(meeting);
});

test.each([
  ['eight other digits', () => '01234567'],
  ['a word', () => 'Ann'],
  ['upper case', (nick: string) => nick.toUpperCase().replace(/^\d+$/, 'ABCDEF01')],
  ['a part of the endpoint id', (nick: string) => nick.slice(0, 4)],
  ['emoji', () => '👍'],
])('a nick that is not the endpoint id (%s) is refused', async (_what, nickFor) => {
  const room = server.freshRoom();
  server.focus.enter(room);
  const ann = await server.logIn('Ann');
  const nick = nickFor(ann.nick);
  ann.sendJoin(room, nick === ann.nick ? 'ABCDEF01' : nick);
  const refused = await ann.receive('an error', ({ attrs }) => attrs['type'] === 'error');
  expect(errorOf(refused)).toBe('modify/not-acceptable');
});

test('nobody may be called focus, and nobody can change the nick', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  bob.sendJoin(room, 'focus');
  expect(errorOf(await bob.receivePresence(room, 'focus', 'error'))).toBe('auth/forbidden');
  ann.send(xml('presence', { xmlns: NS.client, to: `${room}/01234567` }));
  expect(errorOf(await ann.receivePresence(room, '01234567', 'error'))).toBe('cancel/not-acceptable');
  ann.sendJoin(room, 'ffffffff');
  expect(errorOf(await ann.receivePresence(room, 'ffffffff', 'error'))).toBe('cancel/not-acceptable');
});

test('joining twice sends everything again and leaves one occupant', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  await ann.drain();
  ann.sendJoin(room, ann.nick, joinElement, xml('SourceInfo', {}, '{}'));
  const again = await ann.drain();
  expect(again.map(({ name, attrs }) => `${name} ${attrs['from']}`)).toEqual([
    `presence ${room}/focus`,
    `presence ${room}/${bob.nick}`,
    'message metadata.meet.example',
    `presence ${room}/${ann.nick}`,
    `message ${room}`,
    'message conferenceduration.meet.example',
  ]);
  expect(statuses(again[3]!)).toEqual(['100', '110']);
  const info = await bob.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  expect(formField(info, 'muc#roominfo_occupants')).toBe('2');
});

test('presence to a room one is not in, or without a nick, is an error; its odd types are ignored', async () => {
  const room = server.freshRoom();
  await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  bob.send(xml('presence', { xmlns: NS.client, to: `${room}/${bob.nick}` }));
  expect(errorOf(await bob.receivePresence(room, bob.nick, 'error'))).toBe('cancel/not-acceptable');
  bob.send(xml('presence', { xmlns: NS.client, to: room }, joinElement));
  expect(errorOf(await bob.receive('an error', ({ attrs }) => attrs['from'] === room))).toBe('modify/jid-malformed');
  for (const type of ['subscribe', 'probe', 'unavailable', 'error', 'nonsense']) {
    bob.send(xml('presence', { xmlns: NS.client, type, to: `${room}/${bob.nick}` }));
  }
  expect(await bob.drain()).toEqual([]);
});

test('a full room refuses the next person, one session gets into so many rooms only', async () => {
  const room = server.freshRoom();
  for (const name of ['Ann', 'Bob', 'Cid']) await server.logInAndJoin(name, room);
  const dora = await server.logIn('Dora');
  const refused = await dora.join(room);
  expect(errorOf(refused)).toBe('wait/service-unavailable');
  for (const free of [server.freshRoom(), server.freshRoom()]) {
    server.focus.enter(free);
    expect(statuses(await dora.join(free))).toContain('110');
  }
  const oneTooMany = server.freshRoom();
  server.focus.enter(oneTooMany);
  expect(errorOf(await dora.join(oneTooMany))).toBe('wait/resource-constraint');
});

test('what only the server or the focus may say is taken out of presence, at any depth', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  const forgedItem = xml('item', { affiliation: 'owner', role: 'moderator', jid: 'x@y' });
  await bob.join(
    room,
    joinElement,
    xml('x', { xmlns: NS.mucUser }, forgedItem, xml('status', { code: '110' })),
    xml('identity', {}, xml('user', {}, xml('name', {}, 'The Boss'))),
    xml('permissions', { xmlns: NS.jitmeet }, xml('p', { name: 'recording', val: 'true' })),
    xml('delay', { xmlns: 'urn:xmpp:delay', stamp: '2020-01-01T00:00:00Z' }),
    xml('conference-properties', { xmlns: 'http://jitsi.org/protocol/focus' }),
    xml('bridgeNotAvailable', { xmlns: 'http://jitsi.org/protocol/focus' }),
    xml('wrapper', { xmlns: 'urn:x' }, xml('x', { xmlns: NS.mucUser }, forgedItem), xml('kept', {})),
    xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Bob'),
  );
  const seen = await ann.receivePresence(room, bob.nick);
  expect(childElements(seen).map(({ name }) => name)).toEqual(['wrapper', 'nick', 'x']);
  expect(itemOf(seen)).toMatchObject({ affiliation: 'none', role: 'participant', jid: bob.jid });
  expect(childElements(childElements(seen)[0]!).map(({ name }) => name)).toEqual(['kept']);
});

test('when the focus is gone people are told, and newcomers wait until it is back', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  server.focus.leave(room);
  expect(itemOf(await ann.receivePresence(room, 'focus', 'unavailable'))['role']).toBe('none');
  const bob = await server.logIn('Bob');
  bob.sendJoin(room, bob.nick);
  expect(await bob.drain()).toEqual([]);
  server.focus.enter(room);
  expect(statuses(await bob.receivePresence(room, bob.nick))).toContain('110');
});

test('a room that the focus opened for nobody is ended', async () => {
  await using quick = await SignallingHarness.start({ muc: { emptyRoomSeconds: 1 } });
  quick.focus.enter(quick.room());
  const gone = await quick.focus.receive('the end of the room', ({ attrs }) => attrs['type'] === 'unavailable');
  expect(child(child(gone, 'x', NS.mucUser)!, 'destroy')).toBeDefined();
  expect(text(gone)).toBe('');
  expect(await quick.metric('parley_signalling_rooms')).toBe(0);
});
