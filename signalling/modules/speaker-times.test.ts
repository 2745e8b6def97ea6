import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpeakerTimes } from './speaker-times.ts';

const spoken = (times: SpeakerTimes, nowMs: number): Record<string, number> =>
  Object.fromEntries(times.users(nowMs).map(([nick, { spokenMs }]) => [nick, spokenMs]));

test('the dominant speaker’s time runs until another one speaks; silence does not count', () => {
  const times = new SpeakerTimes();
  times.knows('ann', 'Ann');
  times.knows('bob', 'Bob');
  times.speaks('ann', false, 0);
  times.speaks('ann', true, 1_000);
  times.speaks('ann', false, 5_000);
  times.speaks('bob', false, 6_000);
  expect(spoken(times, 6_500)).toEqual({ ann: 2_000, bob: 500 });
});

test('who leaves is remembered and speaks no longer', () => {
  const times = new SpeakerTimes();
  times.knows('ann', 'Ann');
  times.speaks('ann', false, 0);
  times.falls('ann', 300);
  expect(spoken(times, 9_000)).toEqual({ ann: 300 });
  times.knows('ann', 'Ann again');
  expect(times.users(9_000)).toEqual([['ann', { name: 'Ann again', spokenMs: 300 }]]);
});

test('a thousand people are remembered, and no more', () => {
  const times = new SpeakerTimes();
  for (let i = 0; i < 1_100; i += 1) times.knows(`n${i}`, '');
  times.speaks('n1050', false, 0);
  expect(times.users(10)).toHaveLength(1_000);
});

test('never do people speak for longer, taken together, than time has passed', () => {
  const report = fc.record({ nick: fc.constantFrom('a', 'b', 'c'), silence: fc.boolean(), afterMs: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(report), (reports) => {
      const times = new SpeakerTimes();
      for (const nick of ['a', 'b', 'c']) times.knows(nick, nick);
      let nowMs = 0;
      for (const { nick, silence, afterMs } of reports) times.speaks(nick, silence, (nowMs += afterMs));
      const total = Object.values(spoken(times, nowMs)).reduce((sum, ms) => sum + ms, 0);
      expect(total).toBeLessThanOrEqual(nowMs);
    }),
  );
});
