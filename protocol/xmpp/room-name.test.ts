import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecodeError } from './decode-error.ts';
import { parseJid } from './jid.ts';
import { parseRoomPath, roomDisplayName, roomNode } from './room-name.ts';

test.each([
  ['Standup', 'standup'],
  ['Ελλάδα', '%ce%b5%ce%bb%ce%bb%ce%ac%ce%b4%ce%b1'],
  ['%CE%95%CE%BB%CE%BB%CE%AC%CE%B4%CE%B1', '%ce%b5%ce%bb%ce%bb%ce%ac%ce%b4%ce%b1'],
  ['🦊 den', '%f0%9f%a6%8a%20den'],
  ['Ann%27s room', "ann's%20room"],
  ['100%', '100%25'],
  ['ﬁve', 'five'],
])('%s names the room %s, whoever opens the link', (name, node) => {
  expect(roomNode(name)).toBe(node);
});

test('the path names tenant and room, the start page none', () => {
  expect(parseRoomPath('/')).toBeUndefined();
  expect(parseRoomPath('/Board%20Meeting')).toEqual({ node: 'board%20meeting', displayName: 'Board Meeting' });
  expect(parseRoomPath('/Acme/Weekly')).toEqual({ node: 'weekly', displayName: 'Weekly', tenant: 'acme' });
  expect(parseRoomPath('/Acme.Corp/x')).toMatchObject({ tenant: 'acme_corp' });
  expect(parseRoomPath('/%CE%94%CE%AE%CE%BC%CE%BF%CF%82/x')).toMatchObject({ tenant: 'δήμος' });
});

test.each([
  '/metrics',
  '/Assets/x',
  '/xmpp-websocket',
  '/config.js',
  `/${'x'.repeat(1100)}`,
  '/%20',
  '/a/b/c',
  '/a%20b/c',
  '/a%2Fb/c',
  '/a@b/c',
  '/[a]/c',
  `/${'x'.repeat(64)}/c`,
])('%.20s cannot name a meeting, with a reason', (path) => expect(() => parseRoomPath(path)).toThrow(DecodeError));

test('a slash in a name stays inside the node', () => {
  expect(roomNode('a%2Fb')).toBe('a%2fb');
  expect(roomDisplayName('a%2fb')).toBe('a/b');
});

test('property: a node is the local part of an address and names itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (name) => {
      let node: string;
      try {
        node = roomNode(name);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        return;
      }
      expect(parseJid(`${node}@muc.meet.example`).local).toBe(node);
      expect(roomNode(node)).toBe(node);
    }),
    { numRuns: 500 },
  );
});
