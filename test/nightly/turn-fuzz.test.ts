import { expect, it } from 'vitest';
import { fuzzCore } from '../support/turn/fuzz.ts';

/** 10^7 inputs, in rounds with seeds of their own: a failure names the round that shows it again. */
it('10 000 000 mutated messages meet no bug in the relay', { timeout: 3_600_000 }, () => {
  for (let round = 0; round < 100; round++) expect([round, fuzzCore(100_000, 1000 + round).bugs]).toEqual([round, []]);
});
