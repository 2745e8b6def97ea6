import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { child, xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { NS_MUC, NS_MUC_ADMIN, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import { mucConfig } from '../config.ts';
import type { AccessRules } from '../identity/access-rules.ts';
import type { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Sender } from '../routing/sender.ts';
import { MucService } from './muc-service.ts';

const OPEN_ACCESS: AccessRules = {
  policy: 'open',
  matrix: undefined,
  doMembersModerate: true,
  hosts: { domain: 'meet.example', muc: 'muc.meet.example' },
  isTenantChecked: false,
  clockSkewSeconds: 0,
};
const ROOM = 'standup@muc.meet.example';
const FOCUS: Sender = {
  jid: 'focus@auth.meet.example/focus',
  identity: undefined,
  room: undefined,
  tenant: undefined,
  id: 'focus',
};

function person(digit: number): Sender {
  const id = String(digit).repeat(8);
  return { jid: `${id}-0000@meet.example/r`, identity: { kind: 'anonymous' }, room: undefined, tenant: undefined, id };
}

/** Rooms without a network: what they would send is looked at. */
class Rooms {
  readonly sent: { to: string; element: XmlElement }[] = [];
  readonly refused: { to: string; error: StanzaError }[] = [];
  readonly muc: MucService;

  constructor(options: Readonly<Record<string, number>> = {}) {
    this.muc = new MucService(
      mucConfig.parse(options),
      OPEN_ACCESS,
      xmppHosts('meet.example'),
      {
        deliver: (to: string, stanza: OutgoingStanza) => void this.sent.push({ to, element: stanza.elementFor(to) }),
        refuse: (sender, _stanza, error) => void this.refused.push({ to: sender.jid, error }),
        isSomebodyElsesId: () => false,
        features: [],
        breakouts: { mainOf: () => undefined, isModerated: () => false, judgeEntry: () => undefined },
        servicesFor: () => [],
      },
      pino({ level: 'silent' }),
    );
  }

  join(sender: Sender, nick = sender.id): void {
    this.presence(sender, nick, undefined, xml('x', { xmlns: NS_MUC }));
  }

  presence(sender: Sender, nick: string, type: string | undefined, ...content: readonly XmlContent[]): void {
    const to = `${ROOM}/${nick}`;
    this.muc.toOccupant(sender, ROOM, nick, xml('presence', { from: sender.jid, to, type }, content));
  }

  admin(sender: Sender, item: Readonly<Record<string, string>>): void {
    const query = xml('query', { xmlns: NS_MUC_ADMIN }, xml('item', item));
    this.muc.toRoom(sender, ROOM, xml('iq', { type: 'set', id: 'a', from: sender.jid, to: ROOM }, query));
  }

  say(sender: Sender, words: string): void {
    const body = xml('body', {}, words);
    this.muc.toRoom(sender, ROOM, xml('message', { type: 'groupchat', from: sender.jid, to: ROOM }, body));
  }

  /** The nicks that a client knows to be in the room, from what it was sent. */
  seenBy(jid: string): Set<string> {
    const nicks = new Set<string>();
    for (const { to, element } of this.sent) {
      if (to !== jid || element.name !== 'presence') continue;
      const nick = element.attrs['from']?.split('/')[1] ?? '';
      const isSelf = child(element, 'x', NS_MUC_USER)?.children.some(
        (node) => typeof node === 'object' && node.attrs['code'] === '110',
      );
      if (element.attrs['type'] === 'unavailable') {
        nicks.delete(nick);
        if (isSelf === true) nicks.clear();
      } else nicks.add(nick);
    }
    return nicks;
  }
}

afterEach(() => vi.useRealTimers());

test('whatever people do, everyone in the room has seen exactly those who are in it', () => {
  const action = fc.record({
    who: fc.integer({ min: 1, max: 4 }),
    what: fc.constantFrom('join', 'update', 'leave', 'drop', 'kick', 'grant', 'revoke', 'ban', 'say', 'wrong nick'),
    whom: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const rooms = new Rooms({ broadcastBurst: 1_000 });
      rooms.join(FOCUS, 'focus');
      for (const { who, what, whom } of actions) {
        const sender = person(who);
        const target = person(whom);
        const bare = target.jid.split('/')[0] ?? '';
        if (what === 'join') rooms.join(sender);
        else if (what === 'update') rooms.presence(sender, sender.id, undefined, xml('SourceInfo', {}, '{}'));
        else if (what === 'leave') rooms.presence(sender, sender.id, 'unavailable');
        else if (what === 'drop') rooms.muc.sessionEnded(sender.jid);
        else if (what === 'kick') rooms.admin(sender, { nick: target.id, role: 'none' });
        else if (what === 'grant') rooms.admin(FOCUS, { jid: bare, affiliation: 'owner' });
        else if (what === 'revoke') rooms.admin(sender, { jid: bare, affiliation: 'none' });
        else if (what === 'ban') rooms.admin(sender, { jid: bare, affiliation: 'outcast' });
        else if (what === 'say') rooms.say(sender, 'hello');
        else rooms.join(sender, target.id);

        const room = rooms.muc.roomOf(ROOM);
        const inside = new Map([...(room?.occupants ?? [])].map((occupant) => [occupant.jid, occupant.nick]));
        for (let digit = 1; digit <= 4; digit += 1) {
          const { jid } = person(digit);
          expect(rooms.seenBy(jid)).toEqual(new Set(inside.has(jid) ? inside.values() : []));
        }
        expect(rooms.seenBy(FOCUS.jid)).toEqual(new Set(inside.values()));
        for (const occupant of room?.occupants ?? []) {
          expect(occupant.role).toBe(room?.roleFor(occupant.jid));
          expect(occupant.nick).toBe(occupant.jid === FOCUS.jid ? 'focus' : occupant.jid.slice(0, 8));
        }
      }
    }),
  );
});

test('a message reaches each occupant once', () => {
  const rooms = new Rooms();
  rooms.join(FOCUS, 'focus');
  for (const digit of [1, 2, 3]) rooms.join(person(digit));
  rooms.sent.length = 0;
  rooms.say(person(1), 'hello');
  expect(rooms.sent.map(({ to }) => to).toSorted()).toEqual(
    [FOCUS, person(1), person(2), person(3)].map(({ jid }) => jid).toSorted(),
  );
});

test('a broadcast is the same object for all, so that it is written out once', () => {
  const rooms = new Rooms();
  const stanzas = new Set<OutgoingStanza>();
  const muc = new MucService(
    mucConfig.parse({}),
    OPEN_ACCESS,
    xmppHosts('meet.example'),
    {
      deliver: (_to, stanza) => void stanzas.add(stanza),
      refuse: () => undefined,
      isSomebodyElsesId: () => false,
      features: [],
      breakouts: { mainOf: () => undefined, isModerated: () => false, judgeEntry: () => undefined },
      servicesFor: () => [],
    },
    pino({ level: 'silent' }),
  );
  const enter = (sender: Sender, nick: string): void =>
    muc.toOccupant(sender, ROOM, nick, xml('presence', { from: sender.jid }, xml('x', { xmlns: NS_MUC })));
  enter(FOCUS, 'focus');
  for (const digit of [1, 2, 3, 4]) enter(person(digit), person(digit).id);
  stanzas.clear();
  muc.toRoom(person(1), ROOM, xml('message', { type: 'groupchat', from: person(1).jid }, xml('body', {}, 'x')));
  expect(stanzas.size).toBe(1);
  expect(rooms.sent).toEqual([]);
});

test('too many presences at once are refused until time has passed', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const rooms = new Rooms({ broadcastBurst: 5, broadcastsPerSecond: 1 });
  rooms.join(FOCUS, 'focus');
  rooms.join(person(1));
  for (let i = 0; i < 4; i += 1) rooms.presence(person(1), person(1).id, undefined);
  expect(rooms.refused).toEqual([]);
  rooms.say(person(1), 'one more');
  expect(rooms.refused.map(({ error }) => `${error.type}/${error.condition}`)).toEqual(['wait/policy-violation']);
  vi.advanceTimersByTime(1_000);
  rooms.say(person(1), 'again');
  expect(rooms.refused).toHaveLength(1);
  for (let i = 0; i < 20; i += 1) rooms.presence(FOCUS, 'focus', undefined);
  expect(rooms.refused).toHaveLength(1);
});

test('someone banned is removed with 301 and does not come back', () => {
  const rooms = new Rooms();
  rooms.join(FOCUS, 'focus');
  rooms.join(person(1));
  rooms.admin(FOCUS, { jid: person(1).jid, affiliation: 'outcast' });
  const gone = rooms.sent.findLast(({ to }) => to === person(1).jid)?.element;
  const user = child(gone ?? xml('none'), 'x', NS_MUC_USER);
  expect(user?.children).toContainEqual(xml('status', { code: '301' }));
  expect(child(user ?? xml('none'), 'item')?.attrs).toMatchObject({ affiliation: 'outcast', role: 'none' });
  rooms.join(person(1));
  expect(rooms.refused.at(-1)?.error.condition).toBe('forbidden');
});

test('those who wait for the focus come in in the order they came; who left meanwhile does not', () => {
  const rooms = new Rooms();
  for (const digit of [1, 2, 3]) rooms.join(person(digit));
  rooms.presence(person(2), person(2).id, 'unavailable');
  rooms.muc.sessionEnded(person(3).jid);
  rooms.join(person(4));
  expect(rooms.sent).toEqual([]);
  rooms.join(FOCUS, 'focus');
  expect([...(rooms.muc.roomOf(ROOM)?.occupants ?? [])].map(({ nick }) => nick)).toEqual([
    'focus',
    person(1).id,
    person(4).id,
  ]);
});

test('a room that cannot be made is refused to the focus', () => {
  const rooms = new Rooms({ maxRooms: 1 });
  rooms.join(FOCUS, 'focus');
  rooms.muc.toOccupant(
    FOCUS,
    'other@muc.meet.example',
    'focus',
    xml('presence', { from: FOCUS.jid }, xml('x', { xmlns: NS_MUC })),
  );
  expect(rooms.refused.map(({ to, error }) => `${to} ${error.condition}`)).toEqual([
    `${FOCUS.jid} resource-constraint`,
  ]);
});
