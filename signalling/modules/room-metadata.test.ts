import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RoomMetadata } from '../muc/room-metadata.ts';
import { readChange } from './room-metadata.ts';

test('a change names a key and a value', () => {
  const json = JSON.stringify({ type: 'room_metadata', key: 'startMuted', data: { audio: true } });
  expect(readChange(json)).toEqual({ key: 'startMuted', data: { audio: true } });
});

test.each([
  '',
  'null',
  '[]',
  '"text"',
  '{"type":"room_metadata","data":1}',
  '{"type":"room_metadata","key":1,"data":1}',
  '{"type":"room_metadata","key":"","data":1}',
  '{"type":"room_metadata","key":"a"}',
  '{"type":"other","key":"a","data":1}',
  `{"type":"room_metadata","key":"a","data":${'['.repeat(20)}${']'.repeat(20)}}`,
  `{"type":"room_metadata","key":"a","data":"${'x'.repeat(10_000)}"}`,
])('%.70s is none', (json) => {
  expect(readChange(json)).toBeUndefined();
});

test('no text makes the reader throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
      expect(['undefined', 'object']).toContain(typeof readChange(json));
    }),
  );
});

test('keys of the server are refused, and so is more than a room needs', () => {
  const metadata = new RoomMetadata();
  expect(metadata.set('participants', {})).toBe('reserved');
  expect(metadata.set('x'.repeat(65), 1)).toBe('too-large');
  for (let i = 0; i < 32; i += 1) expect(metadata.set(`key${i}`, i)).toBeUndefined();
  expect(metadata.set('one more', 1)).toBe('too-large');
  expect(metadata.set('key0', 'changed')).toBeUndefined();
  expect(JSON.parse(metadata.toJson())).toMatchObject({
    type: 'room_metadata',
    metadata: { key0: 'changed', key1: 1 },
  });
});

test('a key that JavaScript objects have by themselves is a key like others', () => {
  const metadata = new RoomMetadata();
  metadata.set('__proto__', { polluted: true });
  expect(metadata.toJson()).toContain('"__proto__":{"polluted":true}');
  expect('polluted' in {}).toBe(false);
});

test('permissions are the ones that the server keeps, and nothing else', () => {
  const metadata = new RoomMetadata();
  for (const bad of [null, [], 'x', { groupChatRestricted: 'true' }, { moderators: true }]) {
    expect(metadata.set('permissions', bad)).toBe('reserved');
  }
  expect([...metadata.permissions]).toEqual([]);
  expect(metadata.set('permissions', { groupChatRestricted: true, pollCreationRestricted: false })).toBeUndefined();
  expect([...metadata.permissions]).toEqual(['groupChatRestricted']);
});
