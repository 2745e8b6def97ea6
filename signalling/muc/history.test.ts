import { expect, test } from 'vitest';
import { child, childElements, childText, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { History } from './history.ts';

const room = 'standup@muc.meet.example';
const said = (nick: string, id: string, ...content: readonly XmlElement[]): XmlElement =>
  xml('message', { from: `${room}/${nick}`, type: 'groupchat', id }, content);
const body = (words: string): XmlElement => xml('body', {}, words);
const bodies = (history: History): (string | undefined)[] =>
  history.stanzas.map(({ element }) => childText(element, 'body'));

test('it keeps the newest, with the time they were sent', () => {
  const history = new History(2);
  for (const id of ['1', '2', '3']) history.add(said('a', id, body(id)), room, Date.UTC(2026, 10, 25));
  expect(bodies(history)).toEqual(['2', '3']);
  expect(child(history.stanzas[0]!.element, 'delay', 'urn:xmpp:delay')?.attrs).toEqual({
    xmlns: 'urn:xmpp:delay',
    from: room,
    stamp: '2026-11-25T00:00:00.000Z',
  });
});

test('what has no body or asks not to be stored is not kept', () => {
  const history = new History(10);
  history.add(said('a', '1', xml('json-message', { xmlns: 'http://jitsi.org/jitmeet' }, '{}')), room, 0);
  history.add(said('a', '2', body('secret'), xml('no-store', { xmlns: 'urn:xmpp:hints' })), room, 0);
  expect(history.stanzas).toEqual([]);
});

test('a retracted message goes, with the reactions to it; a corrected one is the corrected one to newcomers', () => {
  const history = new History(10);
  for (const id of ['1', '2']) history.add(said('a', id, body(id)), room, 0);
  history.add(said('b', 'r', reactions('1', '👍')), room, 0);
  history.add(said('a', 'd', xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: '1' }), body('old')), room, 0);
  history.add(said('a', 'c', xml('replace', { xmlns: 'urn:xmpp:message-correct:0', id: '2' }), body('two')), room, 0);
  expect(history.stanzas.map(({ element }) => [element.attrs['id'], childElements(element).map(text)])).toEqual([
    ['2', ['two', '', '']],
  ]);
  // It says itself that it is no longer what was written first.
  const [corrected] = history.stanzas;
  expect(corrected && child(corrected.element, 'replace', 'urn:xmpp:message-correct:0')?.attrs['id']).toBe('2');
});

const reactions = (id: string, ...emoji: readonly string[]): XmlElement =>
  xml(
    'reactions',
    { xmlns: 'urn:xmpp:reactions:0', id },
    emoji.map((one) => xml('reaction', {}, one)),
  );
const emojiIn = (history: History): string[] =>
  history.stanzas.flatMap(({ element }) => {
    const list = child(element, 'reactions');
    return list === undefined ? [] : childElements(list).map(text);
  });

test('reactions follow the message they are about; nobody can fill the history with them', () => {
  const history = new History(2);
  history.add(said('a', '1', body('one')), room, 0);
  history.add(said('b', 'x', reactions('unknown', '👍')), room, 0);
  history.add(said('b', 'x', reactions('1', '👍')), room, 0);
  history.add(said('c', 'x', reactions('1', '🎉')), room, 0);
  history.add(said('a', '2', body('two')), room, 0);
  expect(history.stanzas.map(({ element }) => element.attrs['from']?.at(-1))).toEqual(['a', 'b', 'c', 'a']);
  for (let i = 0; i < 50; i += 1) history.add(said('b', 'x', reactions('1', `${i}`)), room, 0);
  expect(emojiIn(history)).toEqual(['🎉', '42', '43', '44', '45', '46', '47', '48', '49']);
  history.add(said('b', 'x', reactions('1')), room, 0);
  expect(emojiIn(history)).toEqual(['🎉']);
});

test('a history of no length keeps nothing', () => {
  const history = new History(0);
  history.add(said('a', '1', body('one')), room, 0);
  expect(history.stanzas).toEqual([]);
});
