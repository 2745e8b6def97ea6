import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDisplayName } from './display-name.ts';

test('a name is one line without what forges directions or cannot be seen', () => {
  expect(readDisplayName(' Ann\n\u202e\u200fgro.elpmaxe\u2066\u200b ')).toBe('Ann gro.elpmaxe');
  expect(readDisplayName('می\u200cخواهم 👩‍💻')).toBe('می\u200cخواهم 👩‍💻');
});

test('a name is short, and whole characters', () => {
  expect(readDisplayName('x'.repeat(5_000))).toHaveLength(128);
  expect(readDisplayName(`${'x'.repeat(127)}👍`)).toBe('x'.repeat(127));
});

test('nothing that comes is shown with controls', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (value) => {
      expect(readDisplayName(value)).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});
