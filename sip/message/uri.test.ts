import { expect, it } from 'vitest';
import { formatUri, parseUri, sameUri, sipUri, uriUser } from './uri.ts';

it.each([
  'sip:alice@example.com',
  'sips:alice:secret@example.com:5061;transport=tcp;lr?subject=x&to=y',
  'sip:[2001:db8::1]:5060',
  'sip:*21#@example.com',
  'tel:+49-30-123',
  'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
])('%s is read and written', (text) => {
  const uri = parseUri(text);
  expect(uri && formatUri(uri)).toBe(text);
});

it.each([
  ...['sip:', 'sip:@host', 'sip:a@', 'sip:a b@host', 'sip:a@host:', 'sip:a@host:0', 'sip:a@host:70000', 'sip:a@b@c'],
  ...[
    'sip:a%2@host',
    'sip:a@[::1',
    'sip:a@[host]',
    'sip:a@host;',
    'sip:a@host;a=',
    'sip:a@host;a;A',
    '1sip:a',
    'alice',
  ],
  ...['sip:a@host\r\nX: y', 'sip:ä@host', 'sip:a@host?', 'sip:a@host;%zz', 'tel:1 2', 'sip:a@host<'],
])('%j is no URI', (text) => {
  expect(parseUri(text)).toBeUndefined();
});

it.each([
  ['sip:%2B4930%40x@host', '+4930@x'],
  ['sip:host', undefined],
  ['tel:+49(30)123-45.6;phone-context=example.com', '+4930123456'],
  ['mailto:a@b', undefined],
])('who is meant by %s', (text, user) => {
  const uri = parseUri(text);
  expect(uri && uriUser(uri)).toBe(user);
});

it('what is built escapes what must be escaped', () => {
  const uri = sipUri({
    user: 'a@b:c\r\nX: y',
    host: 'Example.com',
    port: 5070,
    parameters: new Map([['transport', 'tcp']]),
  });
  expect(formatUri(uri)).toBe('sip:a%40b%3Ac%0D%0AX%3A%20y@example.com:5070;transport=tcp');
});

// RFC 3261 §19.1.4.
it.each([
  ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp', true],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5', true],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on', true],
  ['SIP:ALICE@AtLanTa.CoM', 'sip:alice@AtLanTa.CoM', false],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060', false],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp', false],
  ['sip:bob@biloxi.com', 'sips:bob@biloxi.com', false],
  ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off', false],
  ['tel:1', 'sip:1', false],
  ['tel:1', 'TEL:1', true],
])('%s and %s: the same is %s', (a, b, isSame) => {
  const [first, second] = [parseUri(a), parseUri(b)];
  expect(first && second && [sameUri(first, second), sameUri(second, first)]).toEqual([isSame, isSame]);
});
