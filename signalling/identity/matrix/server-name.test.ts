import { expect, test } from 'vitest';
import { parseServerName } from './server-name.ts';
import { parseUserId } from './user-id.ts';

test.each([
  ['example.org', 'example.org', false, undefined],
  ['Matrix.Example.ORG:8448', 'Matrix.Example.ORG', false, 8448],
  ['localhost:18448', 'localhost', false, 18448],
  ['xn--hxajbheg2az3al.xn--jxalpdlp', 'xn--hxajbheg2az3al.xn--jxalpdlp', false, undefined],
  ['1.2.3.4', '1.2.3.4', true, undefined],
  ['1.2.3.4:443', '1.2.3.4', true, 443],
  ['[2001:db8::1]', '2001:db8::1', true, undefined],
  ['[::1]:8448', '::1', true, 8448],
])('%s is a server name', (text, host, isAddress, port) => {
  expect(parseServerName(text)).toEqual({ text, host, isAddress, port });
});

test.each([
  '',
  ':8448',
  'example.org:',
  'example.org:0',
  'example.org:65536',
  'example.org:8448:1',
  'example..org',
  '.example.org',
  'example.org.',
  '-a.example',
  'exa_mple.org',
  'a/b',
  'a@b',
  'a?b#c',
  'example.org/path',
  'user@example.org',
  'παράδειγμα.gr',
  // Spellings of 127.0.0.1 that a URL parser would take for an address.
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.1',
  '0x7f.1',
  '1.2.3.400',
  '[::1',
  '::1',
  '[::1]x',
  '[fe80::1%eth0]',
  'a'.repeat(256),
  'example.org\n',
])('“%s” is none', (text) => {
  expect(parseServerName(text)).toBeUndefined();
});

test.each([
  ['@ann:example.org', 'ann', 'example.org'],
  ['@ann:localhost:18448', 'ann', 'localhost:18448'],
  ['@ann/b=c_d-e.f+:example.org', 'ann/b=c_d-e.f+', 'example.org'],
  ['@Ann!:example.org', 'Ann!', 'example.org'],
  ['@:example.org', '', 'example.org'],
])('%s is a user', (text, localpart, server) => {
  expect(parseUserId(text)).toEqual({ text, localpart, server });
});

test.each([
  'ann:example.org',
  '@ann',
  '@ann:',
  '@ann:exa mple.org',
  '@a b:example.org',
  '@αnn:example.org',
  '@ann:a/b',
  `@${'a'.repeat(250)}:example.org`,
])('“%s” is none', (text) => {
  expect(parseUserId(text)).toBeUndefined();
});
