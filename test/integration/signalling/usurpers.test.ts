import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeAvModerationRequest } from '#protocol/xmpp/av-moderation.ts';
import { encodeBreakoutRequest, type BreakoutRequest } from '#protocol/xmpp/breakout-rooms.ts';
import { withAttributes, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { roomConfig } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, itemOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

/**
 * Whatever only moderators do, tried by somebody in the room who is none, and by the moderator of another room: each is
 * refused, and nobody in the room hears of it.
 */
let server: SignallingHarness;
let room: string;
let ann: XmppTestClient;
let bob: XmppTestClient;
let mia: XmppTestClient;

beforeAll(async () => {
  server = await SignallingHarness.start();
  room = server.freshRoom();
  ann = await server.logInAndJoin('Ann', room);
  bob = await server.logInAndJoin('Bob', room);
  await server.makeOwner(room, ann);
  const elsewhere = server.freshRoom();
  mia = await server.logInAndJoin('Mia', elsewhere);
  await server.makeOwner(elsewhere, mia);
  await mia.receive('her role', (stanza) => itemOf(stanza)['role'] === 'moderator' && statuses(stanza).includes('110'));
  for (const client of [ann, bob, mia]) await client.drain();
});
afterAll(() => server.stop());

const admin = (...items: readonly XmlElement[]): XmlElement => xml('query', { xmlns: NS.mucAdmin }, items);

/** Asked of the room. */
const REQUESTS: readonly (readonly [string, 'get' | 'set', () => XmlElement])[] = [
  ['kicks Ann', 'set', () => admin(xml('item', { nick: ann.nick, role: 'none' }))],
  ['kicks the focus', 'set', () => admin(xml('item', { nick: 'focus', role: 'none' }))],
  ['bans Ann', 'set', () => admin(xml('item', { jid: ann.bareJid, affiliation: 'outcast' }))],
  ['takes Ann’s role', 'set', () => admin(xml('item', { jid: ann.bareJid, affiliation: 'none' }))],
  ['makes itself an owner', 'set', () => admin(xml('item', { jid: bob.bareJid, affiliation: 'owner' }))],
  ['makes itself an admin by nick', 'set', () => admin(xml('item', { nick: bob.nick, affiliation: 'admin' }))],
  ['makes itself a member', 'set', () => admin(xml('item', { jid: bob.bareJid, affiliation: 'member' }))],
  ['reads who is banned', 'get', () => admin(xml('item', { affiliation: 'outcast' }))],
  ['reads the password', 'get', () => xml('query', { xmlns: NS.mucOwner })],
  ['sets a password', 'set', () => roomConfig({ 'muc#roomconfig_roomsecret': 'mine' })],
  ['opens a lobby', 'set', () => roomConfig({ 'muc#roomconfig_membersonly': 'true' })],
  ['destroys the room', 'set', () => xml('query', { xmlns: NS.mucOwner }, xml('destroy'))],
];

const metadata = (key: string, data: unknown): XmlElement =>
  xml('room_metadata', { xmlns: NS.jitmeet }, JSON.stringify({ type: 'room_metadata', key, data }));
const breakout = (request: BreakoutRequest): XmlElement => encodeBreakoutRequest(request);

/** Told to a component, about the room. */
const MESSAGES: readonly (readonly [string, () => string, () => XmlElement])[] = [
  [
    'reserves microphones',
    () => server.hosts.avModeration,
    () => encodeAvModerationRequest({ kind: 'switch', mediaType: 'audio', isOn: true }),
  ],
  [
    'approves itself',
    () => server.hosts.avModeration,
    () => encodeAvModerationRequest({ kind: 'approve', mediaType: 'audio', target: `${room}/${bob.nick}` }),
  ],
  ['mutes newcomers', () => server.hosts.metadata, () => metadata('startMuted', { audio: true, video: true })],
  ['closes the chat', () => server.hosts.metadata, () => metadata('permissions', { groupChatRestricted: true })],
  ['writes what only servers write', () => server.hosts.metadata, () => metadata('services', [])],
  ['makes a breakout room', () => server.hosts.breakout, () => breakout({ action: 'add', name: 'Mine' })],
  [
    'moves Ann',
    () => server.hosts.breakout,
    () => breakout({ action: 'move-to-room', participant: `${room}/${ann.nick}`, room }),
  ],
  ['sets an end', () => server.hosts.breakout, () => breakout({ action: 'set-timer', durationMs: 1_000 })],
  ['ends the meeting', () => server.hosts.endConference, () => xml('end_conference')],
];

/** Told to the room. */
const ANNOUNCEMENTS: readonly (readonly [string, () => XmlElement])[] = [
  ['names the meeting', () => xml('message', { type: 'groupchat' }, xml('subject', {}, 'Mine'))],
  [
    'speaks for the lobby',
    () =>
      xml(
        'message',
        { type: 'groupchat' },
        xml('json-message', { xmlns: NS.jitmeet }, '{"type":"lobby-notify","event":"LOBBY-ENABLED","value":true}'),
      ),
  ],
  [
    'speaks for AV moderation',
    () =>
      xml(
        'message',
        { type: 'groupchat' },
        xml('json-message', { xmlns: NS.jitmeet }, '{"type":"av_moderation","enabled":true,"mediaType":"audio"}'),
      ),
  ],
];

/** Asked of Ann through the room. */
const PRIVATE: readonly (readonly [string, () => XmlElement])[] = [
  ['mutes Ann past the focus', () => xml('mute', { xmlns: 'http://jitsi.org/jitmeet/audio' }, 'true')],
  [
    'sends Ann away as a visitor',
    () => xml('visitors', { xmlns: 'jitsi:visitors' }, xml('promotion-response', { allow: 'true' })),
  ],
];

const refusal = (client: XmppTestClient): Promise<XmlElement> =>
  client.receiveMessage('a refusal', ({ attrs }) => attrs['type'] === 'error');

async function nobodyHeard(): Promise<void> {
  for (const client of [ann, bob, mia]) expect(await client.drain()).toEqual([]);
}

describe.each([
  ['Bob, in the room', () => bob],
  ['Mia, who moderates another room', () => mia],
])('%s', (_who, attacker) => {
  test.each(REQUESTS)('%s: refused', async (_what, type, payload) => {
    expect(errorOf(await attacker().ask(type, room, payload()))).toMatch(/^(?:auth\/forbidden|cancel\/not-allowed)$/u);
    await nobodyHeard();
  });

  test.each(MESSAGES)('%s: refused', async (_what, host, payload) => {
    const about = withAttributes(payload(), { room });
    attacker().send(xml('message', { xmlns: NS.client, to: host() }, about));
    expect(errorOf(await refusal(attacker()))).toBe('auth/forbidden');
    await nobodyHeard();
  });

  test.each(ANNOUNCEMENTS)('%s: refused', async (_what, message) => {
    attacker().send(withAttributes(message(), { xmlns: NS.client, to: room }));
    expect(errorOf(await refusal(attacker()))).toMatch(
      /^(?:auth\/forbidden|cancel\/not-allowed|cancel\/not-acceptable)$/u,
    );
    await nobodyHeard();
  });

  test.each(PRIVATE)('%s: refused', async (_what, payload) => {
    const answer = await attacker().ask('set', `${room}/${ann.nick}`, payload());
    expect(errorOf(answer)).toMatch(/^cancel\/(?:not-allowed|not-acceptable)$/u);
    await nobodyHeard();
  });
});

test('after all of it Ann moderates an open room, and Bob is in it as before', async () => {
  const owners = await ann.ask('get', room, admin(xml('item', { affiliation: 'owner' })));
  expect(JSON.stringify(owners)).toContain(ann.bareJid);
  expect(JSON.stringify(owners)).not.toContain(bob.bareJid);
  const cid = await server.logIn('Cid');
  expect(statuses(await cid.join(room))).toContain('110');
  bob.send(xml('message', { xmlns: NS.client, to: room, type: 'groupchat' }, xml('body', {}, 'all well')));
  await ann.receiveMessage('Bob', (message) => JSON.stringify(message).includes('all well'));
});
