import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecodeError } from './decode-error.ts';
import {
  capsVerificationText,
  decodeDiscoInfo,
  encodeDiscoInfo,
  formValue,
  NS_CAPS,
  readCaps,
  type DiscoInfo,
} from './disco.ts';
import { xml } from './element.ts';

function hashOf(info: DiscoInfo): string {
  return createHash('sha1').update(capsVerificationText(info)).digest('base64');
}

const FEATURES = [
  'http://jabber.org/protocol/muc',
  'http://jabber.org/protocol/disco#info',
  'http://jabber.org/protocol/caps',
  'http://jabber.org/protocol/disco#items',
];

test('the hash of XEP-0115 §5.2 (simple generation)', () => {
  const info = {
    identities: [{ category: 'client', type: 'pc', name: 'Exodus 0.9.1' }],
    features: FEATURES,
    forms: [],
  };
  expect(hashOf(info)).toBe('QgayPKawpkPSDYmwT/WM94uAlu0=');
});

test('the hash of XEP-0115 §5.3 (complex generation)', () => {
  const info: DiscoInfo = {
    identities: [
      { category: 'client', type: 'pc', name: 'Psi 0.11', language: 'en' },
      { category: 'client', type: 'pc', name: 'Ψ 0.11', language: 'el' },
    ],
    features: FEATURES,
    forms: [
      new Map([
        ['FORM_TYPE', ['urn:xmpp:dataforms:softwareinfo']],
        ['ip_version', ['ipv4', 'ipv6']],
        ['os', ['Mac']],
        ['os_version', ['10.5.1']],
        ['software', ['Psi']],
        ['software_version', ['0.11']],
      ]),
    ],
  };
  expect(hashOf(info)).toBe('q07IKJEyjvHSyhy//CH0CxmKi8w=');
});

const word = fc.string({ maxLength: 12 });
const info: fc.Arbitrary<DiscoInfo> = fc.record({
  identities: fc.array(
    fc.record(
      { category: word, type: word, name: word, language: word },
      { requiredKeys: ['category', 'type'], noNullPrototype: true },
    ),
    { maxLength: 3 },
  ),
  features: fc.array(word, { maxLength: 4 }),
  forms: fc.array(
    fc.dictionary(word, fc.array(word, { maxLength: 3 }), { maxKeys: 3 }).map((form) => new Map(Object.entries(form))),
    { maxLength: 2 },
  ),
});

test('decoding what was encoded gives the same answer', () => {
  fc.assert(
    fc.property(info, (value) => {
      expect(decodeDiscoInfo(xml('iq', { type: 'result' }, encodeDiscoInfo(value)))).toEqual(value);
    }),
  );
});

test('an answer without a query says nothing', () => {
  expect(decodeDiscoInfo(xml('iq', { type: 'result' }))).toBeUndefined();
});

test('more features than any client has are refused', () => {
  const features = Array.from({ length: 513 }, (_, index) => `f${index}`);
  expect(() => decodeDiscoInfo(xml('iq', {}, encodeDiscoInfo({ identities: [], features, forms: [] })))).toThrow(
    DecodeError,
  );
});

test('a field of a form is found by the form’s type', () => {
  const form = new Map([
    ['FORM_TYPE', ['a']],
    ['x', ['1', '2']],
  ]);
  const value = { identities: [], features: [], forms: [form] };
  expect(formValue(value, 'a', 'x')).toBe('1');
  expect(formValue(value, 'b', 'x')).toBeUndefined();
});

test('capabilities in a presence need all three attributes', () => {
  const complete = { hash: 'sha-1', node: 'n', ver: 'v' };
  expect(readCaps(xml('presence', {}, xml('c', { xmlns: NS_CAPS, ...complete })))).toEqual(complete);
  expect(readCaps(xml('presence', {}, xml('c', { xmlns: NS_CAPS, hash: 'sha-1', node: 'n' })))).toBeUndefined();
});
