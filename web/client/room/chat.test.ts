import { describe, expect, test } from 'vitest';
import { parseXml, serializeXml } from '#protocol/xmpp/xml.ts';
import type { ChatEntry } from '../meeting-types.ts';
import { changeChat, notice, ownMessage, readChat, writeChat } from './chat.ts';

const ROOM = 'standup@muc.meet.example';
const context = {
  room: ROOM,
  ownId: '1f0c9a7e',
  ownName: 'Ann',
  nameOf: (id: string) => (id === 'b27de114' ? 'Bob' : undefined),
  matrixIdOf: (id: string) => (id === 'b27de114' ? '@bob:example.org' : undefined),
  nowMs: 1_000,
};
const message = (attributes: string, content: string) =>
  parseXml(`<message xmlns="jabber:client" ${attributes}>${content}</message>`);

describe('a message of ours', () => {
  const own = ownMessage({ text: 'hi', privateWith: undefined, replyTo: undefined }, context);

  test('is on its way until the room sends it back', () => {
    const sending = changeChat([], { kind: 'add', entry: own });
    expect(sending[0]).toMatchObject({ delivery: 'sending', isOwn: true });
    const echo = message(`type="groupchat" from="${ROOM}/1f0c9a7e" id="${own.id}"`, '<body>hi</body>');
    const input = readChat(echo, context);
    expect(input).toEqual({ kind: 'delivered', id: own.id });
    expect(input && changeChat(sending, input)[0]).toMatchObject({ delivery: 'sent' });
  });

  test('shows that it failed when the room refuses it', () => {
    const error = message(`type="error" from="${ROOM}" id="${own.id}"`, '<error type="auth"><forbidden/></error>');
    const input = readChat(error, context);
    expect(input && changeChat([own], input)[0]).toMatchObject({ delivery: 'failed' });
  });

  test('fails with the session, and only while it was on its way', () => {
    const sent = { ...own, id: 'other', delivery: 'sent' as const };
    const entries = changeChat([own, sent], { kind: 'all-failed' });
    expect(entries.map((entry) => (entry.type === 'message' ? entry.delivery : ''))).toEqual(['failed', 'sent']);
  });

  test('goes to the room, or to one person', () => {
    expect(serializeXml(writeChat(own, ROOM))).toContain(`to="${ROOM}" type="groupchat"`);
    const secret = ownMessage(
      { text: 'hi', privateWith: { id: 'b27de114', name: 'Bob' }, replyTo: undefined },
      context,
    );
    expect(serializeXml(writeChat(secret, ROOM))).toContain(`to="${ROOM}/b27de114" type="chat"`);
  });
});

describe('messages of others', () => {
  test('carry their sender’s name, and its verified user id', () => {
    const input = readChat(message(`type="groupchat" from="${ROOM}/b27de114" id="m1"`, '<body>hi</body>'), context);
    expect(input).toMatchObject({
      entry: { fromName: 'Bob', fromMatrixId: '@bob:example.org', from: 'b27de114', text: 'hi', isOwn: false },
    });
  });

  test('from before our time keep theirs, and their name after the sender left', () => {
    const history = message(
      `type="groupchat" from="${ROOM}/c0ffee00" id="m0"`,
      '<body>hi</body><nick xmlns="http://jabber.org/protocol/nick">Cy</nick><delay xmlns="urn:xmpp:delay" stamp="2026-11-21T03:41:00Z"/>',
    );
    expect(readChat(history, context)).toMatchObject({
      entry: { fromName: 'Cy', from: undefined, atMs: Date.UTC(2026, 10, 21, 3, 41) },
    });
  });

  test('in private say with whom', () => {
    const input = readChat(message(`type="chat" from="${ROOM}/b27de114" id="m2"`, '<body>psst</body>'), context);
    expect(input).toMatchObject({ entry: { privateWith: { id: 'b27de114', name: 'Bob' } } });
  });

  test('appear once, also when history repeats them', () => {
    const input = readChat(message(`type="groupchat" from="${ROOM}/b27de114" id="m1"`, '<body>hi</body>'), context);
    const entries = input === undefined ? [] : changeChat(changeChat([], input), input);
    expect(entries).toHaveLength(1);
  });

  test('of another sender cannot replace one by using its id', () => {
    const entries = ['b27de114', 'c0ffee00'].reduce<readonly ChatEntry[]>((all, nick) => {
      const input = readChat(message(`type="groupchat" from="${ROOM}/${nick}" id="m1"`, '<body>hi</body>'), context);
      return input === undefined ? all : changeChat(all, input);
    }, []);
    expect(entries).toHaveLength(2);
  });

  test('from elsewhere, without body or of other types are no chat', () => {
    expect(
      readChat(message('type="groupchat" from="other@muc.meet.example/x"', '<body>x</body>'), context),
    ).toBeUndefined();
    expect(
      readChat(message(`type="groupchat" from="${ROOM}/b27de114"`, '<subject>x</subject>'), context),
    ).toBeUndefined();
    expect(readChat(message(`type="headline" from="${ROOM}/b27de114"`, '<body>x</body>'), context)).toBeUndefined();
  });
});

describe('what is said about a message', () => {
  const said = message(`type="groupchat" from="${ROOM}/b27de114" id="m1"`, '<body>hi</body>');
  const group = (sender: string, content: string) =>
    message(`type="groupchat" from="${ROOM}/${sender}" id="m2"`, content);
  const whispered = (sender: string, content: string) => message(`type="chat" from="${ROOM}/${sender}"`, content);
  const reaction = (...emoji: string[]) =>
    `<reactions xmlns="urn:xmpp:reactions:0" id="m1">${emoji.map((one) => `<reaction>${one}</reaction>`).join('')}</reactions>`;
  const after = (...stanzas: ReturnType<typeof message>[]) =>
    stanzas.reduce<readonly ChatEntry[]>((entries, stanza) => {
      const input = readChat(stanza, context);
      return input === undefined ? entries : changeChat(entries, input);
    }, []);
  const shown = (entries: readonly ChatEntry[]) =>
    entries.flatMap((entry) =>
      entry.type === 'message'
        ? [{ ...entry, reactions: entry.reactions.map(({ emoji, by }) => [emoji, ...by.map(({ name }) => name)]) }]
        : [],
    );

  test('an answer names the message, in Jitsi’s way and in that of XEP-0461', () => {
    for (const attribute of ['to="m1"', 'to="room@x/y" id="m1"']) {
      const answer = group('1f0c9a7e', `<body>yes</body><reply xmlns="urn:xmpp:reply:0" ${attribute}/>`);
      const fromBob = { ...answer, attrs: { ...answer.attrs, from: `${ROOM}/b27de114` } };
      expect(shown(after(said, fromBob))[1]).toMatchObject({ text: 'yes', replyTo: 'm1' });
    }
  });

  test('a correction changes the text, a retraction takes it away', () => {
    const corrected = after(
      said,
      group('b27de114', '<body>hello</body><replace xmlns="urn:xmpp:message-correct:0" id="m1"/>'),
    );
    expect(shown(corrected)).toMatchObject([{ text: 'hello', isEdited: true }]);
    const taken = after(
      said,
      group('b27de114', '<retract xmlns="urn:xmpp:message-retract:1" id="m1"/><body>gone</body>'),
    );
    expect(shown(taken)).toMatchObject([{ text: '', isRetracted: true }]);
  });

  test('reactions one by one come together, a list is all there is, an empty one is nothing', () => {
    const one = after(
      said,
      group('b27de114', reaction('👍')),
      group('b27de114', reaction('❤️')),
      group('1f0c9a7e', reaction('👍')),
    );
    expect(shown(one)[0]?.reactions).toEqual([
      ['👍', 'Bob', 'Ann'],
      ['❤️', 'Bob'],
    ]);
    const list = after(said, group('b27de114', reaction('👍', '❤️')), group('b27de114', reaction('😂', '❤️')));
    expect(shown(list)[0]?.reactions).toEqual([
      ['❤️', 'Bob'],
      ['😂', 'Bob'],
    ]);
    expect(shown(after(said, group('b27de114', reaction('👍')), group('b27de114', reaction())))[0]?.reactions).toEqual(
      [],
    );
  });

  test.each(['', 'yes', '1', 'x👍', '👍'.repeat(40)])('“%s” is no reaction', (emoji) => {
    expect(readChat(group('b27de114', reaction(emoji)), context)).not.toMatchObject({ kind: 'refer' });
  });

  test.each(['👍🏽', '👩‍👩‍👧', '🇬🇷', '3️⃣', '❤️', '💖'])('%s is a reaction', (emoji) => {
    expect(shown(after(said, group('b27de114', reaction(emoji))))[0]?.reactions).toEqual([[emoji, 'Bob']]);
  });

  test('in private nobody takes back the words of another, and none of what was said to all', () => {
    const secret = message(`type="chat" from="${ROOM}/b27de114" id="m1"`, '<body>psst</body>');
    const retract = '<retract xmlns="urn:xmpp:message-retract:1" id="m1"/>';
    expect(shown(after(said, whispered('b27de114', retract)))).toMatchObject([{ text: 'hi' }]);
    expect(shown(after(secret, whispered('c0ffee00', retract)))).toMatchObject([{ text: 'psst' }]);
    expect(shown(after(secret, whispered('b27de114', retract)))).toMatchObject([{ isRetracted: true }]);
    const own = ownMessage({ text: 'mine', privateWith: { id: 'b27de114', name: 'Bob' }, replyTo: undefined }, context);
    const input = readChat(whispered('b27de114', retract.replace('m1', own.id)), context);
    expect(input && shown(changeChat([own], input))).toMatchObject([{ text: 'mine', isRetracted: false }]);
  });

  test('what was corrected before we came says so; nobody makes others believe that live', () => {
    const replace = '<replace xmlns="urn:xmpp:message-correct:0" id="m1"/>';
    const delay = '<delay xmlns="urn:xmpp:delay" stamp="2026-11-21T03:41:00Z"/>';
    const attributes = `type="groupchat" from="${ROOM}/b27de114" id="m1"`;
    expect(readChat(message(attributes, `<body>hello</body>${replace}${delay}`), context)).toMatchObject({
      kind: 'add',
      entry: { text: 'hello', messageId: 'm1', isEdited: true },
    });
    expect(readChat(message(attributes, `<body>hello</body>${replace}`), context)).toMatchObject({ kind: 'refer' });
  });

  test('what was corrected while we were away comes with the history, our own words once', () => {
    const delay = '<delay xmlns="urn:xmpp:delay" stamp="2026-11-21T03:41:00Z"/>';
    const again = message(`type="groupchat" from="${ROOM}/b27de114" id="m1"`, `<body>hello</body>${delay}`);
    expect(shown(after(said, again))).toMatchObject([{ text: 'hello', isEdited: true }]);
    const own = ownMessage({ text: 'mine', privateWith: undefined, replyTo: undefined }, context);
    for (const nick of ['1f0c9a7e', 'c0ffee00']) {
      const repeated = message(`type="groupchat" from="${ROOM}/${nick}" id="${own.id}"`, `<body>mine</body>${delay}`);
      const input = readChat(repeated, context);
      expect(input && shown(changeChat([own], input))).toMatchObject([{ isOwn: true, delivery: 'sent' }]);
    }
  });
});

test('the oldest entries make room', () => {
  const entries = Array.from({ length: 2_000 }, (_, index) => notice('joined', `P${index}`, index));
  const changed = changeChat(entries, { kind: 'add', entry: notice('left', 'P0', 2_000) });
  expect(changed).toHaveLength(2_000);
  expect(changed.at(-1)).toMatchObject({ notice: 'left' });
  expect(changed[0]).toMatchObject({ name: 'P1' });
});
