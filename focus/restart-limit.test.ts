import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admitRestart, MAX_RESTARTS_PER_WINDOW, MIN_RESTART_INTERVAL_MS, RESTART_WINDOW_MS } from './restart-limit.ts';

test('the first restart is allowed, the next one 5 s later', () => {
  expect(admitRestart([], 0)).toEqual([0]);
  expect(admitRestart([0], 4_999)).toBeUndefined();
  expect(admitRestart([0], 5_000)).toEqual([0, 5_000]);
});

test('in any minute there are at most five, each 5 s after the one before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000), { maxLength: 60 }), (pauses) => {
      let times: readonly number[] = [];
      const admitted: number[] = [];
      let now = 0;
      for (const pause of pauses) {
        now += pause;
        const next = admitRestart(times, now);
        if (next === undefined) continue;
        times = next;
        admitted.push(now);
      }
      for (const [index, time] of admitted.entries()) {
        const before = admitted[index - 1];
        if (before !== undefined) expect(time - before).toBeGreaterThanOrEqual(MIN_RESTART_INTERVAL_MS);
        const window = admitted.filter((other) => other <= time && time - other < RESTART_WINDOW_MS);
        expect(window.length).toBeLessThanOrEqual(MAX_RESTARTS_PER_WINDOW);
      }
      expect(times.length).toBeLessThanOrEqual(MAX_RESTARTS_PER_WINDOW);
    }),
  );
});
