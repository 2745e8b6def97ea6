import { describe, expect, test } from 'vitest';
import type { Occupant, OccupantSource } from '../room/presence.ts';
import { directPeer, FIRST_START_AFTER_MS, isOurTurn, NEXT_START_AFTER_MS, startDelayMs } from './peer-rules.ts';

const occupant = (nick: string, sources: readonly (readonly [string, OccupantSource])[] = []): Occupant => ({
  nick,
  jid: `${nick}@meet.example/x`,
  isModerator: false,
  displayName: nick,
  sources: new Map(sources),
  handRaisedAtMs: undefined,
});
const company = (...others: readonly Occupant[]) => ({
  others: new Map(others.map((one) => [one.nick, one])),
  isSharing: false,
  isReserved: false,
  wantsPictures: true,
});
const screenOf = (nick: string, isMuted: boolean) =>
  occupant(nick, [[`${nick}-v1`, { isMuted, videoType: 'desktop' }]]);

describe('two people talk directly', () => {
  test('when nobody else is there, whoever that is', () => {
    expect(directPeer(company(occupant('b0b0b0b0')))).toBe('b0b0b0b0');
    expect(directPeer(company())).toBeUndefined();
    expect(directPeer(company(occupant('b0b0b0b0'), occupant('c0c0c0c0')))).toBeUndefined();
  });

  test('until one of them shares a screen', () => {
    expect(directPeer({ ...company(occupant('b0b0b0b0')), isSharing: true })).toBeUndefined();
    expect(directPeer(company(screenOf('b0b0b0b0', false)))).toBeUndefined();
    expect(directPeer(company(screenOf('b0b0b0b0', true)))).toBe('b0b0b0b0');
  });

  test('unless the server has something to hold back, or one wants no pictures', () => {
    expect(directPeer({ ...company(occupant('b0b0b0b0')), isReserved: true })).toBeUndefined();
    expect(directPeer({ ...company(occupant('b0b0b0b0')), wantsPictures: false })).toBeUndefined();
  });
});

test('exactly one of two asks', () => {
  expect(isOurTurn('a0a0a0a0', 'b0b0b0b0')).toBe(true);
  expect(isOurTurn('b0b0b0b0', 'a0a0a0a0')).toBe(false);
});

test('those who were three a moment ago wait longer', () => {
  expect(startDelayMs(false)).toBe(FIRST_START_AFTER_MS);
  expect(startDelayMs(true)).toBe(NEXT_START_AFTER_MS);
});
