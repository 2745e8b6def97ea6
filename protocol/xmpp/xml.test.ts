import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { DecodeError } from './decode-error.ts';
import { child, childNamespace, text, xml, type XmlElement } from './element.ts';
import { parseXml, serializeXml } from './xml.ts';

function reasonOf(source: string): string {
  try {
    parseXml(source);
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
  return 'accepted';
}

function assertStrictlyWellFormed(source: string): void {
  const strict = new SaxesParser({ xmlns: true });
  strict.on('error', (error) => {
    throw error;
  });
  strict.write(source).close();
}

test('reads a stanza as plain data with literal namespaces', () => {
  const iq = parseXml('<iq xmlns="jabber:client" type="get"><ping xmlns="urn:xmpp:ping"/></iq>');
  expect(iq).toEqual(xml('iq', { xmlns: 'jabber:client', type: 'get' }, xml('ping', { xmlns: 'urn:xmpp:ping' })));
});

test('turns prefixes into literal namespaces, also for unprefixed children of a prefixed element', () => {
  const features = parseXml(
    '<stream:features xmlns:stream="http://etherx.jabber.org/streams" xmlns="jabber:client"><a/><stream:b/></stream:features>',
  );
  expect(features.name).toBe('features');
  expect(features.attrs['xmlns']).toBe('http://etherx.jabber.org/streams');
  const a = child(features, 'a');
  expect(a && childNamespace(features, a)).toBe('jabber:client');
  const b = child(features, 'b');
  expect(b && childNamespace(features, b)).toBe('http://etherx.jabber.org/streams');
});

test('keeps xml:lang and drops other foreign attributes', () => {
  const body = parseXml('<body xml:lang="el" xmlns:p="urn:p" p:secret="1">γεια</body>');
  expect(body.attrs).toEqual({ 'xml:lang': 'el' });
  expect(text(body)).toBe('γεια');
});

test.each([
  ['<a><b></a>', 'not-well-formed'],
  ['<a><b></a></b>', 'not-well-formed'],
  ['<a/><b/>', 'not-well-formed'],
  ['<a/>text', 'not-well-formed'],
  ['text', 'not-well-formed'],
  ['', 'not-well-formed'],
  ['<a', 'not-well-formed'],
  ['<p:a/>', 'not-well-formed'],
  ['<a p:b="1"/>', 'not-well-formed'],
  ['<1a/>', 'not-well-formed'],
  ['<a>&nbsp;</a>', 'not-well-formed'],
  ['<a>&#1;</a>', 'not-well-formed'],
  ['<a>\u0001</a>', 'not-well-formed'],
  ['<a>\uD800</a>', 'not-well-formed'],
  ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'restricted-xml'],
  ['<a><!-- comment --></a>', 'restricted-xml'],
  ['<a><?php echo ?></a>', 'restricted-xml'],
  ['<a>'.repeat(30) + '</a>'.repeat(30), 'too-large'],
  [`<a>${'<b/>'.repeat(5000)}</a>`, 'too-large'],
  [`<a>${'x'.repeat(300_000)}</a>`, 'too-large'],
])('refuses %.40s', (source, reason) => {
  expect(reasonOf(source)).toBe(reason);
});

test('an XML declaration and CDATA are read', () => {
  expect(text(parseXml('<?xml version="1.0"?><a><![CDATA[1 < 2]]></a>'))).toBe('1 < 2');
});

const nameArbitrary = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/).filter((name) => name !== '__proto__');
const textArbitrary = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((value) => !/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(value) && value.isWellFormed());
const elementArbitrary = fc.letrec<{ element: XmlElement; node: XmlElement | string }>((tie) => ({
  element: fc
    .record({
      name: nameArbitrary,
      attrs: fc.dictionary(nameArbitrary, textArbitrary, { maxKeys: 4, noNullPrototype: true }),
      children: fc.array(tie('node'), { maxLength: 4 }),
    })
    .map(({ name, attrs, children }) => {
      const merged: (XmlElement | string)[] = [];
      for (const node of children) {
        const last = merged.at(-1);
        if (typeof node === 'string' && typeof last === 'string') merged[merged.length - 1] = last + node;
        else merged.push(node);
      }
      return { name, attrs, children: merged };
    }),
  node: fc.oneof({ depthSize: 'small' }, textArbitrary, tie('element')),
})).element;

test('property: what is written is read back unchanged', () => {
  fc.assert(
    fc.property(elementArbitrary, (element) => {
      expect(parseXml(serializeXml(element))).toEqual(element);
    }),
  );
});

test('property: no input throws anything but DecodeError, and what is accepted is written well-formed', () => {
  const fragments = fc.constantFrom(
    '<',
    '>',
    '/',
    '"',
    "'",
    '=',
    'a',
    'xmlns',
    ':',
    '&',
    ';',
    '#',
    ' ',
    ']]>',
    '<![CDATA[',
    '</a>',
    '<a ',
    'b="c"',
    'é',
  );
  const source = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragments, { maxLength: 24 }).map((parts) => `<a ${parts.join('')}></a>`),
    fc.array(fragments, { maxLength: 24 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(source, (input) => {
      let element: XmlElement;
      try {
        element = parseXml(input);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        return;
      }
      assertStrictlyWellFormed(serializeXml(element));
    }),
    { numRuns: 3000 },
  );
});
