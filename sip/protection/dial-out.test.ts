import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Database } from '#runtime/database.ts';
import { DialOutBudget, type DialOutLimits } from './dial-out-budget.ts';
import { DialOutDays } from './dial-out-days.ts';
import { judgeDialString, parseDialRules, type DialRules } from './dial-string.ts';

function rules(...patterns: string[]): DialRules {
  const parsed = parseDialRules(patterns);
  if (parsed === undefined) throw new Error('no pattern');
  return parsed;
}

describe('a dialled string', () => {
  const everything = rules('*');

  it.each([
    ['+30 (210) 123-45.67', '+302101234567'],
    ['0030 210 1234567', '+302101234567'],
    ['0170 1234567', '01701234567'],
  ])('%s becomes %s', (text, number) => {
    expect(judgeDialString(text, everything)).toEqual({ ok: true, number });
  });

  it.each([
    ['+4930\r\nX-Injected: y', 'not-a-number'],
    ['sip:a@b', 'not-a-number'],
    ['+4930;phone-context=x', 'not-a-number'],
    ['4930@evil.example', 'not-a-number'],
    ['1'.repeat(200), 'not-a-number'],
    ['٠١٢٣٤', 'not-a-number'],
    ['49+30123', 'not-a-number'],
    ['', 'not-a-number'],
    ['112', 'emergency'],
    ['9-1-1', 'emergency'],
    ['+112', 'emergency'],
    ['00112', 'emergency'],
  ])('%j is refused whatever is allowed: %s', (text, reason) => {
    expect(judgeDialString(text, everything)).toEqual({ ok: false, reason });
  });

  it.each([
    ['nothing is allowed by nothing', [], '+302101234567', false],
    ['a prefix', ['+30*'], '+302101234567', true],
    ['another country', ['+30*'], '+4930123456', false],
    ['numbers that are forbidden in an allowed country', ['+30*', '!+30801*'], '+308011234567', false],
    ['premium numbers under a wide pattern', ['*', '+30*'], '+309011234567', false],
    ['premium numbers that a pattern names', ['+30901*'], '+309011234567', true],
    ['premium numbers dialled as at home', ['*'], '09001234567', false],
    ['exactly so many digits', ['+4930xxx'], '+4930123', true],
    ['a digit more', ['+4930xxx'], '+49301234', false],
    ['a digit is no plus', ['x30*'], '+30210', false],
  ])('%s', (_, patterns, text, isAllowed) => {
    expect(judgeDialString(text, rules(...patterns)).ok).toBe(isAllowed);
  });

  it.each(['', '!', '+49-30*', '*30', '+49**', 'sip:*', '++49'])('%j is no pattern', (pattern) => {
    expect(parseDialRules([pattern])).toBeUndefined();
  });

  it('what is allowed is nothing but digits, whatever was typed', () => {
    const typed = fc.string({ unit: fc.constantFrom(...'0123456789+ -()@;\r\n:sip'.split('')) });
    fc.assert(
      fc.property(fc.oneof(typed, fc.string()), (text) => {
        const verdict = judgeDialString(text, everything);
        if (verdict.ok) expect(verdict.number).toMatch(/^\+?\d{2,20}$/);
      }),
    );
  });
});

describe('the budget of calls out', () => {
  const HOUR_MS = 3_600_000;
  const budgetOf = (limits: DialOutLimits, database = Database.open(':memory:')): DialOutBudget =>
    new DialOutBudget(limits, new DialOutDays(database));

  it('bounds the calls of one tenant at a time, and leaves the others theirs', () => {
    const budget = budgetOf({ concurrentCalls: 2, callsPerDay: 10 });
    expect(['a', 'a', 'a', 'b'].map((tenant) => budget.begin(tenant, 0))).toEqual([
      undefined,
      undefined,
      'too-many-now',
      undefined,
    ]);
    budget.end('a');
    expect(budget.begin('a', 0)).toBeUndefined();
  });

  it('bounds the calls of a day, and begins anew after it', () => {
    const budget = budgetOf({ concurrentCalls: 1, callsPerDay: 2 });
    const call = (nowMs: number) => {
      const refusal = budget.begin('a', nowMs);
      if (refusal === undefined) budget.end('a');
      return refusal;
    };
    expect([0, HOUR_MS, 2 * HOUR_MS].map(call)).toEqual([undefined, undefined, 'too-many-today']);
    expect(call(24 * HOUR_MS)).toBeUndefined();
  });

  it('a restart does not give a tenant its calls anew, and other tenants are not counted', () => {
    const database = Database.open(':memory:');
    const limits = { concurrentCalls: 5, callsPerDay: 2 };
    for (const tenant of ['a', 'a', 'b']) expect(budgetOf(limits, database).begin(tenant, HOUR_MS)).toBeUndefined();
    expect(budgetOf(limits, database).begin('a', 2 * HOUR_MS)).toBe('too-many-today');
    expect(budgetOf(limits, database).begin('b', 2 * HOUR_MS)).toBeUndefined();
    // A clock that was wrong, and is set right, does not forbid calls for as long as it was ahead.
    expect(budgetOf(limits, database).begin('a', 0)).toBeUndefined();
  });

  it('a call that lasts over midnight still counts as one at a time', () => {
    const budget = budgetOf({ concurrentCalls: 1, callsPerDay: 5 });
    budget.begin('a', 0);
    expect(budget.begin('a', 25 * HOUR_MS)).toBe('too-many-now');
  });
});
