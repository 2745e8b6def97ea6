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
  const pin = pins.create(STANDUP, START_MS);
  expect(pins.pinOf(STANDUP, START_MS + DAY_MS)).toBe(pin);
  expect(pins.roomOf(pin, START_MS + DAY_MS)).toBe(STANDUP);
  expect(pins.pinOf(CHOIR, START_MS)).toBeUndefined();
  expect(pins.roomOf('9999999999', START_MS)).toBeUndefined();
});

test('a PIN outlives a restart', () => {
  const pin = pins.create(STANDUP, START_MS);
  const again = new Pins(database, { digits: 10, idleDays: 30, draw: () => 'unused' });
  expect(again.roomOf(pin, START_MS)).toBe(STANDUP);
});

test('a PIN that nobody used for thirty days leads nowhere, and the meeting gets a new one', () => {
  const pin = pins.create(STANDUP, START_MS);
  const later = START_MS + 30 * DAY_MS;
  expect(pins.roomOf(pin, later)).toBeUndefined();
  expect(pins.pinOf(STANDUP, later)).toBeUndefined();
  expect(pins.create(STANDUP, later)).not.toBe(pin);
});

test.each(['roomOf', 'pinOf'] as const)('%s counts as use', (use) => {
  const pin = pins.create(STANDUP, START_MS);
  for (let day = 20; day <= 100; day += 20) pins[use](use === 'roomOf' ? pin : STANDUP, START_MS + day * DAY_MS);
  expect(pins.roomOf(pin, START_MS + 120 * DAY_MS)).toBe(STANDUP);
});

test('a PIN is never given to another meeting within a year after it ended', () => {
  drawn = ['1111111111', '1111111111', '2222222222', '1111111111'];
  pins.create(STANDUP, START_MS);
  expect(pins.create(CHOIR, START_MS + 394 * DAY_MS)).toBe('2222222222');
  expect(pins.create('late@muc.meet.example', START_MS + 396 * DAY_MS)).toBe('1111111111');
});
