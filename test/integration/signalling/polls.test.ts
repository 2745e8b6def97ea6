import { afterAll, beforeAll, expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, jsonOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

const NS_NICK = 'http://jabber.org/protocol/nick';
const isError = (message: XmlElement): boolean => message.attrs['type'] === 'error';
const isPoll = (message: XmlElement): boolean => message.attrs['from'] === server.hosts.polls && !isError(message);

/** As Jitsi's client asks: a chat message with JSON. */
function ask(client: XmppTestClient, json: unknown): void {
  const content = jsonMessageElement(typeof json === 'string' ? json : JSON.stringify(json));
  client.send(xml('message', { xmlns: NS.client, to: server.hosts.polls, type: 'chat' }, content));
}
async function pollMessage(client: XmppTestClient): Promise<unknown> {
  return jsonOf(await client.receiveMessage('a poll message', isPoll));
}
async function refusal(client: XmppTestClient): Promise<string | undefined> {
  return errorOf(await client.receiveMessage('a refusal', isError));
}
async function enter(name: string, room: string): Promise<XmppTestClient> {
  const client = await server.logIn(name);
  await server.requestConference(client, room);
  await client.join(room, xml('x', { xmlns: NS.muc }), xml('nick', { xmlns: NS_NICK }, name));
  return client;
}

const question = { question: 'Lunch?', answers: [{ name: 'Pizza' }, { name: 'Soup' }] };
const newPoll = { type: 'polls', command: 'new-poll', pollId: 'p1', ...question };
const vote = (...answers: readonly boolean[]): unknown => ({
  type: 'polls',
  command: 'answer-poll',
  pollId: 'p1',
  answers,
});

test('Ann asks, Bob answers and changes his mind; Cid, who comes later, gets all of it', async () => {
  const room = server.freshRoom();
  const ann = await enter('Ann', room);
  const bob = await enter('Bob', room);
  ask(ann, { ...newPoll, senderId: bob.nick, senderName: 'Bob' });
  const asked = { ...newPoll, senderId: ann.nick, senderName: 'Ann' };
  for (const client of [ann, bob]) expect(await pollMessage(client)).toEqual(asked);
  ask(bob, vote(true, false));
  expect(await pollMessage(ann)).toMatchObject({ command: 'answer-poll', senderId: bob.nick, answers: [true, false] });
  ask(bob, vote(false, true));
  expect(await pollMessage(ann)).toMatchObject({ senderName: 'Bob', answers: [false, true] });
  const cid = await enter('Cid', room);
  expect(await pollMessage(cid)).toEqual({
    type: 'polls',
    command: 'old-polls',
    polls: [
      {
        pollId: 'p1',
        senderId: ann.nick,
        senderName: 'Ann',
        question: 'Lunch?',
        answers: [
          { name: 'Pizza', voters: [] },
          { name: 'Soup', voters: [{ id: bob.nick, name: 'Bob' }] },
        ],
      },
    ],
  });
});

test('what is no poll is refused and nobody hears of it', async () => {
  const room = server.freshRoom();
  const ann = await enter('Ann', room);
  const bob = await enter('Bob', room);
  ask(ann, newPoll);
  await pollMessage(bob);
  for (const [json, error] of [
    [{ ...newPoll, pollId: 'p2', answers: Array.from({ length: 900 }, () => ({ name: 'x' })) }, 'modify/bad-request'],
    [
      { ...newPoll, pollId: 'p2', answers: Array.from({ length: 4_000 }, () => ({ name: 'x' })) },
      'modify/policy-violation',
    ],
    [newPoll, 'cancel/conflict'],
    [{ type: 'polls', command: 'answer-poll', pollId: 'p9', answers: [true] }, 'cancel/item-not-found'],
    [vote(true), 'modify/bad-request'],
    ['{"__proto__":{"type":"polls"}}', 'modify/bad-request'],
    ['{', 'modify/bad-request'],
  ] as const) {
    ask(bob, json);
    expect(await refusal(bob)).toBe(error);
  }
  const eve = await server.logIn('Eve');
  ask(eve, newPoll);
  expect(await refusal(eve)).toBe('auth/forbidden');
  expect((await ann.drain()).filter((stanza) => stanza.name === 'message' && isPoll(stanza)).map(jsonOf)).toEqual([
    { ...newPoll, senderId: ann.nick, senderName: 'Ann' },
  ]);
});

test('moderators may keep asking to themselves; answering stays free, and asking comes back', async () => {
  const room = server.freshRoom();
  const ann = await enter('Ann', room);
  const bob = await enter('Bob', room);
  await server.makeOwner(room, ann);
  const restrict = (is: boolean): void =>
    ann.send(
      xml(
        'message',
        { xmlns: NS.client, to: server.hosts.metadata },
        xml(
          'room_metadata',
          { xmlns: NS.jitmeet, room },
          JSON.stringify({ type: 'room_metadata', key: 'permissions', data: { pollCreationRestricted: is } }),
        ),
      ),
    );
  restrict(true);
  ask(ann, newPoll);
  await pollMessage(bob);
  ask(bob, { ...newPoll, pollId: 'p2' });
  expect(await refusal(bob)).toBe('auth/forbidden');
  ask(bob, vote(true, false));
  expect(await pollMessage(bob)).toMatchObject({ command: 'answer-poll', senderId: bob.nick });
  restrict(false);
  await ann.drain();
  ask(bob, { ...newPoll, pollId: 'p2' });
  expect(await pollMessage(bob)).toMatchObject({ command: 'new-poll', pollId: 'p2', senderId: bob.nick });
});
