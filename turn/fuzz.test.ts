import { expect, it } from 'vitest';
import { fuzzCore } from '../test/support/turn/fuzz.ts';

it('100 000 mutated messages meet no bug and reach no peer but the permitted one', { timeout: 60_000 }, () => {
  const { bugs, destinations, answers } = fuzzCore(100_000, 1);
  expect(bugs).toEqual([]);
  // A flipped bit in a permitted peer's address can name another public one, but never a denied range.
  expect([...destinations].filter((address) => !address.startsWith('8.8.8.'))).toEqual([]);
  expect(answers).toBeGreaterThan(1000);
});
