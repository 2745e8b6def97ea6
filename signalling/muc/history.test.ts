import { expect, test } from 'vitest';
import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { History } from './history.ts';

const room = 'standup@muc.meet.example';
const said = (nick: string, id: string, ...content: readonly XmlElement[]): XmlElement =>
  xml('message', { from: `${room}/${nick}`, type: 'groupchat', id }, content);
const body = (words: string): XmlElement => xml('body', {}, words);
const bodies = (history: History): (string | undefined)[] =>
  history.stanzas.map(({ element }) => childText(element, 'body'));

test('it keeps the newest, with the time they were sent', () => {
  const history = new History(2);
  for (const id of ['1', '2', '3']) history.add(said('a', id, body(id)), room, Date.UTC(2026, 10, 25), false);
  expect(bodies(history)).toEqual(['2', '3']);
  expect(child(history.stanzas[0]!.element, 'delay', 'urn:xmpp:delay')?.attrs).toEqual({
    xmlns: 'urn:xmpp:delay',
    from: room,
    stamp: '2026-11-25T00:00:00.000Z',
  });
});

test('what has no body or asks not to be stored is not kept', () => {
  const history = new History(10);
  history.add(said('a', '1', xml('json-message', { xmlns: 'http://jitsi.org/jitmeet' }, '{}')), room, 0, false);
  history.add(said('a', '2', body('secret'), xml('no-store', { xmlns: 'urn:xmpp:hints' })), room, 0, false);
  expect(history.stanzas).toEqual([]);
});

test('the author or a moderator retracts a message, nobody else', () => {
  const history = new History(10);
  const retract = (nick: string, id: string, mayModerate: boolean): void =>
    history.add(
      said(nick, 'r', xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id }), body('fallback')),
      room,
      0,
      mayModerate,
    );
  history.add(said('a', '1', body('one')), room, 0, false);
  history.add(said('a', '2', body('two')), room, 0, false);
  retract('b', '1', false);
  expect(bodies(history)).toEqual(['one', 'two']);
  retract('a', '1', false);
  expect(bodies(history)).toEqual(['two']);
  retract('b', '2', true);
  expect(bodies(history)).toEqual([]);
});

test('a history of no length keeps nothing', () => {
  const history = new History(0);
  history.add(said('a', '1', body('one')), room, 0, false);
  expect(history.stanzas).toEqual([]);
});
