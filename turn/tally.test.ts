import { describe, expect, it } from 'vitest';
import { LocalTally, SharedTally, type Tally } from './tally.ts';

describe.each<[string, () => Tally]>([
  ['of one worker', () => new LocalTally()],
  ['shared by workers', () => new SharedTally(SharedTally.buffer(2), 1, 'seed')],
])('a tally %s', (_name, create) => {
  it('lets a name take up to its limit, and again what it has given back', () => {
    const tally = create();
    expect([1, 2, 3].map(() => tally.take('alice', 2))).toEqual([true, true, false]);
    expect(tally.take('bob', 2)).toBe(true);
    tally.giveBack('alice');
    expect([1, 2].map(() => tally.take('alice', 2))).toEqual([true, false]);
  });
});

describe('a shared tally', () => {
  it('counts over all workers, and forgets what a dead one held', () => {
    const buffer = SharedTally.buffer(2);
    const [first, second] = [new SharedTally(buffer, 0, 'seed'), new SharedTally(buffer, 1, 'seed')];
    expect([first, second, first].map((tally) => tally.take('alice', 2))).toEqual([true, true, false]);
    SharedTally.clearRow(buffer, 1);
    expect(first.take('alice', 2)).toBe(true);
    expect(second.take('alice', 2)).toBe(false);
  });
});
