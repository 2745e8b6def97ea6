import { beforeEach, expect, test } from 'vitest';
import { child, childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC } from '#protocol/xmpp/muc.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import type { Identity } from '../identity/identity.ts';
import { join } from './join.ts';
import { leave } from './leave.ts';
import { groupMessage, privateMessage } from './messages.ts';
import { privateIq } from './private-iq.ts';
import { Room, type Occupant, type Send } from './room.ts';

/** What Jitsi's clients believe of whoever says it must not come from people (wire note §4.2, §4.4). */
const ROOM = 'standup@muc.meet.example';
const ANN = '1'.repeat(8);
const BOB = '2'.repeat(8);

let room: Room;
beforeEach(() => {
  room = new Room({
    jid: ROOM,
    lobbyJid: 'standup@lobby.meet.example',
    meetingId: 'm',
    createdAtMs: 0,
    historyMessages: 9,
  });
  enter('focus', undefined);
  room.setAffiliation(`${ANN}-0000@meet.example`, 'owner');
  for (const nick of [ANN, BOB]) enter(nick, { kind: 'anonymous' });
});

function enter(nick: string, identity: Identity | undefined): void {
  const sender = { jid: `${nick}-0000@meet.example/r`, identity, room: undefined, tenant: undefined, id: nick };
  const presence = xml('presence', {}, xml('x', { xmlns: NS_MUC }));
  join(room, { sender, nick, presence }, { metadataHost: 'metadata.meet.example', services: [] });
}

function occupant(nick: string): Occupant {
  const found = room.byNick(nick);
  if (found === undefined) throw new Error(`${nick} is not in the room`);
  return found;
}

function message(type: 'groupchat' | 'chat', ...content: readonly XmlElement[]): XmlElement {
  return xml('message', { xmlns: NS_CLIENT, type, id: 'm1' }, content);
}

/** What others get; or the condition of the refusal. */
function received(outcome: ReturnType<typeof groupMessage>): XmlElement | string {
  if ('condition' in outcome) return outcome.condition;
  const [send] = outcome satisfies readonly Send[];
  return send?.stanza.element ?? 'nothing';
}

test.each([
  ['beside a body', xml('subject', {}, 'forged')],
  ['in another namespace', xml('subject', { xmlns: 'urn:x' }, 'forged')],
])('a subject %s is taken out of what people say, in public, in private and for those who come later', (_, subject) => {
  const body = xml('body', {}, 'hello');
  const said = groupMessage(room, occupant(BOB), message('groupchat', body, subject), 0);
  const whispered = privateMessage(room, occupant(BOB), ANN, message('chat', body, subject));
  const remembered = room.history.stanzas.map(({ element }) => element);
  expect(remembered).toHaveLength(1);
  for (const one of [received(said), received(whispered), ...remembered]) {
    expect(one).toMatchObject({ name: 'message' });
    expect(JSON.stringify(one)).not.toContain('forged');
    expect(JSON.stringify(one)).toContain('hello');
  }
  expect(room.subject).toBeUndefined();
});

test('moderators change the subject, which all get; others do not', () => {
  const change = message('groupchat', xml('subject', {}, 'Stand-up'));
  expect(received(groupMessage(room, occupant(BOB), change, 0))).toBe('forbidden');
  const told = received(groupMessage(room, occupant(ANN), change, 0));
  expect(told).toMatchObject({ children: [xml('subject', {}, 'Stand-up')] });
  expect(room.subject).toEqual({ text: 'Stand-up', from: `${ROOM}/${ANN}` });
});

test.each([
  ['the end of a visit', xml('visitors', { xmlns: 'jitsi:visitors' }, xml('promotion-response', { allow: 'true' }))],
  ['a mute', xml('mute', { xmlns: 'http://jitsi.org/jitmeet/audio' }, 'true')],
  ['a recording', xml('jibri', { xmlns: 'http://jitsi.org/protocol/jibri', action: 'start' })],
])('%s is no request of one person to another; the focus asks for it, and is asked', (_, payload) => {
  const iq = xml('iq', { type: 'set', id: 'i1' }, payload);
  expect(privateIq(room, occupant(BOB), ANN, iq)).toMatchObject({ condition: 'not-allowed' });
  // Not even by whoever moderates.
  expect(privateIq(room, occupant(ANN), BOB, iq)).toMatchObject({ condition: 'not-allowed' });
  expect(privateIq(room, occupant('focus'), ANN, iq)).toMatchObject([{ to: [occupant(ANN).jid] }]);
  expect(privateIq(room, occupant(BOB), 'focus', iq)).toMatchObject([{ to: [occupant('focus').jid] }]);
});

test.each(['urn:xmpp:jingle:1', 'http://jabber.org/protocol/disco#info', 'urn:xmpp:rayo:1', 'urn:xmpp:ping'])(
  'people ask each other in %s',
  (xmlns) => {
    const iq = xml('iq', { type: 'set', id: 'i1' }, xml('query', { xmlns }));
    expect(privateIq(room, occupant(BOB), ANN, iq)).toMatchObject([{ to: [occupant(ANN).jid] }]);
  },
);

test('who leaves cannot have that overheard', () => {
  const ignore = xml('ignore', { xmlns: 'http://jitsi.org/jitmeet/' });
  const [told] = leave(room, occupant(BOB), xml('presence', { type: 'unavailable' }, ignore, xml('status', {}, 'bye')));
  const names = childElements(told?.stanza.element ?? xml('none')).map(({ name }) => name);
  expect(names).toEqual(['status', 'x']);
});

test('how the meeting is reached by telephone, and that it is written down, is not said by people', () => {
  const lies = [
    xml('call-control', { phone: '+1900', pin: '1' }),
    xml('transcription-status', { status: 'ON' }),
    xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Eve'),
  ];
  const sender = {
    jid: '3-0@meet.example/r',
    identity: { kind: 'anonymous' },
    room: undefined,
    tenant: undefined,
    id: '3',
  } as const;
  const presence = xml('presence', {}, xml('x', { xmlns: NS_MUC }), lies);
  join(room, { sender, nick: '33333333', presence }, { metadataHost: 'metadata.meet.example', services: [] });
  const shown = occupant('33333333').announcement.element;
  expect(child(shown, 'nick')).toBeDefined();
  expect(childElements(shown).map(({ name }) => name)).toEqual(['nick', 'x']);
});
