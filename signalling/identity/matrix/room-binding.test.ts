import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMatrixMeeting, isRoomId, nodeOfRoom, roomOfNode } from './room-binding.ts';

// Seen with Element Web 1.12.25 (matrix note §2.1).
const OBSERVED = [
  ['!tYPpCPqwlfJMmymIAy:localhost:18448', 'EF2FSUDQINIHC53MMZFE23LZNVEUC6J2NRXWGYLMNBXXG5B2GE4DINBY'],
  [
    '!G7l19lFU4_2I6WFtdq-LP7kWSZhtEUUgobTzmtfr9so',
    'EFDTO3BRHFWEMVJUL4ZESNSXIZ2GI4JNJRIDO22XKNNGQ5CFKVKWO33CKR5G25DGOI4XG3Y',
  ],
] as const;

test.each(OBSERVED)('%s is the room of %s', (roomId, name) => {
  expect(nodeOfRoom(roomId)).toBe(name.toLowerCase());
  expect(roomOfNode(name.toLowerCase())).toBe(roomId);
});

test('whatever the room, its conference leads back to it', () => {
  const roomIds = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).map((text) => `!${text}`);
  fc.assert(
    fc.property(roomIds.filter(isRoomId), (roomId) => {
      expect(roomOfNode(nodeOfRoom(roomId))).toBe(roomId);
    }),
  );
});

test('no other name makes it throw, or stands for a room whose name it is not', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('e', 'f', 'g', 'h', 'a', '2', '7', '_') }), (node) => {
      const roomId = roomOfNode(node);
      if (roomId !== undefined) expect(nodeOfRoom(roomId)).toBe(node);
    }),
  );
});

test.each(['standup', 'efgh', 'e', '', 'eftggggggggggggggggggggggggggggggg8', 'JitsiAbcdef'])(
  '“%s” is no room’s',
  (node) => {
    expect(roomOfNode(node)).toBeUndefined();
  },
);

test('a meeting is a Matrix room’s below a tenant, too', () => {
  const node = nodeOfRoom('!a:example.org');
  expect(isMatrixMeeting(`${node}@muc.meet.example`)).toBe(true);
  expect(isMatrixMeeting(`${node}@muc.acme.meet.example/abcd`)).toBe(true);
  expect(isMatrixMeeting('standup@muc.meet.example')).toBe(false);
});

test.each(['a', '!', '! a', '!a\u0000', '!a\nb', `!${'a'.repeat(255)}`, '#a:example.org'])(
  '“%s” is no room id',
  (text) => {
    expect(isRoomId(text)).toBe(false);
  },
);
