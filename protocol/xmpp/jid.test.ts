import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecodeError } from './decode-error.ts';
import { bareOf, formatBareJid, formatJid, parseJid, resourceOf } from './jid.ts';

test('reads and normalises the parts', () => {
  expect(parseJid('Standup@MUC.Meet.Example/1f0c9a7e')).toEqual({
    local: 'standup',
    domain: 'muc.meet.example',
    resource: '1f0c9a7e',
  });
  expect(parseJid('meet.example')).toEqual({ domain: 'meet.example' });
  expect(parseJid('a@b/c@d/e')).toEqual({ local: 'a', domain: 'b', resource: 'c@d/e' });
  expect(formatBareJid(parseJid('a@b/c'))).toBe('a@b');
  expect([bareOf('a@b/c/d'), resourceOf('a@b/c/d'), resourceOf('a@b')]).toEqual(['a@b', 'c/d', undefined]);
});

test.each(['', '@b', 'a@', 'a@b/', '/r', 'a b@c', 'a<b@c', 'a&b@c', 'a@b c', 'a@b/\u0000', `${'x'.repeat(1024)}@b`])(
  'refuses %.20j',
  (source) => expect(() => parseJid(source)).toThrow(DecodeError),
);

test("a room's name may have percent escapes and an apostrophe", () => {
  expect(parseJid("%ce%b5'x@muc.meet.example").local).toBe("%ce%b5'x");
});

test('property: any text is an address that reads back the same, or a DecodeError', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (source) => {
      let formatted: string;
      try {
        formatted = formatJid(parseJid(source));
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        return;
      }
      expect(formatJid(parseJid(formatted))).toBe(formatted);
    }),
    { numRuns: 1000 },
  );
});
