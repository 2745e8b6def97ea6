import { beforeEach, describe, expect, test } from 'vitest';
import { child, childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import { parseXml } from '#protocol/xmpp/xml.ts';
import { initialState, StateStore } from '../meeting-state.ts';
import { LobbyDoor } from './lobby-door.ts';

const ROOM = 'standup@muc.meet.example';
const LOBBY = 'standup@lobby.meet.example';
const SELF = '1f0c9a7e';
const BOB = 'b27de114';
const NS_USER = 'http://jabber.org/protocol/muc#user';
const REGISTRATION_REQUIRED = stanzaError(
  'auth',
  'registration-required',
  undefined,
  xml('lobbyroom', { xmlns: 'http://jitsi.org/jitmeet' }, LOBBY),
);

let sent: XmlElement[];
let told: unknown[];
let state: StateStore;
let door: LobbyDoor;

beforeEach(() => {
  sent = [];
  told = [];
  state = new StateStore(initialState('standup', 'Ann'));
  const take = (stanza: XmlElement): true => {
    sent.push(stanza);
    return true;
  };
  door = new LobbyDoor({
    connection: {
      send: take,
      request: (iq) => Promise.resolve(take(iq)).then(() => xml('iq', { type: 'result' })),
    },
    room: ROOM,
    lobby: LOBBY,
    state,
    nick: () => SELF,
    setPhase: (phase) => told.push(phase),
    enter: (password) => told.push(['enter', password]),
    end: ({ code }) => told.push(code),
    command: (run) => run({} as never).then(() => undefined),
  });
});

const presence = (nick: string, inner: string, attributes = '', more = '') =>
  door.receive(
    parseXml(
      `<presence xmlns="jabber:client" from="${LOBBY}/${nick}" ${attributes}>${more}<x xmlns="${NS_USER}">${inner}</x></presence>`,
    ),
  );
const addresses = () => sent.map(({ name, attrs }) => [name, attrs['to'], attrs['type']]);

describe('before the door', () => {
  beforeEach(() => {
    expect(door.phaseOfRefusal(REGISTRATION_REQUIRED, false)).toMatchObject({ name: 'lobby', isWaiting: false });
    door.knock('Ann Lee');
  });

  test('one waits in the lobby under the name given', () => {
    expect(addresses()).toEqual([['presence', `${LOBBY}/${SELF}`, undefined]]);
    expect(state.value.self.displayName).toBe('Ann Lee');
    presence(SELF, '<item role="participant"/><status code="110"/>');
    expect(told).toEqual([{ name: 'lobby', isWaiting: true, wasPasswordWrong: false }]);
  });

  test('an invitation leads into the room, and out of the lobby', () => {
    const user = `<x xmlns="${NS_USER}"><invite/><password>tea</password></x>`;
    door.receive(parseXml(`<message xmlns="jabber:client" from="${ROOM}">${user}</message>`));
    expect(told).toEqual([['enter', 'tea']]);
    expect(addresses().at(-1)).toEqual(['presence', `${LOBBY}/${SELF}`, 'unavailable']);
  });

  test.each([
    ['<status code="307"/>', 'refused-in-lobby'],
    [`<destroy jid="${ROOM}"/>`, ['enter', undefined]],
    ['<destroy/>', 'meeting-ended'],
  ])('%s ends the wait with %j', (inner, end) => {
    presence(SELF, inner, 'type="unavailable"');
    expect(told).toEqual([end]);
  });

  test('a wait outlives a lost session', () => {
    expect(door.bound('cafe0123')).toBe(true);
    expect(addresses().at(-1)).toEqual(['presence', `${LOBBY}/cafe0123`, undefined]);
  });

  test('giving up leaves the lobby for good', () => {
    door.stopKnocking();
    expect(addresses().at(-1)).toEqual(['presence', `${LOBBY}/${SELF}`, 'unavailable']);
    expect(told).toEqual([{ name: 'idle' }]);
    expect(door.bound('cafe0123')).toBe(false);
  });

  test('what moderators write is theirs, what comes back is our own', () => {
    const say = (nick: string, text: string) =>
      door.receive(
        parseXml(
          `<message xmlns="jabber:client" from="${LOBBY}/${nick}" type="groupchat"><body>${text}</body><nick xmlns="http://jabber.org/protocol/nick">Eleni</nick></message>`,
        ),
      );
    say('0e1e2e3e', 'Two minutes.');
    say(SELF, 'Thank you.');
    expect(state.value.lobby.messages.map(({ isOwn, fromName, text }) => [isOwn, fromName, text])).toEqual([
      [false, 'Eleni', 'Two minutes.'],
      [true, 'Ann Lee', 'Thank you.'],
    ]);
  });
});

test('a wrong password stays before the door', () => {
  door.phaseOfRefusal(REGISTRATION_REQUIRED, false);
  expect(door.phaseOfRefusal(stanzaError('auth', 'not-authorized'), true)).toEqual({
    name: 'lobby',
    isWaiting: false,
    wasPasswordWrong: true,
  });
});

test('a room with a password and no lobby is not this door’s affair', () => {
  expect(door.phaseOfRefusal(stanzaError('auth', 'not-authorized'), false)).toBeUndefined();
});

describe('a moderator', () => {
  const knocks = (nick: string, name: string) =>
    presence(
      nick,
      `<item role="participant" jid="${nick}-1@meet.example/r"/>`,
      '',
      `<nick xmlns="http://jabber.org/protocol/nick">${name}</nick>`,
    );

  beforeEach(() => {
    door.update({ nick: SELF, isModerator: true });
    expect(sent).toEqual([]);
    door.update({ lobby: LOBBY });
    knocks(BOB, 'Bob');
    knocks('cafe0123', 'Cleo');
  });

  test('enters the lobby and sees who waits, in order', () => {
    expect(addresses()).toEqual([['presence', `${LOBBY}/${SELF}`, undefined]]);
    expect(state.value.lobby).toMatchObject({
      isOn: true,
      knockers: [
        { id: BOB, displayName: 'Bob' },
        { id: 'cafe0123', displayName: 'Cleo' },
      ],
    });
    presence(BOB, '', 'type="unavailable"');
    expect(state.value.lobby.knockers.map(({ id }) => id)).toEqual(['cafe0123']);
  });

  test('lets in by full address, several in one', () => {
    door.admit([BOB, 'cafe0123', 'nobody00']);
    const user = child(sent.at(-1)!, 'x', NS_USER);
    expect(sent.at(-1)?.attrs['to']).toBe(ROOM);
    expect(childElements(user!, 'invite').map(({ attrs }) => attrs['to'])).toEqual([
      `${BOB}-1@meet.example/r`,
      'cafe0123-1@meet.example/r',
    ]);
  });

  test('sends away and writes to one who waits', async () => {
    await door.deny(BOB);
    expect(addresses().at(-1)).toEqual(['iq', LOBBY, 'set']);
    door.say('One moment.', 'cafe0123');
    expect(addresses().at(-1)).toEqual(['message', `${LOBBY}/cafe0123`, 'chat']);
    expect(state.value.lobby.messages).toMatchObject([{ with: 'cafe0123', isOwn: true, text: 'One moment.' }]);
  });

  test('who is one no longer leaves the lobby and sees nobody', () => {
    door.update({ isModerator: false });
    expect(addresses().at(-1)).toEqual(['presence', `${LOBBY}/${SELF}`, 'unavailable']);
    expect(state.value.lobby).toMatchObject({ isOn: true, knockers: [] });
    expect(knocks('dada0123', 'Dan')).toBe(false);
  });

  test('of a room that opens its door has nobody to let in', () => {
    const before = sent.length;
    door.update({ lobby: undefined });
    expect(sent).toHaveLength(before);
    expect(state.value.lobby).toMatchObject({ isOn: false, knockers: [] });
  });
});
