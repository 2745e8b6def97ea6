import { expect, test } from 'vitest';
import { KeyPresses, type KeyWay } from './key-presses.ts';

type Report = readonly [key: string, way: KeyWay, atMs: number];

/** The keys that count. */
function keysOf(reports: readonly Report[]): string {
  const presses = new KeyPresses();
  return reports
    .filter(([key, way, atMs]) => presses.isNew(key, way, atMs))
    .map(([key]) => key)
    .join('');
}

test.each<[string, readonly Report[], string]>([
  [
    'by one way, every press counts',
    [
      ['1', 'sound', 0],
      ['1', 'sound', 90],
      ['2', 'sound', 200],
    ],
    '112',
  ],
  [
    'by INFO alone too',
    [
      ['1', 'info', 0],
      ['1', 'info', 90],
      ['2', 'info', 200],
    ],
    '112',
  ],
  [
    'by both, each counts once',
    [
      ['1', 'sound', 0],
      ['1', 'info', 90],
      ['2', 'sound', 300],
      ['2', 'info', 400],
    ],
    '12',
  ],
  [
    'whichever is first',
    [
      ['1', 'info', 0],
      ['1', 'sound', 90],
      ['2', 'sound', 300],
      ['2', 'info', 400],
    ],
    '12',
  ],
  [
    'the same key twice, told of late by the other way',
    [
      ['5', 'sound', 0],
      ['5', 'sound', 160],
      ['5', 'info', 200],
      ['5', 'info', 900],
    ],
    '55',
  ],
  [
    'one that a way has lost',
    [
      ['1', 'sound', 0],
      ['2', 'sound', 200],
      ['2', 'info', 300],
      ['3', 'info', 500],
    ],
    '123',
  ],
  [
    'again after a while',
    [
      ['1', 'sound', 0],
      ['1', 'info', 3_000],
    ],
    '11',
  ],
])('%s', (_, reports, keys) => {
  expect(keysOf(reports)).toBe(keys);
});
