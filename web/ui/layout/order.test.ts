import { describe, expect, it } from 'vitest';
import { followSpeaker, nextChangeMs, noStageSpeaker } from './dominant.ts';
import { emptyOrder, swapIn, withPinned, withPresent } from './order.ts';
import { nextStrip } from './strip.ts';

describe('order of tiles', () => {
  const order = withPresent(emptyOrder, ['a', 'b', 'c', 'd', 'e']);

  it('keeps places when somebody leaves and appends who comes', () => {
    expect(withPresent(order, ['f', 'e', 'd', 'b', 'a']).ids).toEqual(['a', 'b', 'd', 'e', 'f']);
  });

  it('is the same object while nobody comes or goes', () => {
    expect(withPresent(order, ['e', 'd', 'c', 'b', 'a'])).toBe(order);
  });

  it('puts the pinned one first', () => {
    expect(withPinned(order.ids, 'c')).toEqual(['c', 'a', 'b', 'd', 'e']);
    expect(withPinned(order.ids, 'gone')).toBe(order.ids);
  });

  it('lets a speaker of page 2 take the place of who was silent longest, not of the pinned one', () => {
    const spoke = new Map([
      ['a', 100],
      ['c', 50],
    ]);
    const swapped = swapIn(order, { speaker: 'e', sinceMs: 0 }, 'b', 3, spoke, 2500);
    expect(swapped.ids).toEqual(['a', 'b', 'e', 'd', 'c']);
  });

  it('waits for two seconds of speech and rests ten seconds between swaps', () => {
    expect(swapIn(order, { speaker: 'e', sinceMs: 0 }, undefined, 3, new Map(), 2000)).toBe(order);
    const swapped = swapIn(order, { speaker: 'e', sinceMs: 0 }, undefined, 3, new Map(), 2500);
    expect(swapIn(swapped, { speaker: 'd', sinceMs: 3000 }, undefined, 3, new Map(), 9000)).toBe(swapped);
    expect(swapIn(swapped, { speaker: 'd', sinceMs: 3000 }, undefined, 3, new Map(), 12_500)).not.toBe(swapped);
  });
});

describe('speaker on the stage', () => {
  it('takes the first speaker at once and the next only after a while', () => {
    const first = followSpeaker(noStageSpeaker, 'a', 'me', 0);
    expect(first.current).toBe('a');
    const waiting = followSpeaker(first, 'b', 'me', 100);
    expect(waiting.current).toBe('a');
    expect(nextChangeMs(waiting)).toBe(1300);
    expect(followSpeaker(waiting, 'b', 'me', 1300).current).toBe('b');
  });

  it('forgets a candidate who stops, and never follows oneself', () => {
    const first = followSpeaker(noStageSpeaker, 'a', 'me', 0);
    const waiting = followSpeaker(first, 'b', 'me', 100);
    expect(followSpeaker(waiting, 'a', 'me', 500).candidate).toBeUndefined();
    expect(followSpeaker(waiting, 'me', 'me', 5000).current).toBe('a');
  });
});

describe('filmstrip', () => {
  it('fills free places and replaces only those who stayed ten seconds', () => {
    const first = nextStrip([], ['a', 'b'], 2, 0);
    expect(first.map((place) => place.id)).toEqual(['a', 'b']);
    expect(nextStrip(first, ['c', 'a', 'b'], 2, 5000).map((place) => place.id)).toEqual(['a', 'b']);
    expect(nextStrip(first, ['c', 'a', 'b'], 2, 10_000).map((place) => place.id)).toEqual(['a', 'c']);
  });

  it('drops who left', () => {
    expect(nextStrip(nextStrip([], ['a', 'b'], 2, 0), ['b'], 2, 1).map((place) => place.id)).toEqual(['b']);
  });
});
