import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOWERING_DELAY_MS, NOTHING_SAID, step, strongestWish, type SenderConstraint } from './sender-constraints.ts';

describe('the strongest wish', () => {
  test('is the largest height, no limit above all, 0 of nobody', () => {
    expect(strongestWish([])).toBe(0);
    expect(strongestWish([180, 720, 360])).toBe(720);
    expect(strongestWish([180, -1, 2160])).toBe(-1);
  });
});

describe('a sender', () => {
  test('is told at first, also that nobody watches, and at once when more is wanted', () => {
    expect(step(NOTHING_SAID, 0, 0)).toEqual({ state: { sentHeight: 0 }, send: 0 });
    expect(step({ sentHeight: 0 }, 180, 10)).toEqual({ state: { sentHeight: 180 }, send: 180 });
    expect(step({ sentHeight: 720 }, -1, 10)).toEqual({ state: { sentHeight: -1 }, send: -1 });
  });

  test('is told of less only when that has lasted', () => {
    const waiting = step({ sentHeight: 720 }, 180, 1_000);
    expect(waiting).toEqual({
      state: { sentHeight: 720, lowerSinceMs: 1_000 },
      nextAtMs: 1_000 + LOWERING_DELAY_MS,
    });
    expect(step(waiting.state, 360, 2_000).send).toBeUndefined();
    expect(step(waiting.state, 360, 1_000 + LOWERING_DELAY_MS)).toEqual({ state: { sentHeight: 360 }, send: 360 });
  });

  test('hears nothing when the wish comes back in time', () => {
    const waiting = step({ sentHeight: 720 }, 180, 1_000);
    expect(step(waiting.state, 720, 2_000)).toEqual({ state: { sentHeight: 720 } });
  });

  test('is never held below a wish, hears each height once, and ends at the last wish', () => {
    const wishes = fc.array(fc.tuple(fc.constantFrom(0, 180, 360, 720, -1), fc.integer({ min: 1, max: 9_000 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(wishes, (changes) => {
        let state: SenderConstraint = NOTHING_SAID;
        let nowMs = 0;
        let lastSent: number | undefined;
        for (const [wish, afterMs] of changes) {
          nowMs += afterMs;
          const result = step(state, wish, nowMs);
          if (result.send !== undefined) {
            expect(result.send).not.toBe(lastSent);
            lastSent = result.send;
          }
          state = result.state;
          expect(strongestWish([state.sentHeight ?? 0, wish])).toBe(state.sentHeight);
          if (state.sentHeight !== wish) expect(result.nextAtMs).toBeGreaterThan(nowMs);
        }
        const [finalWish] = changes.at(-1) ?? [0];
        expect(step(state, finalWish, nowMs + LOWERING_DELAY_MS).state.sentHeight).toBe(finalWish);
      }),
    );
  });
});
