import fc from 'fast-check';
import { expect, test } from 'vitest';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import { GUEST } from '../identity/identity.ts';
import type { Sender } from '../routing/sender.ts';
import { join } from './join.ts';
import { leave } from './leave.ts';
import {
  admit,
  closeLobby,
  deny,
  enterLobby,
  judgeKnock,
  leaveLobby,
  lobbyGroupMessage,
  lobbyPrivateMessage,
} from './lobby-rules.ts';
import { Lobby } from './lobby.ts';
import { Room, type Send } from './room.ts';

const ROOM = 'standup@muc.meet.example';
const LOBBY = 'standup@lobby.meet.example';
const PEOPLE = [1, 2, 3, 4, 5].map((digit) => String(digit).repeat(8));

function person(id: string): Sender {
  return { jid: `${id}-0000@meet.example/r`, identity: GUEST, room: undefined, tenant: undefined, id };
}

function request(id: string): { sender: Sender; nick: string; presence: XmlElement } {
  const name = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, `Person ${id}`);
  return { sender: person(id), nick: id, presence: xml('presence', {}, xml('x', { xmlns: NS_MUC }), name) };
}

/** A room for members only and its lobby, with all that was sent. */
class Door {
  readonly room = new Room({ jid: ROOM, lobbyJid: LOBBY, meetingId: 'm', createdAtMs: 0, historyMessages: 0 });
  lobby = new Lobby(LOBBY, this.room);
  readonly sent: { to: string; element: XmlElement }[] = [];

  constructor() {
    this.room.lobby = this.lobby;
  }

  do(outcome: readonly Send[] | StanzaError): void {
    if ('condition' in outcome) return;
    for (const { stanza, to } of outcome)
      for (const jid of to) this.sent.push({ to: jid, element: stanza.elementFor(jid) });
  }

  enterRoom(id: string, affiliation: 'owner' | 'member'): void {
    const { sender } = request(id);
    if (this.room.byJid(sender.jid) !== undefined) return;
    this.room.setAffiliation(`${id}-0000@meet.example`, affiliation);
    this.do(join(this.room, request(id), { metadataHost: 'metadata.meet.example', services: [] }));
  }

  knock(id: string): void {
    if (judgeKnock(this.lobby, request(id), 10) === undefined) this.do(enterLobby(this.lobby, request(id)));
  }
}

/** What somebody does, by number of person; whatever the rules forbid changes nothing. */
const actions: Readonly<Record<string, (door: Door, one: string, other: string) => void>> = {
  'moderates the room': (door, one) => door.enterRoom(one, 'owner'),
  'is a member of the room': (door, one) => door.enterRoom(one, 'member'),
  'leaves the room': (door, one) => {
    const who = door.room.byNick(one);
    if (who === undefined) return;
    door.do(leave(door.room, who));
    const looking = door.lobby.byNick(one);
    if (looking !== undefined) door.do(leaveLobby(door.lobby, looking));
  },
  'enters the lobby': (door, one) => door.knock(one),
  'leaves the lobby': (door, one) => {
    const who = door.lobby.byNick(one);
    if (who !== undefined) door.do(leaveLobby(door.lobby, who));
  },
  'speaks to all': (door, one) => {
    const who = door.lobby.byNick(one);
    if (who !== undefined)
      door.do(lobbyGroupMessage(door.lobby, who, xml('message', {}, xml('body', {}, `from ${one}`))));
  },
  'speaks to one': (door, one, other) => {
    const who = door.lobby.byNick(one);
    const message = xml('message', { type: 'chat' }, xml('body', {}, `from ${one}`));
    if (who !== undefined) door.do(lobbyPrivateMessage(door.lobby, who, other, message));
  },
};

test('whatever happens, those who wait never hear or see of each other', () => {
  const step = fc.tuple(
    fc.constantFrom(...Object.keys(actions)),
    fc.constantFrom(...PEOPLE),
    fc.constantFrom(...PEOPLE),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const door = new Door();
      for (const [action, one, other] of steps) {
        const before = door.sent.length;
        const hosts = new Set(PEOPLE.filter((id) => door.lobby.isHost(person(id).jid)));
        actions[action]?.(door, one, other);
        for (const { to, element } of door.sent.slice(before)) {
          const [from = '', nick = ''] = (element.attrs['from'] ?? '').split('/');
          const receiver = to.slice(0, 8);
          if (from !== LOBBY || nick === '' || nick === receiver) continue;
          const isHost = (id: string): boolean => hosts.has(id) || door.lobby.isHost(person(id).jid);
          expect([action, receiver, nick, isHost(receiver) || isHost(nick)]).toEqual([action, receiver, nick, true]);
        }
      }
    }),
  );
});

test('who is let in is a member, who is sent away is not', () => {
  const door = new Door();
  door.enterRoom('11111111', 'owner');
  door.knock('11111111');
  door.knock('22222222');
  door.knock('33333333');
  const ann = door.room.byNick('11111111')!;
  const invite = (to: string): XmlElement =>
    xml('message', {}, xml('x', { xmlns: NS_MUC_USER }, xml('invite', { to })));
  door.do(admit(door.room, ann, invite(person('22222222').jid)));
  door.do(deny(door.lobby, '33333333', door.lobby.byNick('11111111')!));
  expect(door.room.affiliationOf(person('22222222').jid)).toBe('member');
  expect(door.room.affiliationOf(person('33333333').jid)).toBe('none');
  expect(door.lobby.knockers().map(({ nick }) => nick)).toEqual(['22222222']);
  // A bare address is nobody's place in the lobby.
  expect(admit(door.room, ann, invite('22222222-0000@meet.example'))).toMatchObject({ condition: 'item-not-found' });
});

test('closing leaves nobody behind', () => {
  const door = new Door();
  door.knock('22222222');
  door.knock('33333333');
  const sends = closeLobby(door.lobby, ROOM);
  expect(door.lobby.size).toBe(0);
  expect(sends.flatMap(({ to }) => to)).toEqual(['22222222', '33333333'].map((id) => person(id).jid));
  for (const { stanza } of sends) {
    expect(child(child(stanza.element, 'x', NS_MUC_USER)!, 'destroy')?.attrs['jid']).toBe(ROOM);
  }
});
