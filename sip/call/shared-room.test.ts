import { expect, test } from 'vitest';
import { PhoneLeg } from '../media/phone-leg.ts';
import { RoomMixer } from '../media/room-mixer.ts';
import type { ToMediaThread } from '../media/thread-messages.ts';
import { RoomTable } from './room-table.ts';
import { type RoomMember, SharedRoom } from './shared-room.ts';

const ADDRESS = { address: '127.0.0.1', port: 4000 };

function sharedRoom() {
  const orders: ToMediaThread[] = [];
  let isEmpty = false;
  const mixer = new RoomMixer(1, ADDRESS, (order) => orders.push(order));
  const room = new SharedRoom(mixer, () => (isEmpty = true));
  /** What the sessions were told last, by the name of their source. */
  const receiving = new Map<string, readonly string[] | undefined>();
  let legs = 0;
  const newMember = (sourceName: string): RoomMember => ({
    leg: new PhoneLeg(++legs, ADDRESS, (order) => orders.push(order)),
    session: {
      sourceName,
      setReceiving: (isReceiving: boolean, excluded?: readonly string[]) => {
        receiving.set(sourceName, isReceiving ? (excluded ?? []) : undefined);
      },
    },
  });
  const sources = () => orders.findLast((order) => order.kind === 'setSources')?.ssrcs;
  return { room, orders, receiving, newMember, sources, isEmpty: () => isEmpty };
}

test('one phone receives for all, and none of this gateway’s phones', () => {
  const { room, receiving, newMember } = sharedRoom();
  const [first, second] = [newMember('a'), newMember('b')];
  expect(room.needsReceiver).toBe(true);
  room.enter(first);
  room.enter(second);
  expect(room.needsReceiver).toBe(false);
  expect(receiving).toEqual(
    new Map([
      ['a', ['a', 'b']],
      ['b', undefined],
    ]),
  );
});

test('what the others say is heard only of who receives', () => {
  const { room, newMember, sources } = sharedRoom();
  const [first, second] = [newMember('a'), newMember('b')];
  room.enter(first);
  room.enter(second);
  room.onSources(first, [11, 12]);
  room.onSources(second, [99]);
  expect(sources()).toEqual([11, 12]);
});

test('when who receives goes, the next one does, and nobody is heard by the old one’s numbers', () => {
  const { room, receiving, newMember, sources } = sharedRoom();
  const [first, second] = [newMember('a'), newMember('b')];
  room.enter(first);
  room.enter(second);
  room.onSources(first, [11]);
  room.exit(first);
  expect(sources()).toEqual([]);
  expect(receiving.get('b')).toEqual(['b']);
  room.onSources(second, [21]);
  expect(sources()).toEqual([21]);
});

test('coming and going twice is coming and going once', () => {
  const { room, orders, newMember } = sharedRoom();
  const member = newMember('a');
  room.enter(member);
  room.enter(member);
  room.exit(member);
  room.exit(member);
  expect(orders.filter(({ kind }) => kind === 'add' || kind === 'remove').map(({ kind }) => kind)).toEqual([
    'add',
    'remove',
  ]);
  expect(room.needsReceiver).toBe(true);
});

test('it closes when as many have let go of it as held it', () => {
  const { room, orders, isEmpty } = sharedRoom();
  room.hold();
  room.hold();
  room.release();
  expect(isEmpty()).toBe(false);
  room.release();
  expect(isEmpty()).toBe(true);
  expect(orders.at(-1)?.kind).toBe('closeRoom');
});

function roomTable() {
  const mixers: RoomMixer[] = [];
  const openRoom = (): Promise<RoomMixer> => {
    const mixer = new RoomMixer(mixers.length, ADDRESS, () => undefined);
    mixers.push(mixer);
    return Promise.resolve(mixer);
  };
  return { table: new RoomTable(() => Promise.resolve({ openRoom })), mixers };
}

test('those who come to a room at once share it, and the next after them get another', async () => {
  const { table, mixers } = roomTable();
  const [first, second] = await Promise.all([table.hold('standup@muc.localhost'), table.hold('standup@muc.localhost')]);
  expect(first).toBe(second);
  first.release();
  second.release();
  expect(table.size).toBe(0);
  expect(await table.hold('standup@muc.localhost')).not.toBe(first);
  expect(mixers).toHaveLength(2);
});

test('a room whose sound has died is not given to anybody else, and its end does not take the next one along', async () => {
  const { table, mixers } = roomTable();
  const old = await table.hold('standup@muc.localhost');
  mixers[0]?.threadEnded();
  const next = await table.hold('standup@muc.localhost');
  expect(next).not.toBe(old);
  old.release();
  expect(await table.hold('standup@muc.localhost')).toBe(next);
});

test('a room that cannot be opened leaves no trace', async () => {
  const table = new RoomTable(() => Promise.reject(new Error('no thread')));
  await expect(table.hold('standup@muc.localhost')).rejects.toThrow('no thread');
  expect(table.size).toBe(0);
});
