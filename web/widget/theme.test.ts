import { expect, test } from 'vitest';
import { lookOf } from './theme.ts';

test.each([
  ['light', 'light'],
  ['light-high-contrast', 'light'],
  ['dark', 'dark'],
  ['custom-Sunset', undefined],
  ['lighthouse', undefined],
  [undefined, undefined],
  [{ name: 'light' }, undefined],
])('theme %j is shown as %s', (theme, look) => {
  expect(lookOf(theme)).toBe(look);
});
