import { describe, expect, test } from 'vitest';
import { Hysteresis, troublesOf } from './troubles.ts';

const fine = {
  connection: { name: 'online', jid: 'a@b/c' } as const,
  host: 'meet.example',
  media: undefined,
  isReceivingBadly: false,
  isSendingBadly: false,
};

describe('troubles', () => {
  test('a first attempt that is under way is none', () => {
    const connection = { name: 'connecting', attempt: 1, failingSinceMs: undefined } as const;
    expect(troublesOf({ ...fine, connection })).toEqual([]);
  });

  test('a lost connection comes first and says since when and where to', () => {
    const troubles = troublesOf({
      ...fine,
      connection: { name: 'connecting', attempt: 2, failingSinceMs: 7 },
      media: { code: 'media-interrupted', sinceMs: 9 },
    });
    expect(troubles).toEqual([
      { code: 'signalling-lost', sinceMs: 7, attempt: 2, host: 'meet.example' },
      { code: 'media-interrupted', sinceMs: 9 },
    ]);
  });
});

test('what is bad must last before it is said, and what is good again must last longer', () => {
  const hysteresis = new Hysteresis(2, 3);
  const samples = [true, false, true, true, false, false, true, false, false, false];
  expect(samples.map((isBad) => hysteresis.sample(isBad))).toEqual([
    false,
    false,
    false,
    true,
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
});
