import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { encodeBreakoutRequest, type BreakoutRequest } from '#protocol/xmpp/breakout-rooms.ts';
import { child, childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { formField, roomConfig } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { bodyOf, errorOf, itemOf, jsonOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

const isError = (message: XmlElement): boolean => message.attrs['type'] === 'error';
const update = z.object({
  event: z.literal('features/breakout-rooms/update'),
  roomCounter: z.number(),
  remainingMs: z.number().optional(),
  rooms: z.record(
    z.string(),
    z.object({
      id: z.string(),
      jid: z.string(),
      name: z.string(),
      isMainRoom: z.boolean().optional(),
      participants: z.record(z.string(), z.object({ jid: z.string(), role: z.string() })),
    }),
  ),
});
type Rooms = z.infer<typeof update>['rooms'];

function ask(client: XmppTestClient, request: BreakoutRequest): void {
  client.send(xml('message', { xmlns: NS.client, to: server.hosts.breakout }, encodeBreakoutRequest(request)));
}
async function refusal(client: XmppTestClient): Promise<string | undefined> {
  return errorOf(await client.receiveMessage('a refusal', isError));
}
/** The next picture of the rooms that looks as wanted. */
async function picture(client: XmppTestClient, what: string, isWanted: (rooms: Rooms) => boolean): Promise<Rooms> {
  let seen: Rooms = {};
  await client.receiveMessage(what, (message) => {
    const parsed = update.safeParse(message.attrs['from'] === server.hosts.breakout ? jsonOf(message) : undefined);
    if (parsed.success) seen = parsed.data.rooms;
    return parsed.success && isWanted(seen);
  });
  return seen;
}
/** What the next picture of the rooms that looks as wanted says of their end. */
async function remaining(
  client: XmppTestClient,
  isWanted: (remainingMs: number | undefined) => boolean,
): Promise<number | undefined> {
  let seen: number | undefined;
  await client.receiveMessage('how long the rooms stay open', (message) => {
    const parsed = update.safeParse(message.attrs['from'] === server.hosts.breakout ? jsonOf(message) : undefined);
    if (parsed.success) seen = parsed.data.remainingMs;
    return parsed.success && isWanted(seen);
  });
  return seen;
}
const jidOf = (rooms: Rooms, name: string): string | undefined =>
  Object.values(rooms).find((room) => room.name === name)?.jid;
const nicksIn = (rooms: Rooms, jid: string): string[] =>
  Object.keys(Object.values(rooms).find((room) => room.jid === jid)?.participants ?? {}).map((address) =>
    address.slice(address.indexOf('/') + 1),
  );
function leave(client: XmppTestClient, room: string): Promise<XmlElement> {
  const presence = xml('presence', { xmlns: NS.client, type: 'unavailable', to: `${room}/${client.nick}` });
  client.send(xml(presence.name, presence.attrs, xml('status', {}, 'switch_room')));
  return client.receivePresence(room, client.nick, 'unavailable');
}
/** As Jitsi's client goes from one room to another. */
async function go(client: XmppTestClient, from: string, to: string): Promise<XmlElement> {
  await leave(client, from);
  await server.requestConference(client, to);
  return client.join(to);
}
async function meeting(): Promise<{ room: string; ann: XmppTestClient; bob: XmppTestClient }> {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  await server.makeOwner(room, ann);
  await ann.drain();
  return { room, ann, bob };
}
async function withRoom(name = 'Red'): Promise<Awaited<ReturnType<typeof meeting>> & { red: string }> {
  const { room, ann, bob } = await meeting();
  ask(ann, { action: 'add', name });
  const rooms = await picture(bob, 'the new room', (seen) => jidOf(seen, name) !== undefined);
  await picture(ann, 'the new room', (seen) => jidOf(seen, name) !== undefined);
  return { room, ann, bob, red: jidOf(rooms, name) ?? '' };
}

test('Jitsi’s client finds that there are breakout rooms and that they can be renamed', async () => {
  const ann = await server.logIn('Ann');
  const query = xml('query', { xmlns: NS.discoInfo, node: 'breakout_rooms' });
  const answer = child(await ann.ask('get', server.hosts.breakout, query), 'query', NS.discoInfo);
  const features = childElements(answer ?? xml('none'), 'feature').map(({ attrs }) => attrs['var']);
  expect(features).toContain('http://jitsi.org/protocol/breakout_rooms#rename');
});

test('Ann makes a room and moves Bob there; all see who is where; talk stays inside; Bob comes back', async () => {
  const { room, ann, bob, red } = await withRoom();
  ask(ann, { action: 'move-to-room', participant: `${room}/${bob.nick}`, room: red });
  const move = await bob.receiveMessage('where to go', (m) => JSON.stringify(jsonOf(m) ?? {}).includes('move-to-room'));
  expect(jsonOf(move)).toEqual({
    type: 'breakout_rooms',
    event: 'features/breakout-rooms/move-to-room',
    roomJid: red,
  });
  const self = await go(bob, room, red);
  expect(statuses(self)).toContain('110');
  const rooms = await picture(ann, 'Bob inside', (seen) => nicksIn(seen, red).includes(bob.nick));
  expect(nicksIn(rooms, room)).toEqual([ann.nick]);
  const info = await bob.ask('get', red, xml('query', { xmlns: NS.discoInfo }));
  expect([formField(info, 'muc#roominfo_isbreakout'), formField(info, 'muc#roominfo_breakout_main_room')]).toEqual([
    '1',
    room,
  ]);
  bob.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: red, id: 'b1' }, xml('body', {}, 'inside')));
  await bob.receiveMessage('his message', (message) => bodyOf(message) === 'inside');
  expect((await ann.drain()).filter((stanza) => bodyOf(stanza) === 'inside')).toEqual([]);
  expect(statuses(await go(bob, red, room))).toContain('110');
  await picture(ann, 'Bob back', (seen) => nicksIn(seen, room).includes(bob.nick));
});

test('who moderates the main room moderates the others, also after everybody has left the main room', async () => {
  const { room, ann, bob, red } = await withRoom();
  await go(bob, room, red);
  expect(itemOf(await go(ann, room, red))).toMatchObject({ affiliation: 'owner', role: 'moderator' });
  // The focus would choose Bob now, as the first one in the main room without a moderator.
  const election = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: bob.bareJid, affiliation: 'owner' }));
  await go(bob, red, room);
  expect(errorOf(await server.focus.ask('set', room, election))).toBe('cancel/not-allowed');
  expect(itemOf(await go(ann, red, room))).toMatchObject({ role: 'moderator' });
});

test('rooms are renamed and closed: who is inside is led back; nobody enters a closed one', async () => {
  const { room, ann, bob, red } = await withRoom();
  ask(ann, { action: 'rename', room: red, name: 'Blue' });
  await picture(bob, 'the new name', (seen) => jidOf(seen, 'Blue') === red);
  await go(bob, room, red);
  ask(ann, { action: 'remove', room: red });
  const move = await bob.receiveMessage('the way back', (m) => JSON.stringify(jsonOf(m) ?? {}).includes('move-to-'));
  expect(jsonOf(move)).toMatchObject({ roomJid: room });
  await picture(ann, 'no room', (seen) => jidOf(seen, 'Blue') === undefined);
  expect(errorOf(await ann.join(red))).toBe('cancel/not-allowed');
  expect(statuses(await go(bob, red, room))).toContain('110');
});

test('who stays in a closed room is put out with the way to the main room', async () => {
  const { room, ann, bob, red } = await withRoom();
  await go(bob, room, red);
  ask(ann, { action: 'remove', room: red });
  const out = await bob.receive(
    'being put out',
    ({ attrs }) => attrs['type'] === 'unavailable' && attrs['from'] === `${red}/${bob.nick}`,
    10_000,
  );
  expect(child(child(out, 'x', NS.mucUser) ?? xml('x'), 'destroy')?.attrs['jid']).toBe(room);
});

test('at the time that Ann has set everybody is led back, and the rooms are closed', async () => {
  const { room, ann, bob, red } = await withRoom();
  await go(bob, room, red);
  ask(ann, { action: 'set-timer', durationMs: 600_000 });
  for (const client of [ann, bob]) {
    expect(await remaining(client, (remainingMs) => remainingMs !== undefined)).toBeLessThanOrEqual(600_000);
  }
  ask(ann, { action: 'set-timer', durationMs: 1 });
  const move = await bob.receiveMessage('the way back', (m) => JSON.stringify(jsonOf(m) ?? {}).includes('move-to-'));
  expect(jsonOf(move)).toMatchObject({ roomJid: room });
  await picture(ann, 'no room', (seen) => jidOf(seen, 'Red') === undefined);
  expect(statuses(await go(bob, red, room))).toContain('110');
  expect(errorOf(await bob.join(red))).toBe('cancel/not-allowed');
  // There is nothing left that could end.
  ask(ann, { action: 'set-timer', durationMs: 600_000 });
  expect(await refusal(ann)).toBe('cancel/item-not-found');
});

test('an end is put off and taken back; it goes with the last room', async () => {
  const { ann, bob, red } = await withRoom();
  const isSet = (remainingMs: number | undefined): boolean => remainingMs !== undefined;
  ask(ann, { action: 'set-timer', durationMs: 60_000 });
  await remaining(bob, isSet);
  ask(ann, { action: 'set-timer', durationMs: 360_000 });
  expect(await remaining(bob, (remainingMs) => (remainingMs ?? 0) > 60_000)).toBeLessThanOrEqual(360_000);
  await bob.drain();
  ask(ann, { action: 'stop-timer' });
  await remaining(bob, (remainingMs) => remainingMs === undefined);
  ask(ann, { action: 'set-timer', durationMs: 60_000 });
  await remaining(bob, isSet);
  await bob.drain();
  ask(ann, { action: 'remove', room: red });
  await remaining(bob, (remainingMs) => remainingMs === undefined);
  for (const durationMs of [0, -1, 86_400_001, Number.NaN]) {
    ask(ann, { action: 'set-timer', durationMs });
    expect(await refusal(ann)).toBe('modify/bad-request');
  }
});

test('Bob, who moderates nothing, makes, renames, moves and closes nothing; Eve from outside cannot enter', async () => {
  const { room, ann, bob, red } = await withRoom();
  for (const request of [
    { action: 'add', name: 'Mine' },
    { action: 'rename', room: red, name: 'Mine' },
    { action: 'remove', room: red },
    { action: 'move-to-room', participant: `${room}/${ann.nick}`, room: red },
    { action: 'set-timer', durationMs: 1 },
    { action: 'stop-timer' },
  ] as const) {
    ask(bob, request);
    expect(await refusal(bob)).toBe('auth/forbidden');
  }
  const eve = await server.logIn('Eve');
  for (const request of [
    { action: 'add', name: 'Mine' },
    { action: 'set-timer', durationMs: 1 },
  ] as const) {
    ask(eve, request);
    expect(await refusal(eve)).toBe('auth/forbidden');
  }
  await server.requestConference(ann, red);
  for (const jid of [red, `00000000-0000-4000-8000-000000000000@${server.hosts.breakout}`]) {
    const request = xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room: jid });
    expect(errorOf(await eve.ask('set', server.hosts.focus, request))).toBe('cancel/not-allowed');
    expect(errorOf(await eve.join(jid))).toBe('cancel/not-allowed');
  }
});

test('a moderator moves people of its own meeting only, to rooms of its own meeting only; nonsense is refused', async () => {
  const { room, ann, bob, red } = await withRoom();
  const other = await withRoom();
  for (const [request, error] of [
    [{ action: 'move-to-room', participant: `${other.room}/${other.bob.nick}`, room: red }, 'cancel/item-not-found'],
    [{ action: 'move-to-room', participant: `${room}/${bob.nick}`, room: other.red }, 'cancel/item-not-found'],
    [{ action: 'move-to-room', participant: `${room}/focus`, room: red }, 'cancel/item-not-found'],
    [{ action: 'remove', room: other.red }, 'cancel/item-not-found'],
    [{ action: 'remove', room }, 'cancel/item-not-found'],
    [{ action: 'rename', room: red, name: ' ' }, 'modify/not-acceptable'],
    [{ action: 'add', name: 'x'.repeat(256) }, 'modify/not-acceptable'],
  ] as const) {
    ask(ann, request);
    expect(await refusal(ann)).toBe(error);
  }
  for (let i = 1; i < 50; i += 1) ask(ann, { action: 'add', name: `Room ${i}` });
  ask(ann, { action: 'add', name: 'One more' });
  expect(await refusal(ann)).toBe('wait/resource-constraint');
});

test('two moderators close a room at once: it is closed once', async () => {
  const { room, ann, bob, red } = await withRoom();
  const grant = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: bob.bareJid, affiliation: 'owner' }));
  await ann.ask('set', room, grant);
  ask(ann, { action: 'remove', room: red });
  await picture(bob, 'no room', (seen) => jidOf(seen, 'Red') === undefined);
  ask(bob, { action: 'remove', room: red });
  expect(await refusal(bob)).toBe('cancel/item-not-found');
});

test('a breakout room has the bans of its meeting, and no lock of its own', async () => {
  const { room, ann, bob, red } = await withRoom();
  await go(ann, room, red);
  const locked = await ann.ask('set', red, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
  expect(errorOf(locked)).toBe('cancel/not-allowed');
  await go(ann, red, room);
  const ban = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: bob.bareJid, affiliation: 'outcast' }));
  await ann.ask('set', room, ban);
  await bob.receivePresence(room, bob.nick, 'unavailable');
  await server.requestConference(bob, red);
  expect(errorOf(await bob.join(red))).toBe('auth/forbidden');
});

test('the main room keeps what it is while people are in breakout rooms; ending the meeting there ends all of it', async () => {
  const { room, ann, bob, red } = await withRoom();
  ann.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: room, id: 'a1' }, xml('body', {}, 'kept')));
  await ann.drain();
  await go(bob, room, red);
  await go(ann, room, red);
  await leave(bob, red);
  await server.requestConference(bob, room);
  await bob.join(room);
  await bob.receiveMessage('the history', (message) => bodyOf(message) === 'kept');
  ann.send(xml('message', { xmlns: NS.client, to: server.hosts.endConference }, xml('end_conference')));
  for (const [client, where] of [
    [ann, red],
    [bob, room],
  ] as const) {
    const gone = await client.receivePresence(where, client.nick, 'unavailable');
    const x = child(gone, 'x', NS.mucUser) ?? xml('x');
    expect(child(x, 'destroy')).toBeDefined();
    expect(child(child(x, 'item') ?? xml('item'), 'actor')?.attrs).toEqual({ nick: ann.nick });
  }
  // A new meeting under the same name knows nothing of it.
  expect(errorOf(await ann.join(red))).toBe('cancel/not-allowed');
});

test('a room has the main room’s rule for the chat, until a moderator sets another one there or changes the main room’s', async () => {
  const { room, ann, bob, red } = await withRoom();
  const permit = (where: string, data: Readonly<Record<string, boolean>>): void => {
    const change = JSON.stringify({ type: 'room_metadata', key: 'permissions', data });
    const content = xml('room_metadata', { xmlns: NS.jitmeet, room: where }, change);
    ann.send(xml('message', { xmlns: NS.client, to: server.hosts.metadata }, content));
  };
  const say = (client: XmppTestClient, where: string, words: string): void =>
    client.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: where, id: words }, xml('body', {}, words)));
  permit(room, { groupChatRestricted: true });
  await ann.drain();
  await go(bob, room, red);
  say(bob, red, 'hello');
  expect(await refusal(bob)).toBe('auth/forbidden');
  await go(ann, room, red);
  permit(red, {});
  await ann.drain();
  say(bob, red, 'hello');
  await ann.receiveMessage('Bob', (message) => bodyOf(message) === 'hello');
  // What is closed in the main room is closed everywhere, also where it was open a moment ago.
  await go(ann, red, room);
  permit(room, { groupChatRestricted: true, privateChatRestricted: true });
  const rules = await bob.receiveMessage('the rules', (message) =>
    JSON.stringify(jsonOf(message) ?? {}).includes('privateChatRestricted'),
  );
  expect(child(rules, 'json-message')?.attrs['room']).toBe(red);
  say(bob, red, 'again');
  expect(await refusal(bob)).toBe('auth/forbidden');
  await go(bob, red, room);
  say(bob, room, 'hello');
  expect(await refusal(bob)).toBe('auth/forbidden');
});

test('a main room for members only stays so while everybody is in a breakout room', async () => {
  const { room, ann, bob, red } = await withRoom();
  await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
  await go(bob, room, red);
  await go(ann, room, red);
  const eve = await server.logIn('Eve');
  await server.requestConference(eve, room);
  const name = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Eve');
  expect(errorOf(await eve.join(room, xml('x', { xmlns: NS.muc }), name))).toBe('auth/registration-required');
  expect(statuses(await go(bob, red, room))).toContain('110');
  // Kicked out of the main room, he gets into no other one either.
  await go(ann, red, room);
  await ann.ask('set', room, xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick: bob.nick, role: 'none' })));
  await bob.receivePresence(room, bob.nick, 'unavailable');
  expect(errorOf(await bob.join(red))).toBe('cancel/not-allowed');
});
