import { describe, expect, test } from 'vitest';
import { isModerator, levelOf, powerLevels, type Creation, type RoomPower } from './power-levels.ts';
import { readCreation } from './room-state.ts';

const ANN = '@ann:example.org';
const BOB = '@bob:example.org';

const creation = (roomVersion: string, additionalCreators: string[] = []): Creation => ({
  sender: ANN,
  roomVersion,
  additionalCreators,
});
const power = (levels: object | undefined, created?: Creation): RoomPower => ({
  levels: levels === undefined ? undefined : powerLevels.parse(levels),
  creation: created,
});

describe('in rooms up to version 11', () => {
  test.each<[string, object | undefined, number, boolean]>([
    ['who is listed', { users: { [BOB]: 50 } }, 50, true],
    ['who is listed too low', { users: { [BOB]: 49 } }, 49, false],
    ['who is listed below others', { users: { [BOB]: -1 }, users_default: 100 }, -1, false],
    ['who is not listed', { users: { [ANN]: 100 } }, 0, false],
    ['everybody where all are that high', { users_default: 50 }, 50, true],
    ['where state needs more', { users: { [BOB]: 50 }, state_default: 75 }, 50, false],
    ['where state needs nothing', { state_default: 0 }, 0, true],
    ['levels as text, as old servers wrote', { users: { [BOB]: '50' }, state_default: ' 50 ' }, 50, true],
    ['levels that are none', { users: { [BOB]: 'x' }, users_default: 1.5 }, 0, false],
    ['where nothing is said', undefined, 0, false],
  ])('%s', (_who, levels, level, moderates) => {
    const room = power(levels, creation('11'));
    expect(levelOf(BOB, room)).toBe(level);
    expect(isModerator(BOB, room, undefined)).toBe(moderates);
  });

  test('the creator has 100 where the room says nothing, and what the room says otherwise', () => {
    expect(levelOf(ANN, power(undefined, creation('11')))).toBe(100);
    expect(levelOf(ANN, power({ users: { [ANN]: 10 } }, creation('11')))).toBe(10);
    expect(levelOf(ANN, power({}, creation('11')))).toBe(0);
  });
});

describe('from version 12 on', () => {
  test.each(['12', '13', '100'])('creators are above all in version %s, and in no list', (version) => {
    const room = power({ users: {}, state_default: 100 }, creation(version, [BOB]));
    expect([ANN, BOB].map((user) => levelOf(user, room))).toEqual([Infinity, Infinity]);
    expect(isModerator(BOB, room, 1_000)).toBe(true);
    expect(levelOf('@cid:example.org', room)).toBe(0);
  });

  test.each(['1', '10', '11', 'org.example.12', '12x', ''])('not in version “%s”', (version) => {
    expect(levelOf(BOB, power({}, creation(version, [BOB])))).toBe(0);
  });
});

test('a level of one’s own choice decides instead', () => {
  const room = power({ users: { [BOB]: 10 } });
  expect(isModerator(BOB, room, 10)).toBe(true);
  expect(isModerator(BOB, room, 11)).toBe(false);
});

test('names of JavaScript are users like others', () => {
  const room = power({ users: JSON.parse('{"__proto__": 100, "constructor": 100}') as object });
  expect(levelOf('toString', room)).toBe(0);
  expect(levelOf('valueOf', room)).toBe(0);
});

test.each<[unknown, string | undefined, Creation | undefined]>([
  [{}, ANN, { sender: ANN, roomVersion: '1', additionalCreators: [] }],
  [{ creator: ANN, room_version: '10' }, undefined, { sender: ANN, roomVersion: '10', additionalCreators: [] }],
  [{ room_version: '12', additional_creators: [BOB] }, ANN, creation('12', [BOB])],
  [{ room_version: 12, additional_creators: 'x' }, ANN, { sender: ANN, roomVersion: '1', additionalCreators: [] }],
  ['x', ANN, undefined],
])('%j is read', (content, sender, expected) => {
  expect(readCreation(content, sender)).toEqual(expected);
});
