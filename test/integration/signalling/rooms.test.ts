import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, childText, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { bodyOf, errorOf, itemOf, jsonOf, NS, statuses } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
let rooms = 0;
beforeAll(async () => {
  server = await SignallingHarness.start({ muc: { focusWaitSeconds: 1, maxOccupants: 3, maxRoomsPerSession: 2 } });
});
afterAll(() => server.stop());

/** A room that no other test uses. */
function freshRoom(): string {
  rooms += 1;
  return server.room(`room-${rooms}`);
}

const joinElement = xml('x', { xmlns: NS.muc });
const message = (to: string, type: string, ...content: readonly (XmlElement | string)[]): XmlElement =>
  xml('message', { xmlns: NS.client, to, type, id: `m-${to}` }, content);

test('Ann joins: the focus’s presence, the metadata, her own presence, the subject, in this order', async () => {
  const room = freshRoom();
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
  const room = freshRoom();
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
  const room = freshRoom();
  const ann = await server.logIn('Ann');
  ann.sendJoin(room, ann.nick);
  expect(await ann.drain()).toEqual([]);
  server.focus.enter(room);
  const first = await ann.receive('the first presence', ({ name }) => name === 'presence');
  expect(first.attrs['from']).toBe(`${room}/focus`);
  expect(statuses(await ann.receivePresence(room, ann.nick))).toContain('110');
});

test('where no focus comes, Jitsi’s client is told to ask for one again', async () => {
  const room = freshRoom();
  const ann = await server.logIn('Ann');
  const refused = await ann.join(room);
  expect(errorOf(refused)).toBe('cancel/not-allowed');
  expect(refused.attrs['from']).toBe(`${room}/${ann.nick}`);
  const error = child(refused, 'error')!;
  expect(childText(error, 'text')).toBe('Room creation is restricted');
});

test('Ann leaves: she gets the echo with 110, Bob without; leaving without a nick works as well', async () => {
  const room = freshRoom();
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
  const room = freshRoom();
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

async function meetingId(client: Awaited<ReturnType<SignallingHarness['logIn']>>, room: string): Promise<string> {
  const answer = await client.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  return formField(answer, 'muc#roominfo_meetingId') ?? '';
}

function formField(answer: XmlElement, name: string): string | undefined {
  const [query] = childElements(answer);
  const form = query === undefined ? undefined : child(query, 'x', 'jabber:x:data');
  const field = childElements(form ?? xml('x'), 'field').find(({ attrs }) => attrs['var'] === name);
  return field === undefined ? undefined : childText(field, 'value');
}

test('the room tells those in it its meeting’s id and start, and outsiders nothing', async () => {
  const room = freshRoom();
  const before = Date.now();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  const info = await ann.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  expect(formField(info, 'muc#roominfo_meetingId')).toMatch(/^[0-9a-f-]{36}$/);
  const created = Number(formField(info, 'muc#roominfo_created_timestamp'));
  expect(created).toBeGreaterThanOrEqual(before);
  expect(created).toBeLessThanOrEqual(Date.now());
  const features = childElements(childElements(info)[0]!, 'feature').map(({ attrs }) => attrs['var']);
  expect(features).toContain('http://jabber.org/protocol/muc');
  expect(features).not.toContain('muc_passwordprotected');
  const refused = await bob.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  expect(errorOf(refused)).toBe('auth/forbidden');
  const hidden = await bob.ask(
    'get',
    'muc.meet.example',
    xml('query', { xmlns: 'http://jabber.org/protocol/disco#items' }),
  );
  expect(childElements(childElements(hidden)[0]!)).toEqual([]);
});

test.each([
  ['eight other digits', () => '01234567'],
  ['a word', () => 'Ann'],
  ['upper case', (nick: string) => nick.toUpperCase().replace(/^\d+$/, 'ABCDEF01')],
  ['a part of the endpoint id', (nick: string) => nick.slice(0, 4)],
  ['emoji', () => '👍'],
])('a nick that is not the endpoint id (%s) is refused', async (_what, nickFor) => {
  const room = freshRoom();
  server.focus.enter(room);
  const ann = await server.logIn('Ann');
  const nick = nickFor(ann.nick);
  ann.sendJoin(room, nick === ann.nick ? 'ABCDEF01' : nick);
  const refused = await ann.receive('an error', ({ attrs }) => attrs['type'] === 'error');
  expect(errorOf(refused)).toBe('modify/not-acceptable');
});

test('nobody may be called focus, and nobody can change the nick', async () => {
  const room = freshRoom();
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
  const room = freshRoom();
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
  ]);
  expect(statuses(again[3]!)).toEqual(['100', '110']);
  const info = await bob.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  expect(formField(info, 'muc#roominfo_occupants')).toBe('2');
});

test('presence to a room one is not in, or without a nick, is an error; its odd types are ignored', async () => {
  const room = freshRoom();
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
  const room = freshRoom();
  for (const name of ['Ann', 'Bob', 'Cid']) await server.logInAndJoin(name, room);
  const dora = await server.logIn('Dora');
  const refused = await dora.join(room);
  expect(errorOf(refused)).toBe('wait/service-unavailable');
  for (const free of [freshRoom(), freshRoom()]) {
    server.focus.enter(free);
    expect(statuses(await dora.join(free))).toContain('110');
  }
  const oneTooMany = freshRoom();
  server.focus.enter(oneTooMany);
  expect(errorOf(await dora.join(oneTooMany))).toBe('wait/resource-constraint');
});

test('what only the server or the focus may say is taken out of presence, at any depth', async () => {
  const room = freshRoom();
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

test('a message to the room reaches everyone, its sender included, from the occupant’s address', async () => {
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  ann.send(
    xml(
      'message',
      { xmlns: NS.client, type: 'groupchat', to: room, id: 'm1' },
      xml('body', {}, 'hi, <b> & Ελλάδα 👋'),
      xml('reply', { to: 'm0' }),
      xml('delay', { xmlns: 'urn:xmpp:delay', stamp: '2020-01-01T00:00:00Z' }),
      xml('x', { xmlns: NS.mucUser }, xml('status', { code: '104' })),
    ),
  );
  for (const receiver of [ann, bob]) {
    const received = await receiver.receiveMessage('the message', (m) => bodyOf(m) !== undefined);
    expect(received.attrs).toMatchObject({ from: `${room}/${ann.nick}`, type: 'groupchat', id: 'm1' });
    expect(bodyOf(received)).toBe('hi, <b> & Ελλάδα 👋');
    // Jitsi's client leaves the namespace out, but reads it only with it (wire note §4.4).
    expect(child(received, 'reply', 'urn:xmpp:reply:0')?.attrs).toEqual({ xmlns: 'urn:xmpp:reply:0', to: 'm0' });
    expect(childElements(received).map(({ name }) => name)).toEqual(['body', 'reply']);
  }
});

test('a private message reaches one person; to nobody it is an error; outsiders cannot write at all', async () => {
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const cid = await server.logIn('Cid');
  await ann.drain();
  ann.send(message(`${room}/${bob.nick}`, 'chat', xml('body', {}, 'psst')));
  const received = await bob.receiveMessage('the private message', (m) => m.attrs['type'] === 'chat');
  expect(received.attrs['from']).toBe(`${room}/${ann.nick}`);
  expect(bodyOf(received)).toBe('psst');
  ann.send(message(`${room}/00000000`, 'chat', xml('body', {}, 'psst')));
  expect(errorOf(await ann.receiveMessage('an error'))).toBe('cancel/item-not-found');
  ann.send(message(`${room}/${bob.nick}`, 'groupchat', xml('body', {}, 'odd')));
  expect(errorOf(await ann.receiveMessage('an error'))).toBe('modify/bad-request');
  for (const to of [room, `${room}/${bob.nick}`]) {
    cid.send(message(to, to === room ? 'groupchat' : 'chat', xml('body', {}, 'let me in')));
    expect(errorOf(await cid.receiveMessage('an error'))).toBe('cancel/not-acceptable');
  }
  cid.send(message(bob.jid, 'chat', xml('body', {}, 'directly')));
  expect(errorOf(await cid.receiveMessage('an error'))).toBe('cancel/service-unavailable');
  expect((await bob.drain()).filter((stanza) => bodyOf(stanza) !== undefined)).toEqual([]);
});

test('a message too long for a room is refused and the sender stays', async () => {
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  ann.send(message(room, 'groupchat', xml('body', {}, 'x'.repeat(100_000))));
  expect(errorOf(await ann.receiveMessage('an error', (m) => m.attrs['type'] === 'error'))).toBe(
    'modify/policy-violation',
  );
  ann.send(xml('presence', { xmlns: NS.client, to: `${room}/${ann.nick}` }, xml('big', {}, 'x'.repeat(100_000))));
  expect(errorOf(await ann.receivePresence(room, ann.nick, 'error'))).toBe('modify/policy-violation');
  ann.send(message(room, 'groupchat', xml('body', {}, 'short')));
  const received = await bob.receiveMessage('the short message', (m) => bodyOf(m) !== undefined);
  expect(bodyOf(received)).toBe('short');
});

test('reactions and retractions pass through; newcomers get the history without what was retracted', async () => {
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const send = (id: string, ...content: readonly XmlElement[]): void =>
    ann.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: room, id }, content));
  for (let i = 1; i <= 22; i += 1) send(`m${i}`, xml('body', {}, `message ${i}`));
  send('r1', xml('reactions', { xmlns: 'urn:xmpp:reactions:0', id: 'm1' }, xml('reaction', {}, '👍')));
  send(
    'd1',
    xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'm22' }),
    xml('body', {}, 'Your client does not support retraction.'),
  );
  await bob.receiveMessage('the reaction', (m) => child(m, 'reactions', 'urn:xmpp:reactions:0') !== undefined);
  await bob.receiveMessage('the retraction', (m) => child(m, 'retract') !== undefined);
  // Bob cannot retract what Ann wrote.
  bob.send(
    xml(
      'message',
      { xmlns: NS.client, type: 'groupchat', to: room, id: 'd2' },
      xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'm21' }),
    ),
  );
  await bob.drain();
  const cid = await server.logIn('Cid');
  await cid.join(room);
  const history = (await cid.drain()).filter((stanza) => bodyOf(stanza) !== undefined);
  expect(history.map(bodyOf)).toEqual(Array.from({ length: 19 }, (_, index) => `message ${index + 3}`));
  for (const old of history) {
    expect(old.attrs['from']).toBe(`${room}/${ann.nick}`);
    expect(child(old, 'delay', 'urn:xmpp:delay')?.attrs['stamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
});

test('moderators set the subject, others do not; newcomers get it', async () => {
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  bob.send(message(room, 'groupchat', xml('subject', {}, 'Bob’s')));
  expect(errorOf(await bob.receiveMessage('an error', (m) => m.attrs['type'] === 'error'))).toBe('auth/forbidden');
  await server.makeOwner(room, ann);
  ann.send(message(room, 'groupchat', xml('subject', {}, 'Stand-up')));
  await bob.receiveMessage('the subject', (m) => childText(m, 'subject') === 'Stand-up');
  const cid = await server.logIn('Cid');
  await cid.join(room);
  const subject = await cid.receiveMessage('the subject', (m) => child(m, 'subject') !== undefined);
  expect([subject.attrs['from'], childText(subject, 'subject')]).toEqual([`${room}/${ann.nick}`, 'Stand-up']);
});

test('the focus grants ownership to two people in one request, and all see the new roles', async () => {
  const room = freshRoom();
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
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const cid = await server.logInAndJoin('Cid', room);
  await server.makeOwner(room, ann, bob);
  const kick = (nick: string): XmlElement =>
    xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick, role: 'none' }, xml('reason', {}, 'too loud')));
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
  const room = freshRoom();
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
  const room = freshRoom();
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
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  const submit = (values: Readonly<Record<string, string>>): XmlElement =>
    xml(
      'query',
      { xmlns: NS.mucOwner },
      xml(
        'x',
        { xmlns: 'jabber:x:data', type: 'submit' },
        xml('field', { var: 'FORM_TYPE' }, xml('value', {}, 'http://jabber.org/protocol/muc#roomconfig')),
        Object.entries(values).map(([name, value]) => xml('field', { var: name }, xml('value', {}, value))),
      ),
    );
  const lock = submit({
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
  const withPassword = (password: string): XmlElement => xml('x', { xmlns: NS.muc }, xml('password', {}, password));
  expect(errorOf(await bob.join(room, withPassword('S3cret')))).toBe('auth/not-authorized');
  const entered = await bob.join(room, withPassword('s3cret'));
  expect(statuses(entered)).toContain('110');
  expect(child(entered, 'x', NS.muc)).toBeUndefined();
  expect(bob.receivedTexts.concat(ann.receivedTexts).join('')).not.toContain('<password>s3cret');

  const unlock = submit({ 'muc#roomconfig_roomsecret': '', 'muc#roomconfig_passwordprotectedroom': '0' });
  expect((await ann.ask('set', room, unlock)).attrs['type']).toBe('result');
  const cid = await server.logIn('Cid');
  expect(statuses(await cid.join(room))).toContain('110');
  const membersOnly = await ann.ask('set', room, submit({ 'muc#roomconfig_membersonly': 'true' }));
  expect(errorOf(membersOnly)).toBe('modify/not-acceptable');
  const anonymous = await ann.ask('set', room, submit({ 'muc#roomconfig_whois': 'moderators' }));
  expect(errorOf(anonymous)).toBe('modify/not-acceptable');
});

test('requests between occupants travel under the room’s addresses, and so do results and errors', async () => {
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const cid = await server.logIn('Cid');
  const jingle = xml('jingle', { xmlns: 'urn:xmpp:jingle:1', action: 'session-initiate', sid: 's1' });
  ann.send(xml('iq', { xmlns: NS.client, type: 'set', id: 'p1', to: `${room}/${bob.nick}` }, jingle));
  const request = await bob.receive('the request', ({ name, attrs }) => name === 'iq' && attrs['type'] === 'set');
  expect(request.attrs).toMatchObject({ from: `${room}/${ann.nick}`, to: bob.jid, id: 'p1' });
  expect(child(request, 'jingle', 'urn:xmpp:jingle:1')?.attrs['sid']).toBe('s1');
  bob.send(xml('iq', { xmlns: NS.client, type: 'result', id: 'p1', to: `${room}/${ann.nick}` }));
  const result = await ann.receive('the result', ({ attrs }) => attrs['id'] === 'p1');
  expect(result.attrs).toMatchObject({ type: 'result', from: `${room}/${bob.nick}`, to: ann.jid });

  const asked = server.focus.ask('get', `${room}/${bob.nick}`, xml('query', { xmlns: NS.discoInfo }));
  const fromFocus = await bob.receive('the focus’s request', ({ attrs }) => attrs['type'] === 'get');
  expect(fromFocus.attrs['from']).toBe(`${room}/focus`);
  bob.send(
    xml(
      'iq',
      { xmlns: NS.client, type: 'error', id: fromFocus.attrs['id'], to: `${room}/focus` },
      xml('error', { type: 'cancel' }, xml('item-not-found', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' })),
    ),
  );
  const refused = await asked;
  expect(refused.attrs['from']).toBe(`${room}/${bob.nick}`);
  expect(errorOf(refused)).toBe('cancel/item-not-found');

  expect(errorOf(await ann.ask('set', `${room}/00000000`, jingle))).toBe('cancel/item-not-found');
  expect(errorOf(await cid.ask('set', `${room}/${bob.nick}`, jingle))).toBe('cancel/not-acceptable');
  expect(errorOf(await ann.ask('set', `${room}/${bob.nick}`))).toBe('modify/bad-request');
});

test('a request to the focus’s occupant reaches the focus from the sender’s occupant', async () => {
  const room = freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  ann.send(
    xml(
      'iq',
      { xmlns: NS.client, type: 'set', id: 'j1', to: `${room}/focus` },
      xml('jingle', { xmlns: 'urn:xmpp:jingle:1', action: 'session-accept', sid: 's1' }),
    ),
  );
  const request = await server.focus.receive('the request', ({ attrs }) => attrs['id'] === 'j1');
  expect(request.attrs).toMatchObject({ from: `${room}/${ann.nick}`, to: server.focus.jid });
});

test('metadata: a moderator sets startMuted, everyone gets the whole object, newcomers before their own presence', async () => {
  const room = freshRoom();
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
  const isChange = (m: XmlElement): boolean => JSON.stringify(jsonOf(m) ?? {}).includes('startMuted');
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
  const room = freshRoom();
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

test.each(['%ce%b5%ce%bb%ce%bb%ce%ac%ce%b4%ce%b1', 'ελλάδα', '👋-party', "ann's", 'a%2fb'])(
  'a room may be called %s',
  async (node) => {
    const room = server.room(node);
    const ann = await server.logInAndJoin('Ann', room);
    const info = await ann.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
    expect(info.attrs).toMatchObject({ type: 'result', from: room });
    await ann.close();
  },
);

test('a room name with a slash or a space is no address of a room', async () => {
  const ann = await server.logIn('Ann');
  ann.sendJoin('a/b@muc.meet.example', ann.nick);
  expect(errorOf(await ann.receive('an error', ({ name }) => name === 'presence'))).toBe(
    'cancel/remote-server-not-found',
  );
  ann.sendJoin('a b@muc.meet.example', ann.nick);
  expect(errorOf(await ann.receive('an error', ({ name }) => name === 'presence'))).toBe('modify/jid-malformed');
});

test('when the focus is gone people are told, and newcomers wait until it is back', async () => {
  const room = freshRoom();
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
