import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from '#runtime/database.ts';
import { Pins } from './pins.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 29);
const STANDUP = 'standup@muc.meet.example';
const CHOIR = 'choir@muc.meet.example';

let database: Database;
let drawn: string[];
let pins: Pins;

beforeEach(() => {
  database = Database.open(':memory:');
  drawn = ['1111111111', '2222222222', '3333333333'];
  pins = new Pins(database, { digits: 10, idleDays: 30, draw: () => drawn.shift() ?? 'none left' });
});
afterEach(() => database.close());

test('a meeting keeps its PIN, which leads to it alone', () => {
  const pin = pins.create(STANDUP, 'guest', START_MS);
  expect(pins.pinOf(STANDUP, 'guest', START_MS + DAY_MS)).toBe(pin);
  expect(pins.targetOf(pin, START_MS + DAY_MS)).toEqual({ room: STANDUP, kind: 'guest' });
  expect(pins.pinOf(CHOIR, 'guest', START_MS)).toBeUndefined();
  expect(pins.targetOf('9999999999', START_MS)).toBeUndefined();
});

test('a PIN outlives a restart', () => {
  const pin = pins.create(STANDUP, 'guest', START_MS);
  const again = new Pins(database, { digits: 10, idleDays: 30, draw: () => 'unused' });
  expect(again.targetOf(pin, START_MS)).toEqual({ room: STANDUP, kind: 'guest' });
});

test('a PIN that nobody used for thirty days leads nowhere, and the meeting gets a new one', () => {
  const pin = pins.create(STANDUP, 'guest', START_MS);
  const later = START_MS + 30 * DAY_MS;
  expect(pins.targetOf(pin, later)).toBeUndefined();
  expect(pins.pinOf(STANDUP, 'guest', later)).toBeUndefined();
  expect(pins.create(STANDUP, 'guest', later)).not.toBe(pin);
});

test.each([
  ['a call', (pin: string, nowMs: number) => pins.targetOf(pin, nowMs)],
  ['a look at it', (_pin: string, nowMs: number) => pins.pinOf(STANDUP, 'guest', nowMs)],
])('%s counts as use', (_what, use) => {
  const pin = pins.create(STANDUP, 'guest', START_MS);
  for (let day = 20; day <= 100; day += 20) use(pin, START_MS + day * DAY_MS);
  expect(pins.targetOf(pin, START_MS + 120 * DAY_MS)).toEqual({ room: STANDUP, kind: 'guest' });
});

test('a PIN is never given to another meeting within a year after it ended', () => {
  drawn = ['1111111111', '1111111111', '2222222222', '1111111111'];
  pins.create(STANDUP, 'guest', START_MS);
  expect(pins.create(CHOIR, 'guest', START_MS + 394 * DAY_MS)).toBe('2222222222');
  expect(pins.create('late@muc.meet.example', 'guest', START_MS + 396 * DAY_MS)).toBe('1111111111');
});

test('the host’s PIN is another one, which says so, and neither is given for the other', () => {
  const pin = pins.create(STANDUP, 'guest', START_MS);
  expect(pins.pinOf(STANDUP, 'host', START_MS)).toBeUndefined();
  const hostPin = pins.create(STANDUP, 'host', START_MS + 1_000);
  expect(hostPin).not.toBe(pin);
  expect(pins.pinOf(STANDUP, 'host', START_MS + 1_000)).toBe(hostPin);
  expect(pins.pinOf(STANDUP, 'guest', START_MS + 1_000)).toBe(pin);
  expect(pins.targetOf(hostPin, START_MS + 1_000)).toEqual({ room: STANDUP, kind: 'host' });
});
