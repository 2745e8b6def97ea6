import { expect, test } from 'vitest';
import { framingProblems } from './embedding.ts';

const ORIGIN = 'https://meet.example';
const words = (headers: Record<string, string>, allowed: readonly string[] = []) =>
  framingProblems(ORIGIN, headers, allowed).map(({ what }) => what);

test('Parley’s own headers keep nobody out', () => {
  const own = {
    'content-security-policy': "default-src 'none'; script-src 'self'",
    'permissions-policy': 'camera=(self), microphone=(self), geolocation=()',
  };
  expect(words(own)).toEqual([]);
  const restricted = {
    'content-security-policy': "default-src 'none'; frame-ancestors 'self' https://chat.example vector:",
  };
  expect(words(restricted, ['https://chat.example', 'vector:'])).toEqual([]);
});

test.each([
  [{ 'x-frame-options': 'SAMEORIGIN' }, 'X-Frame-Options: SAMEORIGIN'],
  [{ 'content-security-policy': "default-src 'none', frame-ancestors 'self'" }, "shown by “'self'” only"],
  [{ 'permissions-policy': 'geolocation=(), microphone = ( )' }, 'not permitted microphone'],
])('what a proxy adds is named: %j', (headers, expected) => {
  expect(words(headers)).toEqual([expect.stringContaining(expected)]);
});

test('an origin that the settings allow and the headers do not is told of', () => {
  const headers = { 'content-security-policy': "frame-ancestors 'self' https://chat.example, frame-ancestors 'self'" };
  expect(words(headers, ['https://chat.example'])).toEqual([expect.stringContaining("“'self'” only")]);
});
