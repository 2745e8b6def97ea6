import { expect, test } from 'vitest';
import { cacheMsOf, delegateIn } from './well-known.ts';

test.each([
  ['{"m.server":"matrix.example.org"}', 'matrix.example.org'],
  ['{"m.server":"matrix.example.org:443","other":1}', 'matrix.example.org:443'],
  ['{"m.server":"[2001:db8::1]:8448"}', '[2001:db8::1]:8448'],
  ['{"m.server":"https://matrix.example.org"}', undefined],
  ['{"m.server":"a/b"}', undefined],
  ['{"m.server":7}', undefined],
  ['{"__proto__":{"m.server":"a.example"}}', undefined],
  ['["m.server"]', undefined],
  ['null', undefined],
  ['<html>', undefined],
  ['', undefined],
])('%s delegates to %s', (body, expected) => {
  expect(delegateIn(body)?.text).toBe(expected);
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.parse('2026-11-29T12:00:00Z');

test.each([
  ['nothing', {}, 24 * HOUR],
  ['an hour', { 'cache-control': 'public, max-age=3600' }, HOUR],
  ['a second', { 'cache-control': 'max-age=1' }, 5 * MINUTE],
  ['a year', { 'cache-control': 'max-age=31536000' }, 48 * HOUR],
  ['not to keep it', { 'cache-control': 'no-store' }, 5 * MINUTE],
  ['until one o’clock', { expires: 'Sun, 29 Nov 2026 13:00:00 GMT' }, HOUR],
  [
    'until one o’clock, by a clock that is wrong',
    { expires: 'Sun, 29 Nov 2020 13:00:00 GMT', date: 'Sun, 29 Nov 2020 12:00:00 GMT' },
    HOUR,
  ],
  ['no time', { expires: '0' }, 5 * MINUTE],
  ['what is none', { 'cache-control': 'max-age=x' }, 24 * HOUR],
])('headers that say %s', (_what, headers, expectedMs) => {
  expect(cacheMsOf(headers, now)).toBe(expectedMs);
});
