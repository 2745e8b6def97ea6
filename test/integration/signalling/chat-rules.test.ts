import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import { jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { bodyOf, errorOf, jsonOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

const body = (words: string): XmlElement => xml('body', {}, words);
const retract = (id: string): XmlElement => xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id });
const replace = (id: string): XmlElement => xml('replace', { xmlns: 'urn:xmpp:message-correct:0', id });
const reactions = (id: string, ...emoji: readonly string[]): XmlElement =>
  xml(
    'reactions',
    { xmlns: 'urn:xmpp:reactions:0', id },
    emoji.map((one) => xml('reaction', {}, one)),
  );
const isError = (message: XmlElement): boolean => message.attrs['type'] === 'error';

function say(client: XmppTestClient, room: string, id: string, ...content: readonly XmlContent[]): void {
  client.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: room, id }, content));
}
function whisper(client: XmppTestClient, to: string, ...content: readonly XmlContent[]): void {
  client.send(xml('message', { xmlns: NS.client, type: 'chat', to, id: 'w' }, content));
}
async function refusal(client: XmppTestClient): Promise<string | undefined> {
  return errorOf(await client.receiveMessage('a refusal', isError));
}
function permit(client: XmppTestClient, room: string, data: Readonly<Record<string, boolean>>): void {
  const change = JSON.stringify({ type: 'room_metadata', key: 'permissions', data });
  const to = server.hosts.metadata;
  client.send(xml('message', { xmlns: NS.client, to }, xml('room_metadata', { xmlns: NS.jitmeet, room }, change)));
}
/** Messages of a kind that others have written since. */
async function heard(client: XmppTestClient, name: string): Promise<XmlElement[]> {
  return (await client.drain()).filter((stanza) => stanza.name === 'message' && child(stanza, name) !== undefined);
}
async function meeting(): Promise<Record<'ann' | 'bob' | 'eve', XmppTestClient> & { room: string }> {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const eve = await server.logInAndJoin('Eve', room);
  await server.makeOwner(room, ann);
  for (const client of [ann, bob, eve]) await client.drain();
  return { room, ann, bob, eve };
}

test('Bob takes back and corrects what he wrote, Ann as moderator takes it away; Eve does none of it', async () => {
  const { room, ann, bob, eve } = await meeting();
  for (const id of ['b1', 'b2', 'b3']) say(bob, room, id, body(id));
  await eve.receiveMessage('b3', (message) => bodyOf(message) === 'b3');
  say(eve, room, 'e1', retract('b1'), body('fallback'));
  expect(await refusal(eve)).toBe('auth/forbidden');
  say(eve, room, 'e2', replace('b1'), body('Bob is a fool'));
  expect(await refusal(eve)).toBe('auth/forbidden');
  say(eve, room, 'e3', retract('never'));
  expect(await refusal(eve)).toBe('cancel/item-not-found');
  whisper(eve, `${room}/${ann.nick}`, retract('b1'), body('only you see it'));
  expect(await refusal(eve)).toBe('auth/forbidden');
  // By taking the id of his message she cannot take his message either.
  say(eve, room, 'b1', body('mine'));
  expect(await refusal(eve)).toBe('cancel/conflict');
  say(ann, room, 'a1', replace('b2'), body('words in Bob’s mouth'));
  expect(await refusal(ann)).toBe('auth/forbidden');
  say(bob, room, 'b4', retract('b1'));
  say(bob, room, 'b5', replace('b2'), body('b2, corrected'));
  say(ann, room, 'a2', retract('b3'));
  await ann.drain();
  expect(await heard(eve, 'retract')).toHaveLength(2);
  const cid = await server.logInAndJoin('Cid', room);
  expect((await heard(cid, 'body')).map((message) => [message.attrs['id'], bodyOf(message)])).toEqual([
    ['b2', 'b2, corrected'],
  ]);
});

test('newcomers see the reactions after the message; reactions without measure are refused', async () => {
  const { room, ann, bob } = await meeting();
  say(ann, room, 'a1', body('We did it'));
  say(bob, room, 'r1', reactions('a1', '🎉', '👍'));
  say(bob, room, 'r2', reactions('a1', ...Array.from({ length: 21 }, () => '👍')));
  expect(await refusal(bob)).toBe('modify/bad-request');
  say(bob, room, 'r3', reactions('a1', 'x'.repeat(33)));
  expect(await refusal(bob)).toBe('modify/bad-request');
  say(bob, room, 'r4', reactions('', '👍'));
  expect(await refusal(bob)).toBe('modify/bad-request');
  const cid = await server.logInAndJoin('Cid', room);
  const messages = (await cid.drain()).filter((stanza) => child(stanza, 'delay') !== undefined);
  expect(messages.map((message) => [message.attrs['from'], childElements(message)[0]?.name])).toEqual([
    [`${room}/${ann.nick}`, 'body'],
    [`${room}/${bob.nick}`, 'reactions'],
  ]);
});

test('chat for moderators only; with questions to them; and not even that', async () => {
  const { room, ann, bob, eve } = await meeting();
  permit(ann, room, { groupChatRestricted: true });
  await ann.drain();
  say(bob, room, 'b1', body('hello all'));
  expect(await refusal(bob)).toBe('auth/forbidden');
  say(bob, room, 'b2', reactions('a1', '👍'));
  expect(await refusal(bob)).toBe('auth/forbidden');
  whisper(bob, `${room}/${eve.nick}`, body('psst'));
  await eve.receiveMessage('the whisper', (message) => bodyOf(message) === 'psst');
  say(ann, room, 'a1', body('moderators speak'));
  await bob.receiveMessage('a moderator', (message) => bodyOf(message) === 'moderators speak');

  permit(ann, room, { groupChatRestricted: true, privateChatRestricted: true, questionsAllowed: true });
  await ann.drain();
  whisper(bob, `${room}/${eve.nick}`, body('psst'));
  expect(await refusal(bob)).toBe('auth/forbidden');
  whisper(bob, `${room}/${ann.nick}`, body('a question'));
  await ann.receiveMessage('the question', (message) => bodyOf(message) === 'a question');

  permit(ann, room, { groupChatRestricted: true, privateChatRestricted: true });
  await ann.drain();
  whisper(bob, `${room}/${ann.nick}`, body('a question'));
  expect(await refusal(bob)).toBe('auth/forbidden');

  // Nobody but a moderator opens it again, and moderators set nothing else that clients obey.
  permit(bob, room, {});
  expect(await refusal(bob)).toBe('auth/forbidden');
  permit(ann, room, { moderators: true });
  expect(await refusal(ann)).toBe('cancel/not-allowed');
  permit(ann, room, {});
  await ann.drain();
  say(bob, room, 'b3', body('hello all'));
  await eve.receiveMessage('Bob again', (message) => bodyOf(message) === 'hello all');
});

test('JSON that speaks for the server or carries a prototype reaches nobody, neither all nor one', async () => {
  const { room, bob, eve } = await meeting();
  for (const [json, error] of [
    ['{"type":"lobby-notify","event":"LOBBY-ENABLED","value":true}', 'cancel/not-allowed'],
    ['{"type":"system_chat_message","message":"pay here"}', 'cancel/not-allowed'],
    ['{"type":"hello","__proto__":{"role":"moderator"}}', 'modify/bad-request'],
    ['{"type":', 'modify/bad-request'],
  ]) {
    say(eve, room, 'j', jsonMessageElement(json ?? ''));
    expect(await refusal(eve)).toBe(error);
    whisper(eve, `${room}/${bob.nick}`, jsonMessageElement(json ?? ''));
    expect(await refusal(eve)).toBe(error);
  }
  say(eve, room, 'j', jsonMessageElement('{"type":"hello"}'));
  expect((await heard(bob, 'json-message')).map(jsonOf)).toEqual([{ type: 'hello' }]);
});
