import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeBreakoutRequest } from '#protocol/xmpp/breakout-rooms.ts';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeMuteRequest, readMuteRequest } from '#protocol/xmpp/mute.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { FOCUS, meeting, ROOM } from '../../support/focus/raw-meeting.ts';
import { roomConfig } from '../../support/muc-forms.ts';
import { until } from '../../support/wait.ts';
import { errorOf, itemOf, jsonOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: MeetingServer;
beforeEach(async () => {
  server = await MeetingServer.start();
});
afterEach(async () => {
  expect(server.errors).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const refusal = (status: number, code: string): object => ({ status, body: { error: { code } } });

/** Comes into a room under a name, as a guest from a browser; answers its own presence or the error. */
async function come(
  name: string,
  { room = ROOM, machineUid = `browser of ${name}` } = {},
): Promise<{ client: XmppTestClient; presence: XmlElement }> {
  const client = await server.logIn(name);
  const request = { room, machineUid, properties: {} };
  await client.ask('set', server.hosts.focus, encodeConferenceRequest(request));
  const nick = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, name);
  return { client, presence: await client.join(room, xml('x', { xmlns: NS.muc }), nick) };
}

async function moderates(client: XmppTestClient): Promise<void> {
  await client.receive('moderator rights', (stanza) => itemOf(stanza)['affiliation'] === 'owner');
}

function nested(levels: number): unknown {
  return levels === 0 ? [] : [nested(levels - 1)];
}

function destructionOf(presence: XmlElement): XmlElement | undefined {
  return child(child(presence, 'x', NS.mucUser) ?? xml('x'), 'destroy');
}

describe('an administrator', () => {
  test('sees which meetings there are and who is in them', async () => {
    expect(await server.administer('/rooms')).toEqual({ status: 200, body: { rooms: [], total: 0 } });
    const { client: ann } = await come('Ann');
    await moderates(ann);
    const { client: bob } = await come('Bob');
    const greek = `${encodeURIComponent('ελλάδα').toLowerCase()}@${server.hosts.muc}`;
    await come('Cid', { room: greek });
    await ann.ask('set', ROOM, roomConfig({ 'muc#roomconfig_roomsecret': 'sesame' }));
    const standup = {
      room: 'standup',
      address: ROOM,
      meetingId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      people: 2,
      waiting: 0,
      hasPassword: true,
      hasLobby: false,
    };
    expect(await server.administer('/rooms')).toMatchObject({
      status: 200,
      body: { rooms: [standup, { room: 'ελλάδα', people: 1, hasPassword: false }], total: 2 },
    });
    expect(await server.administer('/rooms?limit=1')).toMatchObject({ body: { rooms: [standup], total: 2 } });
    expect(await server.administer('/rooms/standup')).toEqual({ status: 200, body: standup });
    expect(await server.administer(`/rooms/${encodeURIComponent('Ελλάδα')}`)).toMatchObject({ status: 200 });
    expect(await server.administer(`/rooms/${encodeURIComponent(ROOM)}/occupants`)).toEqual({
      status: 200,
      body: {
        occupants: [
          { id: ann.nick, name: 'Ann', isModerator: true, login: 'guest' },
          { id: bob.nick, name: 'Bob', isModerator: false, login: 'guest' },
        ],
      },
    });
  });

  test('sees who waits in a lobby', async () => {
    const { client: ann } = await come('Ann');
    await moderates(ann);
    await ann.ask('set', ROOM, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
    const lobby = ROOM.replace('@muc.', '@lobby.');
    const bob = await server.logIn('Bob');
    await bob.join(
      lobby,
      xml('x', { xmlns: NS.muc }),
      xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Bob'),
    );
    expect(await server.administer('/rooms/standup')).toMatchObject({
      body: { hasLobby: true, waiting: 1, people: 1 },
    });
  });

  test('removes somebody, also a moderator, who may come again', async () => {
    const { client: ann } = await come('Ann');
    await moderates(ann);
    const { client: bob } = await come('Bob');
    const kicked = await server.administer(`/rooms/standup/occupants/${ann.nick}/kick`, { reason: 'enough' });
    expect(kicked).toMatchObject({ status: 200, body: { occupant: { id: ann.nick, name: 'Ann' } } });
    const gone = await ann.receivePresence(ROOM, ann.nick, 'unavailable');
    expect(statuses(gone)).toEqual(['307', '110']);
    const item = child(child(gone, 'x', NS.mucUser) ?? xml('x'), 'item');
    expect(childText(item ?? xml('item'), 'reason')).toBe('enough');
    await bob.receivePresence(ROOM, ann.nick, 'unavailable');
    expect(errorOf((await come('Ann')).presence)).toBeUndefined();
  });

  test('bans somebody for the meeting, in whatever tab', async () => {
    await come('Ann');
    const { client: bob } = await come('Bob');
    const { client: again } = await come('Bob again', { machineUid: 'browser of Bob' });
    expect(await server.administer(`/rooms/standup/occupants/${bob.nick}/kick`, { ban: true })).toMatchObject({
      status: 200,
    });
    for (const client of [bob, again]) {
      expect(statuses(await client.receivePresence(ROOM, client.nick, 'unavailable'))).toEqual(['301', '110']);
    }
    expect(errorOf((await come('Bob')).presence)).toBe('auth/forbidden');
    expect(errorOf((await come('Cid')).presence)).toBeUndefined();
  });

  test('mutes one person or all: the bridge holds them back until they unmute themselves', async () => {
    const [ann, bob] = await meeting(server);
    expect(await server.administer(`/rooms/standup/occupants/${bob.nick}/mute`, { media: 'video' })).toEqual({
      status: 200,
      body: { muted: [bob.nick] },
    });
    const isMute = (stanza: XmlElement): boolean => readMuteRequest(stanza) !== undefined;
    const asked = await bob.receive('a mute request', isMute);
    expect(readMuteRequest(asked)).toEqual({ kind: 'video', isMuted: true, actor: FOCUS });
    await expect.poll(() => server.bridge.mutes).toMatchObject([{ endpoint: bob.nick, kind: 'video', muted: true }]);
    expect(await server.administer('/rooms/standup/mute', { media: 'audio' })).toEqual({
      status: 200,
      body: { muted: [ann.nick, bob.nick] },
    });
    for (const client of [ann, bob]) await client.receive('a mute request', isMute);
    await expect.poll(() => server.bridge.mutes).toHaveLength(3);
    await bob.ask('set', FOCUS, encodeMuteRequest({ kind: 'video', isMuted: false }));
    await expect.poll(() => server.bridge.mutes.at(-1)).toMatchObject({ endpoint: bob.nick, muted: false });
  });

  test('ends a meeting for all, its breakout rooms too, and people are told why', async () => {
    const { client: ann } = await come('Ann');
    await moderates(ann);
    const add = encodeBreakoutRequest({ action: 'add', name: 'Red' });
    ann.send(xml('message', { xmlns: NS.client, to: server.hosts.breakout }, add));
    const news = await ann.receiveMessage('the rooms', (message) =>
      JSON.stringify(jsonOf(message) ?? {}).includes('Red'),
    );
    const red = new RegExp(`[0-9a-f-]{36}@${server.hosts.breakout}`).exec(JSON.stringify(jsonOf(news)))?.[0] ?? '';
    const { client: bob } = await come('Bob');
    await bob.ask('set', server.hosts.focus, encodeConferenceRequest({ room: red, properties: {} }));
    await bob.join(red);
    expect(await server.administer('/rooms')).toMatchObject({ body: { rooms: [{}, { breakoutOf: ROOM, people: 1 }] } });
    const ended = await server.administer('/rooms/standup/end', { reason: 'The house closes.' });
    expect(ended).toMatchObject({ status: 200, body: { ended: { address: ROOM } } });
    const told = destructionOf(await ann.receivePresence(ROOM, ann.nick, 'unavailable'));
    expect(childText(told ?? xml('none'), 'reason')).toBe('The house closes.');
    expect(destructionOf(await bob.receivePresence(red, bob.nick, 'unavailable'))).toBeDefined();
    await until(
      async () => (await server.administer('/rooms/standup')).status === 404,
      () => 'the meeting to be forgotten',
    );
    expect(await server.administer('/rooms/standup/end', {})).toMatchObject(refusal(404, 'no-such-room'));
  });

  test('reads and writes what clients share, and everybody hears of it', async () => {
    const { client: ann } = await come('Ann');
    await ann.drain();
    const startMuted = { audio: true, video: false };
    const set = await server.administer('/rooms/standup/metadata', { key: 'startMuted', value: startMuted });
    expect(set).toEqual({ status: 200, body: { metadata: { startMuted } } });
    const heard = await ann.receiveMessage('the metadata', (message) => jsonOf(message) !== undefined);
    expect(jsonOf(heard)).toEqual({ type: 'room_metadata', metadata: { startMuted } });
    // What moderators may not say, the server may.
    await server.administer('/rooms/standup/metadata', { key: 'transcription', value: true });
    expect(await server.administer('/rooms/standup/metadata')).toEqual({
      status: 200,
      body: { metadata: { startMuted, transcription: true } },
    });
    expect(await server.administer('/rooms/standup/metadata', { key: 'startMuted', value: null })).toEqual({
      status: 200,
      body: { metadata: { transcription: true } },
    });
  });

  test.each<[what: string, path: string, body: object | undefined, status: number, code: string]>([
    ['about a room that is not there', '/rooms/nowhere', undefined, 404, 'no-such-room'],
    ['about an address that is not there', '/rooms/x@muc.meet.example/occupants', undefined, 404, 'no-such-room'],
    ['what is no name', '/rooms/%2F/end', {}, 404, 'no-such-room'],
    ['to remove the focus', '/rooms/standup/occupants/focus/kick', {}, 404, 'no-such-occupant'],
    ['about nobody', '/rooms/standup/occupants/01234567/mute', { media: 'audio' }, 404, 'no-such-occupant'],
    ['unknown media', '/rooms/standup/mute', { media: 'smell' }, 400, 'bad-request'],
    ['nothing where media is needed', '/rooms/standup/mute', {}, 400, 'bad-request'],
    ['a reason too long', '/rooms/standup/end', { reason: 'x'.repeat(501) }, 400, 'bad-request'],
    ['an unknown key', '/rooms/standup/end', { reasons: 'x' }, 400, 'bad-request'],
    ['a limit of nothing', '/rooms?limit=0', undefined, 400, 'bad-request'],
    ['TURN servers for all', '/rooms/standup/metadata', { key: 'services', value: [] }, 409, 'reserved'],
    ['unknown permissions', '/rooms/standup/metadata', { key: 'permissions', value: { all: true } }, 409, 'reserved'],
    ['a large value', '/rooms/standup/metadata', { key: 'a', value: 'x'.repeat(5_000) }, 409, 'too-large'],
    ['a deep value', '/rooms/standup/metadata', { key: 'a', value: nested(999) }, 400, 'bad-request'],
    ['no value', '/rooms/standup/metadata', { key: 'a' }, 400, 'bad-request'],
  ])('is refused %s', async (_what, path, body, status, code) => {
    await come('Ann');
    expect(await server.administer(path, body)).toMatchObject(refusal(status, code));
  });

  test('hears that nobody was muted when no focus answers', async () => {
    const { client: ann } = await come('Ann');
    await server.stopFocus();
    await ann.receivePresence(ROOM, 'focus', 'unavailable');
    expect(await server.administer('/rooms/standup/mute', { media: 'audio' })).toMatchObject(refusal(503, 'no-focus'));
  });

  test('gets all of this described as OpenAPI 3.1', async () => {
    const { body } = await server.administer('/openapi.json');
    expect(await new Validator().validate(body as Record<string, unknown>)).toEqual({ valid: true });
    expect(Object.keys((body as { paths: object }).paths)).toContain('/rooms/{room}/occupants/{occupant}/kick');
  });
});
