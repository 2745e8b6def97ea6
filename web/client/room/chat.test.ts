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
  nowMs: 1_000,
};
const message = (attributes: string, content: string) =>
  parseXml(`<message xmlns="jabber:client" ${attributes}>${content}</message>`);

describe('a message of ours', () => {
  const own = ownMessage('hi', undefined, context);

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
    const secret = ownMessage('hi', { id: 'b27de114', name: 'Bob' }, context);
    expect(serializeXml(writeChat(secret, ROOM))).toContain(`to="${ROOM}/b27de114" type="chat"`);
  });
});

describe('messages of others', () => {
  test('carry their sender’s name', () => {
    const input = readChat(message(`type="groupchat" from="${ROOM}/b27de114" id="m1"`, '<body>hi</body>'), context);
    expect(input).toMatchObject({
      entry: { fromName: 'Bob', from: 'b27de114', text: 'hi', atMs: 1_000, isOwn: false },
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

test('the oldest entries make room', () => {
  const entries = Array.from({ length: 2_000 }, (_, index) => notice('joined', `P${index}`, index));
  const changed = changeChat(entries, { kind: 'add', entry: notice('left', 'P0', 2_000) });
  expect(changed).toHaveLength(2_000);
  expect(changed.at(-1)).toMatchObject({ notice: 'left' });
  expect(changed[0]).toMatchObject({ name: 'P1' });
});
