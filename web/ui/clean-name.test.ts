import { expect, test } from 'vitest';
import { cleanName } from './clean-name.ts';

test('a name from outside is one line without direction overrides, and short', () => {
  expect(cleanName(' Ann\n\u202eeilE ')).toBe('Ann eilE');
  expect(cleanName('x'.repeat(500))).toHaveLength(80);
});
