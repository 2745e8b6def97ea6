import { expect, test } from 'vitest';
import { withAttributes, xml } from '#protocol/xmpp/element.ts';
import { parseXml } from '#protocol/xmpp/xml.ts';
import { addressAttribute, OutgoingStanza } from './outgoing-stanza.ts';

const stanza = xml(
  'message',
  { xmlns: 'jabber:client', from: 'room@muc.x/a', to: 'old@x/1' },
  xml('body', {}, 'a < b'),
);

test.each(['ann@x/phone', `ann@x/it's "quoted" & <odd>`])('the text for %s says the same as the element', (to) => {
  const outgoing = new OutgoingStanza(stanza);
  expect(parseXml(outgoing.textFor(addressAttribute(to)))).toEqual(withAttributes(stanza, { to }));
  expect(outgoing.elementFor(to)).toEqual(withAttributes(stanza, { to }));
});

test('its length is that of the text without an address', () => {
  const outgoing = new OutgoingStanza(stanza);
  expect(outgoing.length).toBe(outgoing.textFor('').length);
});
