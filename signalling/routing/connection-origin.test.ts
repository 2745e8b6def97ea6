import { expect, test } from 'vitest';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { withConnectionOrigin } from './connection-origin.ts';

function presence(attributes: Record<string, string> = {}, ...children: readonly XmlElement[]): XmlElement {
  const item = xml('item', { affiliation: 'none', role: 'participant', jid: 'ann@meet.example/1' });
  return xml('presence', attributes, children, xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' }, item));
}

const originOf = (jid: string): string | undefined => (jid === 'ann@meet.example/1' ? 'wss://meet.example' : undefined);

test("a person's presence tells the focus under which origin its WebSocket came", () => {
  const connection = child(withConnectionOrigin(presence(), originOf), 'connection', 'urn:parley:connection');
  expect(connection?.attrs['origin']).toBe('wss://meet.example');
});

test('what the person says about its connection itself comes second', () => {
  const forged = xml('connection', { xmlns: 'urn:parley:connection', origin: 'wss://evil.example' });
  const marked = withConnectionOrigin(presence({}, forged), originOf);
  expect(child(marked, 'connection', 'urn:parley:connection')?.attrs['origin']).toBe('wss://meet.example');
});

test.each([
  ['an IQ', xml('iq', { type: 'set' })],
  ['who leaves', presence({ type: 'unavailable' })],
  ['a presence without an address', xml('presence')],
])('%s stays as it is', (_what, stanza) => {
  expect(withConnectionOrigin(stanza, originOf)).toBe(stanza);
});
