import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_XML_BOUNDS, serializeXml } from '#protocol/xmpp/xml.ts';
import { closeFrame, openFrame, readFrame } from './framing.ts';

const read = (text: string): ReturnType<typeof readFrame> => readFrame(text, DEFAULT_XML_BOUNDS);

test.each([
  ['<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="x"/>', 'open'],
  ['<?xml version="1.0"?><open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="x"/>', 'open'],
  ['<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>', 'close'],
  ['<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>', 'sasl'],
  ['<r xmlns="urn:xmpp:sm:3"/>', 'stream-management'],
  ['<presence xmlns="jabber:client"/>', 'stanza'],
  ['<c:presence xmlns:c="jabber:client"/>', 'stanza'],
  ['<presence/>', 'stanza'],
  ['<open xmlns="jabber:client"/>', 'refused'],
  ['<presence xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>', 'refused'],
])('%s is read as %s', (text, kind) => {
  expect(read(text).kind).toBe(kind);
});

test('what we send ourselves is read as what it is', () => {
  expect(read(serializeXml(openFrame('meet.example', 's1'))).kind).toBe('open');
  expect(read(serializeXml(closeFrame)).kind).toBe('close');
});

test('no text whatsoever makes it throw', () => {
  const soup = fc
    .array(
      fc.constantFrom('<', '>', '/', '"', '=', ' ', 'iq', 'xmlns', 'jabber:client', '&', ';', ':', 'a', '\u0000', '💥'),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (text) => {
      expect(['open', 'close', 'sasl', 'stream-management', 'stanza', 'refused']).toContain(read(text).kind);
    }),
  );
});
