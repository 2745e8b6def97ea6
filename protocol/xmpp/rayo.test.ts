import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from './decode-error.ts';
import { xml } from './element.ts';
import { callReference, decodeDial, dialOf, encodeDial, hangupElement, isHangup, readCallReference } from './rayo.ts';
import { parseXml, serializeXml } from './xml.ts';

describe('a dial request', () => {
  test('is read as Jitsi’s client writes it', () => {
    const iq = parseXml(
      '<iq xmlns="jabber:client" type="set"><dial xmlns="urn:xmpp:rayo:1" to="+4930123456" from="fromnumber"><header name="JvbRoomName" value="standup@muc.meet.example"/></dial></iq>',
    );
    expect(decodeDial(dialOf(iq) ?? expect.fail('no dial'))).toEqual({
      to: '+4930123456',
      from: 'fromnumber',
      headers: new Map([['JvbRoomName', 'standup@muc.meet.example']]),
    });
  });

  test.each([
    '<dial xmlns="urn:xmpp:rayo:1"/>',
    '<dial xmlns="urn:xmpp:rayo:1" to=""/>',
    '<dial xmlns="urn:xmpp:rayo:1" to="+49&#13;&#10;X: y"/>',
    `<dial xmlns="urn:xmpp:rayo:1" to="${'1'.repeat(257)}"/>`,
    '<dial xmlns="urn:xmpp:rayo:1" to="1"><header name="a b" value="x"/></dial>',
    '<dial xmlns="urn:xmpp:rayo:1" to="1"><header name="a" value="x&#10;y"/></dial>',
    '<dial xmlns="urn:xmpp:rayo:1" to="1"><header name="a"/></dial>',
    `<dial xmlns="urn:xmpp:rayo:1" to="1">${'<header name="a" value="b"/>'.repeat(33)}</dial>`,
  ])('%.90s is refused', (source) => {
    expect(() => decodeDial(parseXml(source))).toThrow(DecodeError);
  });

  test('headers named like parts of objects are names and nothing more', () => {
    const element = parseXml(
      '<dial xmlns="urn:xmpp:rayo:1" to="1"><header name="constructor" value="x"/><header name="--proto--" value="y"/></dial>',
    );
    expect([...decodeDial(element).headers.keys()]).toEqual(['constructor', '--proto--']);
  });

  test('property: what is written is read the same', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/);
    const line = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/\p{Cc}|[\uFFFE\uFFFF]/u.test(text));
    fc.assert(
      fc.property(line, fc.option(line, { nil: undefined }), fc.array(fc.tuple(name, line)), (to, from, headers) => {
        const dial = { to, ...(from === undefined ? {} : { from }), headers: new Map(headers.slice(0, 32)) };
        expect(decodeDial(parseXml(serializeXml(encodeDial(dial))))).toEqual(dial);
      }),
    );
  });
});

test('the answer names where to hang up', () => {
  const answer = xml('iq', { type: 'result' }, callReference('standup@muc.meet.example/cafe0001'));
  expect(readCallReference(answer)).toBe('standup@muc.meet.example/cafe0001');
  expect(readCallReference(xml('iq', {}, xml('ref', { xmlns: 'urn:xmpp:rayo:1', uri: 'http://x/' })))).toBeUndefined();
  expect(readCallReference(xml('iq'))).toBeUndefined();
});

test('a call is ended by a request, not by the answer to one', () => {
  expect(isHangup(xml('iq', { type: 'set' }, hangupElement))).toBe(true);
  expect(isHangup(xml('iq', { type: 'result' }, hangupElement))).toBe(false);
  expect(isHangup(xml('iq', { type: 'set' }, xml('hangup', { xmlns: 'urn:other' })))).toBe(false);
});
