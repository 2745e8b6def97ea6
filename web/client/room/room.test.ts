import { beforeEach, describe, expect, test } from 'vitest';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { childText, xml } from '#protocol/xmpp/element.ts';
import { parseXml } from '#protocol/xmpp/xml.ts';
import { until } from '../../../test/support/wait.ts';
import type { SourceState } from '../session/local-sources.ts';
import { Room, type Removal, type RoomConnection } from './room.ts';

const ROOM = 'standup@muc.meet.example';
const ANN = '1f0c9a7e';
const BOB = 'b27de114';

/** What the room sends goes into a list; what it asks is answered with nothing. */
class Outbox implements RoomConnection {
  readonly sent: XmlElement[] = [];

  send(stanza: XmlElement): boolean {
    this.sent.push(stanza);
    return true;
  }

  request(): Promise<XmlElement> {
    return Promise.resolve(xml('iq', { type: 'result' }));
  }
}

let outbox: Outbox;
let sources: Record<string, SourceState>;
let room: Room;
let told: unknown[];

beforeEach(() => {
  outbox = new Outbox();
  sources = {};
  told = [];
  room = new Room({
    connection: outbox,
    jid: ROOM,
    nick: ANN,
    own: () => ({
      displayName: 'Ann',
      pictureUrl: undefined,
      sources,
      handRaisedAtMs: undefined,
      caps: { node: 'n', version: 'v' },
    }),
  });
  room.on('joined', () => told.push('joined'));
  room.on('removed', (removal: Removal) => told.push(removal));
  room.on('kicked', (nick, by) => told.push(['kicked', nick, by]));
  room.on('refused', ({ condition }) => told.push(condition));
});

function receive(nick: string, item = '', attributes = ''): void {
  const user = `<x xmlns="http://jabber.org/protocol/muc#user">${item}</x>`;
  room.receive(parseXml(`<presence xmlns="jabber:client" from="${ROOM}/${nick}" ${attributes}>${user}</presence>`));
}
const enter = () => receive(ANN, '<item affiliation="none" role="participant"/><status code="110"/>');
const sourceInfos = () => outbox.sent.map((stanza) => childText(stanza, 'SourceInfo'));

describe('entering a room', () => {
  test('is done when our own presence comes back', () => {
    room.join(undefined);
    receive(BOB);
    expect(room.isJoined).toBe(false);
    enter();
    expect(told).toEqual(['joined']);
    expect([...room.occupants.keys()]).toEqual([BOB]);
  });

  test('a camera that comes between asking and entering is told right after', async () => {
    room.join(undefined);
    sources = { [`${ANN}-v0`]: { muted: false } };
    room.presenceChanged();
    expect(sourceInfos()).toEqual(['{}']);
    enter();
    await until(() => outbox.sent.length === 2, 'the second presence');
    expect(sourceInfos()[1]).toBe(`{"${ANN}-v0":{"muted":false}}`);
  });

  test('says nothing twice when nothing changed', () => {
    room.join(undefined);
    enter();
    expect(outbox.sent).toHaveLength(1);
  });

  test('that is refused ends there', () => {
    room.join('wrong');
    const error = '<error type="auth"><not-authorized xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';
    room.receive(parseXml(`<presence xmlns="jabber:client" from="${ROOM}/${ANN}" type="error">${error}</presence>`));
    expect(told).toEqual(['not-authorized']);
  });
});

describe('inside', () => {
  beforeEach(() => {
    room.join(undefined);
    enter();
    told = [];
  });

  test('changes in a burst go out as one first and one last', async () => {
    for (const muted of [true, false, true]) {
      sources = { [`${ANN}-a0`]: { muted } };
      room.presenceChanged();
    }
    await until(() => outbox.sent.length === 3, 'the last presence');
    expect(sourceInfos().slice(1)).toEqual([`{"${ANN}-a0":{"muted":true}}`, `{"${ANN}-a0":{"muted":true}}`]);
  });

  test('a kick tells who and why', () => {
    const item = `<item affiliation="none" role="none"><actor nick="${BOB}"/><reason>enough</reason></item>`;
    receive(ANN, `${item}<status code="307"/><status code="110"/>`, 'type="unavailable"');
    expect(told).toEqual([{ code: 'kicked', by: BOB, text: 'enough' }]);
    expect(room.isJoined).toBe(false);
  });

  test('a destroyed room is the end of the meeting', () => {
    const item = `<item role="none"><actor nick="${BOB}"/></item>`;
    receive(ANN, `${item}<destroy><reason>over</reason></destroy>`, 'type="unavailable"');
    expect(told).toEqual([{ code: 'destroyed', by: BOB, instead: undefined }]);
  });

  test('a ban is more than a kick', () => {
    const item = `<item affiliation="outcast" role="none"><actor nick="${BOB}"/></item>`;
    receive(ANN, `${item}<status code="301"/><status code="110"/>`, 'type="unavailable"');
    expect(told).toEqual([{ code: 'banned', by: BOB, text: undefined }]);
  });

  test.each([
    ['kicked', 307],
    ['banned', 301],
  ])('that somebody else is %s tells who did it', (_what, status) => {
    receive(BOB);
    receive(BOB, `<item role="none"><actor nick="c0ffee00"/></item><status code="${status}"/>`, 'type="unavailable"');
    expect(told).toEqual([['kicked', BOB, 'c0ffee00']]);
    expect(room.occupants.size).toBe(0);
  });

  test('others come and go without touching us', () => {
    receive(BOB);
    receive(BOB, '', 'type="unavailable"');
    expect(room.occupants.size).toBe(0);
    expect(told).toEqual([]);
  });
});
