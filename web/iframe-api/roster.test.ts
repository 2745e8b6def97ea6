import { expect, test } from 'vitest';
import { Roster } from './roster.ts';

test('a roster knows who is there, oneself included, until the meeting is left', () => {
  const roster = new Roster();
  roster.apply('video-conference-joined', {
    id: 'a',
    displayName: 'Ann',
    formattedDisplayName: 'Ann (you)',
    visitor: false,
  });
  roster.apply('participant-joined', { id: 'b', displayName: 'Bob', formattedDisplayName: 'Bob' });
  roster.apply('participant-joined', { id: 'c', displayName: 'Cy', formattedDisplayName: 'Cy' });
  roster.apply('participant-left', { id: 'c' });
  roster.apply('display-name-change', { id: 'b', displayname: 'Rob', formattedDisplayName: 'Rob' });
  roster.apply('avatar-changed', { id: 'b', avatarURL: 'https://a.example/rob.png' });
  roster.apply('email-change', { id: 'unknown', email: 'x@example.org' });
  expect(Object.fromEntries(roster.people)).toEqual({
    a: { displayName: 'Ann', formattedDisplayName: 'Ann (you)' },
    b: { displayName: 'Rob', formattedDisplayName: 'Rob', avatarURL: 'https://a.example/rob.png' },
  });
  expect([roster.ownId, roster.isVisitor]).toEqual(['a', false]);
  roster.apply('video-conference-left', { roomName: 'tea' });
  expect(roster.people.size).toBe(0);
});

test('people in breakout rooms count until the rooms close', () => {
  const roster = new Roster();
  roster.apply('video-conference-joined', { id: 'a' });
  roster.apply('breakout-rooms-updated', {
    rooms: { main: { participants: { 'main/a': {} } }, red: { participants: { 'red/b': {}, 'red/c': {} } } },
  });
  expect([roster.count, roster.people.size]).toEqual([3, 1]);
  roster.apply('breakout-rooms-updated', { rooms: { main: 7, red: { participants: 'none' } } });
  expect(roster.count).toBe(0);
  roster.apply('breakout-rooms-updated', { rooms: {} });
  expect(roster.count).toBe(1);
});

test('fields of the wrong type and names of the prototype change nothing', () => {
  const roster = new Roster();
  roster.apply('participant-joined', { id: 7 });
  roster.apply('participant-joined', { id: '__proto__', displayName: { not: 'text' } });
  roster.apply('__proto__', { id: 'x' });
  expect(Array.from(roster.people)).toEqual([['__proto__', {}]]);
  expect(({} as Record<string, unknown>)['displayName']).toBeUndefined();
});
