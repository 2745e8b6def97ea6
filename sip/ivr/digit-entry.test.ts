import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asked, EMPTY_ENTRY, type EntryResult, press, waited } from './digit-entry.ts';

function typed(keys: string, length?: number): EntryResult {
  let result: EntryResult = { kind: 'more', entry: EMPTY_ENTRY };
  for (const key of keys) if (result.kind === 'more') result = press(result.entry, key, length, 0);
  return result;
}

describe('a number typed on a phone', () => {
  test('ends with its last digit where its length is known', () => {
    expect(typed('12345', 5)).toEqual({ kind: 'entered', digits: '12345' });
  });

  test('ends with # before that', () => {
    expect(typed('123#', 5)).toEqual({ kind: 'entered', digits: '123' });
    expect(typed('123456#')).toEqual({ kind: 'entered', digits: '123456' });
  });

  test('begins anew with *', () => {
    expect(typed('99*123#')).toEqual({ kind: 'entered', digits: '123' });
  });

  test('ends after five seconds without a further digit', () => {
    const { entry } = press(EMPTY_ENTRY, '7', undefined, 1_000) as { entry: typeof EMPTY_ENTRY };
    expect(entry.dueAtMs).toBe(6_000);
    expect(waited(entry, 5_999)).toEqual({ kind: 'more', entry });
    expect(waited(entry, 6_000)).toEqual({ kind: 'entered', digits: '7' });
  });

  test('is waited for ten seconds from the end of the question', () => {
    expect(waited(EMPTY_ENTRY, 1e9).kind).toBe('more');
    const entry = asked(EMPTY_ENTRY, 500);
    expect(waited(entry, 10_499).kind).toBe('more');
    expect(waited(entry, 10_500)).toMatchObject({ kind: 'silent', entry: { silences: 1 } });
  });

  test('of nothing but # is none', () => {
    expect(typed('#')).toMatchObject({ kind: 'silent', entry: { silences: 1 } });
  });

  test('never grows beyond what any number has, whatever is pressed', () => {
    const keys = fc.array(fc.constantFrom(...'0123456789*#'.split('')), { maxLength: 200 });
    fc.assert(
      fc.property(keys, fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }), (pressed, length) => {
        const result = typed(pressed.join(''), length);
        const digits = result.kind === 'entered' ? result.digits : result.entry.digits;
        expect(digits).toMatch(/^\d*$/);
        expect(digits.length).toBeLessThanOrEqual(length ?? 32);
      }),
    );
  });
});
