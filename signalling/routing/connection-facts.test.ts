import { expect, test } from 'vitest';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { withConnectionFacts, type ConnectionFacts } from './connection-facts.ts';

function presence(attributes: Record<string, string> = {}, ...children: readonly XmlElement[]): XmlElement {
  const item = xml('item', { affiliation: 'none', role: 'participant', jid: 'ann@meet.example/1' });
  return xml('presence', attributes, children, xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' }, item));
}

const factsOf =
  (isElectable: boolean) =>
  (jid: string): ConnectionFacts | undefined =>
    jid === 'ann@meet.example/1' ? { origin: 'wss://meet.example', isElectable } : undefined;

test("a person's presence tells the focus under which origin its WebSocket came", () => {
  const connection = child(withConnectionFacts(presence(), factsOf(true)), 'connection', 'urn:parley:connection');
  expect(connection?.attrs).toEqual({ xmlns: 'urn:parley:connection', origin: 'wss://meet.example' });
});

test('and that the focus must not choose it as moderator', () => {
  const connection = child(withConnectionFacts(presence(), factsOf(false)), 'connection', 'urn:parley:connection');
  expect(connection?.attrs['elect']).toBe('false');
});

test('what the person says about its connection itself comes second', () => {
  const forged = xml('connection', { xmlns: 'urn:parley:connection', origin: 'wss://evil.example' });
  const marked = withConnectionFacts(presence({}, forged), factsOf(true));
  expect(child(marked, 'connection', 'urn:parley:connection')?.attrs['origin']).toBe('wss://meet.example');
});

test.each([
  ['an IQ', xml('iq', { type: 'set' })],
  ['who leaves', presence({ type: 'unavailable' })],
  ['a presence without an address', xml('presence')],
])('%s stays as it is', (_what, stanza) => {
  expect(withConnectionFacts(stanza, factsOf(true))).toBe(stanza);
});
