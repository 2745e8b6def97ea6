import fc from 'fast-check';
import { expect, test } from 'vitest';
import { child, childElements, xml } from '#protocol/xmpp/element.ts';
import { invitationOf, lobbySpeech, readLobbySpeech } from './lobby-stanzas.ts';

const ROOM = 'standup@muc.meet.example';
const LOBBY = 'standup@lobby.meet.example';
const NS_USER = 'http://jabber.org/protocol/muc#user';

test('an invitation can name several at once', () => {
  const user = child(invitationOf(ROOM, ['a@d/1', 'b@d/2']), 'x', NS_USER);
  expect(childElements(user!, 'invite').map(({ attrs }) => attrs['to'])).toEqual(['a@d/1', 'b@d/2']);
});

test('whatever is said arrives as it was said', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (text) => {
      const { attrs, children } = lobbySpeech(LOBBY, text, 'Eleni');
      const reflected = xml('message', { ...attrs, from: `${LOBBY}/b27de114` }, children);
      expect(readLobbySpeech(reflected, LOBBY)).toEqual({ from: 'b27de114', fromName: 'Eleni', text });
    }),
  );
  expect(lobbySpeech(`${LOBBY}/b27de114`, 'x', '').attrs['type']).toBe('chat');
  expect(readLobbySpeech(xml('message', { from: `${ROOM}/b27de114` }, xml('body', {}, 'x')), LOBBY)).toBeUndefined();
});
