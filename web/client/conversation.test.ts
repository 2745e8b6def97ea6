import { expect, test } from 'vitest';
import { withAttributes, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { errorReply, stanzaError } from '#protocol/xmpp/stanza.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { Conversation } from './conversation.ts';
import { initialState, StateStore } from './meeting-state.ts';

const ROOM = 'standup@muc.meet.example';
const OWN = '1f0c9a7e';
const BOB = 'b27de114';

function scene() {
  const state = new StateStore(initialState('standup', 'Ann'));
  state.patchSelf({ id: OWN });
  const sent: { readonly stanza: XmlElement; readonly onTaken: (() => void) | undefined }[] = [];
  let room = ROOM;
  const chat = new Conversation({
    room: () => room,
    state,
    nameOf: (id) => (id === BOB ? 'Bob' : undefined),
    matrixIdOf: () => undefined,
    send: (stanza, onTaken) => sent.push({ stanza, onTaken }) > 0,
  });
  const last = () => sent.at(-1) ?? { stanza: xml('message'), onTaken: undefined };
  return {
    chat,
    last,
    sent,
    /** The room sends our last message back to us. */
    reflect: () => chat.receive(withAttributes(last().stanza, { from: `${ROOM}/${OWN}` })),
    move: (to: string) => {
      chat.changeRoom(room, to);
      room = to;
    },
    messages: () => state.value.chat.flatMap((entry) => (entry.type === 'message' ? [entry] : [])),
  };
}

test('an edit shows when the room has sent it back', async () => {
  const { chat, reflect, last, messages } = scene();
  const id = chat.send('helo');
  reflect();
  const edited = chat.edit(id, 'hello');
  expect(messages()).toMatchObject([{ text: 'helo', isEdited: false }]);
  expect(serializeXml(last().stanza)).toContain(`<replace xmlns="urn:xmpp:message-correct:0" id="${id}"/>`);
  reflect();
  await edited;
  expect(messages()).toMatchObject([{ text: 'hello', isEdited: true }]);
});

test('a refused change says so and changes nothing', async () => {
  const { chat, reflect, last, messages } = scene();
  const id = chat.send('hello');
  reflect();
  const retracted = chat.retract(id);
  chat.receive(errorReply(last().stanza, stanzaError('auth', 'forbidden')));
  await expect(retracted).rejects.toMatchObject({ code: 'not-allowed' });
  expect(messages()).toMatchObject([{ text: 'hello', isRetracted: false, delivery: 'sent' }]);
});

test('in private the server’s acknowledgement is enough', async () => {
  const { chat, last, messages } = scene();
  const id = chat.send('psst', { to: BOB });
  last().onTaken?.();
  const retracted = chat.retract(id);
  expect(last().stanza.attrs).toMatchObject({ to: `${ROOM}/${BOB}`, type: 'chat' });
  last().onTaken?.();
  await retracted;
  expect(messages()).toMatchObject([{ text: '', isRetracted: true }]);
});

test('of two reactions one is taken back by saying both anew', async () => {
  const { chat, reflect, sent, messages } = scene();
  const id = chat.send('hello');
  reflect();
  const toggle = async (emoji: string) => {
    const from = sent.length;
    const toggled = chat.toggleReaction(id, emoji);
    reflect();
    // Taking back may need a second word, which comes after the answer to the first.
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    if (sent.length > from + 1) reflect();
    await toggled;
  };
  await toggle('👍');
  await toggle('❤️');
  expect(messages()[0]?.reactions.map(({ emoji }) => emoji)).toEqual(['👍', '❤️']);
  await toggle('👍');
  expect(messages()[0]?.reactions).toEqual([{ emoji: '❤️', by: [{ id: OWN, name: 'Ann' }] }]);
  await toggle('❤️');
  expect(messages()[0]?.reactions).toEqual([]);
});

test('what waits for an answer fails with the session', async () => {
  const { chat, reflect } = scene();
  const id = chat.send('hello');
  reflect();
  const edited = chat.edit(id, 'hi');
  chat.sessionLost();
  await expect(edited).rejects.toMatchObject({ code: 'not-connected' });
});

test('another room of the meeting has its own talk, and the way back finds what was said', () => {
  const { chat, reflect, move, messages } = scene();
  chat.send('in the main room');
  reflect();
  move('7c8f@breakout.meet.example');
  expect(messages()).toEqual([]);
  move(ROOM);
  expect(messages()).toMatchObject([{ text: 'in the main room', delivery: 'sent' }]);
});
