import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeAvModerationRequest } from '#protocol/xmpp/av-moderation.ts';
import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeMuteRequest, readMuteRequest } from '#protocol/xmpp/mute.ts';
import { hostMark } from '#protocol/xmpp/telephone-host.ts';
import { rolePassword } from '#runtime/role-password.ts';
import { newEndpointId } from '../../../sip/room/endpoint-id.ts';
import type { RoomConnection } from '../../../sip/room/room-connection.ts';
import { RoomSession } from '../../../sip/room/room-session.ts';
import { BreakableWay } from '../../support/breakable-way.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { roomConfig } from '../../support/muc-forms.ts';
import { Caller, callerOptions, gatewayOf } from '../../support/sip/caller.ts';
import { until } from '../../support/wait.ts';
import { itemOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

/** Callers in rooms of the real signalling with the real focus; only the bridge has no media. */
const logger = pino({ level: 'silent' });
let server: MeetingServer;
let gateway: RoomConnection;
let room: string;
let ann: XmppTestClient;
let rooms = 0;
const callers: Caller[] = [];

beforeAll(async () => {
  server = await MeetingServer.start();
  gateway = gatewayOf(server.origin, server.domain, rolePassword(server.adminToken, 'sip'), logger);
});
afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  rooms += 1;
  room = `call-${rooms}@${server.hosts.muc}`;
  ann = await enter('Ann');
  if (itemOf(self)['role'] !== 'moderator') {
    await ann.receive('its promotion', (stanza) => itemOf(stanza)['role'] === 'moderator');
  }
});
afterEach(async () => {
  await Promise.all(callers.splice(0).map(({ session }) => session.leave()));
  await ann.close();
  expect(server.errors).toEqual([]);
});

let self: XmlElement;

async function enter(name: string, ...content: readonly XmlElement[]): Promise<XmppTestClient> {
  const client = await server.logIn(name);
  await client.ask('set', server.hosts.focus, xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room }));
  self = await client.join(room, xml('x', { xmlns: NS.muc }), ...content);
  return client;
}

async function callIn(options: Partial<Parameters<typeof callerOptions>[0]> = {}): Promise<Caller> {
  const caller = await Caller.join(gateway, { room, ...options });
  callers.push(caller);
  return caller;
}

const seen = (nick: string, type?: string): Promise<XmlElement> => ann.receivePresence(room, nick, type);
const refusalOf = async (options: Partial<Parameters<typeof callerOptions>[0]> = {}): Promise<string> => {
  const result = await RoomSession.join(gateway, callerOptions({ room, ...options }), new AbortController().signal);
  if (result.kind === 'refused') return result.reason;
  await result.session.leave();
  return result.kind;
};
const kickOut = (nick: string): XmlElement => xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick, role: 'none' }));

describe('a caller', () => {
  test('is an occupant of the gateway’s account with a name, a mark of telephones and a microphone', async () => {
    const { session } = await callIn({ displayName: ' +49 30\u202e ***12\n', region: 'eu' });
    const presence = await seen(session.endpointId);
    expect(itemOf(presence)).toMatchObject({ role: 'participant', affiliation: 'none' });
    expect(itemOf(presence)['jid']).toMatch(/^sip@auth\.meet\.example\//);
    expect(childText(presence, 'nick')).toBe('+49 30 ***12');
    const features = childElements(child(presence, 'features') ?? expect.fail('no features'), 'feature');
    expect(features.map(({ attrs }) => attrs['var'])).toEqual(['http://jitsi.org/protocol/jigasi']);
    expect(JSON.parse(childText(presence, 'SourceInfo') ?? '')).toEqual({ [session.sourceName]: { muted: false } });
    expect(childText(presence, 'jitsi_participant_region')).toBe('eu');
    expect(session.people).toBe(2);
    expect(session.others).toBe(1);
  });

  test('has its codec and address told to the bridge, and hears who is there', async () => {
    const caller = await callIn({ media: { address: '127.0.0.1', port: 40_404 }, uplink: { codec: 'PCMA', ssrc: 77 } });
    const media = await caller.hasMedia();
    const endpoint = server.bridge.endpoint(caller.session.endpointId);
    expect(endpoint?.rtpAddress).toEqual({ address: '127.0.0.1', port: 40_404 });
    expect([...(endpoint?.sources.values() ?? [])]).toMatchObject([{ ssrcs: [77], codec: 'PCMA' }]);
    expect(media.remote.address).toBe('127.0.0.1');
    expect(media.payloadTypes.get(111)).toEqual({ codec: 'opus', clockRateHz: 48_000 });
    await caller.session.setUplink({ codec: 'G722', ssrc: 78 });
    expect([...(endpoint?.sources.values() ?? [])]).toMatchObject([{ ssrcs: [78], codec: 'G722' }]);
    expect(media.audioLevelExtensionId).toBe(1);
  });

  test('that does not receive is told of no sources; who takes over is', async () => {
    const first = await callIn();
    const second = await callIn({ isReceiving: false });
    await Promise.all([first.hasMedia(), second.hasMedia()]);
    await until(() => first.sources.size === 1, 'the first to hear of the second');
    expect([...first.sources.values()]).toMatchObject([{ endpointId: second.session.endpointId }]);
    expect(second.sources.size).toBe(0);
    first.session.setReceiving(true, [second.session.sourceName]);
    expect(first.sources.size).toBe(0);
    second.session.setReceiving(true);
    expect([...second.sources.values()]).toMatchObject([{ endpointId: first.session.endpointId }]);
  });

  test('says where its call stands, raises its hand, is on hold, and takes all of that back', async () => {
    const { session } = await callIn({ status: 'Ringing' });
    expect(childText(await seen(session.endpointId), 'status')).toBe('Ringing');
    session.setStatus('Connected');
    expect(childText(await seen(session.endpointId), 'status')).toBe('Connected');
    session.setHand(true);
    expect(childText(await seen(session.endpointId), 'jitsi_participant_raisedHand')).toMatch(/^\d{13}$/);
    session.setOnHold(true);
    expect(childText(await seen(session.endpointId), 'jitsi_participant_on_hold')).toBe('true');
    session.setHand(false);
    session.setOnHold(false);
    session.setStatus(undefined);
    const [, , last] = [await seen(session.endpointId), await seen(session.endpointId), await seen(session.endpointId)];
    for (const name of ['status', 'jitsi_participant_raisedHand', 'jitsi_participant_on_hold']) {
      expect(child(last, name)).toBeUndefined();
    }
  });

  test('begins with the microphone off where the meeting wants it so, and switches it on itself', async () => {
    const policy = JSON.stringify({ type: 'room_metadata', key: 'startMuted', data: { audio: true, video: false } });
    const change = xml('room_metadata', { xmlns: 'http://jitsi.org/jitmeet', room }, policy);
    ann.send(xml('message', { to: server.hosts.metadata }, change));
    await ann.receiveMessage('the policy', ({ attrs }) => attrs['from'] === server.hosts.metadata);
    const { session } = await callIn();
    const isMutedTo = async (): Promise<string | undefined> => childText(await seen(session.endpointId), 'audiomuted');
    expect(session.isMuted).toBe(true);
    expect(await isMutedTo()).toBe('false');
    expect(await isMutedTo()).toBe('true');
    expect(session.setMuted(false)).toBe('done');
    expect(await isMutedTo()).toBe('false');
  });

  test('that hangs up is gone at once; one that hangs up while it joins never was there', async () => {
    const { session } = await callIn();
    await seen(session.endpointId);
    await session.leave();
    await seen(session.endpointId, 'unavailable');

    const endpointId = newEndpointId();
    const hangUp = new AbortController();
    const joining = RoomSession.join(gateway, callerOptions({ room, endpointId }), hangUp.signal);
    hangUp.abort();
    expect(await joining).toEqual({ kind: 'refused', reason: 'cancelled' });
    const after = await callIn();
    await seen(after.session.endpointId);
    expect(after.session.people).toBe(2);
  });
});

describe('a room that is not open to all', () => {
  test('takes the right password', async () => {
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_roomsecret': '2468' }));
    expect(await refusalOf()).toBe('password-required');
    expect(await refusalOf({ password: '1357' })).toBe('wrong-password');
    const { session } = await callIn({ password: '2468' });
    await seen(session.endpointId);
  });

  test('lets a caller wait, who has no media until a moderator lets it in', async () => {
    const lobby = room.replace('@muc.', '@lobby.');
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
    await ann.join(lobby);
    const caller = await callIn({ displayName: 'Bob' });
    const knock = await ann.receivePresence(lobby, caller.session.endpointId);
    expect(childText(knock, 'nick')).toBe('Bob');
    expect(server.bridge.endpoint(caller.session.endpointId)).toBeUndefined();
    const invite = xml('invite', { to: itemOf(knock)['jid'] });
    ann.send(xml('message', { xmlns: NS.client, to: room, id: 'in' }, xml('x', { xmlns: NS.mucUser }, invite)));
    await caller.experiences('admitted');
    await caller.hasMedia();
    await ann.receivePresence(lobby, caller.session.endpointId, 'unavailable');
  });

  test('sends a caller away that waits, and one that hangs up there is gone', async () => {
    const lobby = room.replace('@muc.', '@lobby.');
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
    await ann.join(lobby);
    const denied = await callIn();
    await ann.ask('set', lobby, kickOut(denied.session.endpointId));
    await denied.experiences('ended');
    expect(denied.ended).toBe('lobby-denied');

    const impatient = await callIn();
    await ann.receivePresence(lobby, impatient.session.endpointId);
    await impatient.session.leave();
    await ann.receivePresence(lobby, impatient.session.endpointId, 'unavailable');
  });

  test('lets all who wait in when its door is opened, or ends for them, too', async () => {
    const lobby = room.replace('@muc.', '@lobby.');
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
    const waiting = await callIn();
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'false' }));
    await waiting.experiences('admitted');

    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
    const late = await callIn();
    await ann.ask('set', room, xml('query', { xmlns: NS.mucOwner }, xml('destroy')));
    await late.experiences('ended');
    expect(late.ended).toBe('lobby-room-ended');
    await waiting.experiences('ended');
    expect(waiting.ended).toBe('room-ended');
    expect(lobby).toContain('lobby');
  });
});

describe('a host', () => {
  test('comes in past lobby and password, and moderates', async () => {
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_roomsecret': '2468', 'muc#roomconfig_membersonly': '1' }));
    expect(await refusalOf()).toBe('lobby');
    const { session } = await callIn({ isHost: true });
    expect(itemOf(await seen(session.endpointId))).toMatchObject({ role: 'moderator', affiliation: 'owner' });
    expect(session.isModerator).toBe(true);
  });

  test('speaks where microphones are reserved for moderators', async () => {
    const other = await callIn();
    const host = await callIn({ isHost: true });
    await other.hasMedia();
    const reserve = encodeAvModerationRequest({ kind: 'switch', mediaType: 'audio', isOn: true });
    ann.send(xml('message', { xmlns: NS.client, to: server.hosts.avModeration }, reserve));
    await other.experiences('muted');
    expect([other, host].map(({ session }) => session.setMuted(false))).toEqual(['refused', 'done']);
    expect(host.events).toEqual([]);
  });

  test('mutes everybody else, who see who did it', async () => {
    const other = await callIn();
    const { session } = await callIn({ isHost: true });
    await other.hasMedia();
    expect(await session.muteOthers()).toBe(true);
    await other.experiences('muted');
    const iq = await ann.receive('to be muted', (stanza) => readMuteRequest(stanza)?.actor !== undefined);
    expect(readMuteRequest(iq)).toMatchObject({ kind: 'audio', isMuted: true, actor: `${room}/${session.endpointId}` });
    expect(session.isMuted).toBe(false);
  });

  test('locks the meeting and opens it again', async () => {
    const { session } = await callIn({ isHost: true });
    expect(await session.toggleLock()).toBe('locked');
    expect(await refusalOf()).toBe('lobby');
    expect(await session.toggleLock()).toBe('open');
    expect((await callIn()).session.people).toBeGreaterThan(1);
  });

  test('is nobody who only says so: not a guest, and not a caller with the other PIN', async () => {
    const guest = await server.logIn('Eve');
    const mark = xml('x', { xmlns: NS.muc }, hostMark);
    const self = await guest.join(room, mark, hostMark);
    expect(itemOf(self)['role']).toBe('participant');
    await guest.close();
    const { session } = await callIn();
    expect(session.isModerator).toBe(false);
    expect(await session.toggleLock()).toBeUndefined();
    expect(await session.muteOthers()).toBe(false);
  });
});

describe('moderators', () => {
  test('mute a caller, who unmutes itself', async () => {
    const caller = await callIn();
    await caller.hasMedia();
    const { endpointId } = caller.session;
    const mute = encodeMuteRequest({ kind: 'audio', isMuted: true, target: `${room}/${endpointId}` });
    await ann.ask('set', `${room}/focus`, mute);
    await caller.experiences('muted');
    expect(caller.session.isMuted).toBe(true);
    await until(() => server.bridge.mutes.at(-1)?.muted === true, 'the bridge to hold it back');
    expect(caller.session.setMuted(false)).toBe('done');
    await until(() => server.bridge.mutes.at(-1)?.muted === false, 'the bridge to let it through');
  });

  test('who reserve microphones have to approve a caller before it speaks', async () => {
    const caller = await callIn();
    await caller.hasMedia();
    const ask = (request: Parameters<typeof encodeAvModerationRequest>[0]): void =>
      ann.send(xml('message', { xmlns: NS.client, to: server.hosts.avModeration }, encodeAvModerationRequest(request)));
    ask({ kind: 'switch', mediaType: 'audio', isOn: true });
    await caller.experiences('muted');
    expect(caller.session.setMuted(false)).toBe('refused');
    expect(caller.session.isMuted).toBe(true);
    ask({ kind: 'approve', mediaType: 'audio', target: `${room}/${caller.session.endpointId}` });
    await caller.experiences('unmuteAllowed');
    expect(caller.session.setMuted(false)).toBe('done');
    await until(() => server.bridge.mutes.at(-1)?.muted === false, 'the bridge to let it through');
  });

  test('remove a caller, or end the meeting for all', async () => {
    const [removed, last] = [await callIn(), await callIn()];
    await ann.ask('set', room, kickOut(removed.session.endpointId));
    await removed.experiences('ended');
    expect(removed.ended).toBe('kicked');
    expect(last.ended).toBeUndefined();
    await ann.ask('set', room, xml('query', { xmlns: NS.mucOwner }, xml('destroy')));
    await last.experiences('ended');
    expect(last.ended).toBe('room-ended');
  });
});

describe('end-to-end encryption', () => {
  const encrypting = xml('jitsi_participant_e2ee.enabled', {}, 'true');

  test('that somebody uses keeps callers out, without anybody seeing one come', async () => {
    const bob = await enter('Bob', encrypting);
    await ann.drain();
    expect(await refusalOf()).toBe('encrypted');
    await bob.close();
  });

  test('that somebody begins ends the call', async () => {
    const caller = await callIn();
    const bob = await enter('Bob', encrypting);
    await caller.experiences('ended');
    expect(caller.ended).toBe('encrypted');
    await seen(caller.session.endpointId, 'unavailable');
    await bob.close();
  });
});

describe('a connection that breaks off', () => {
  test('comes back as the same occupant, with media going on', async () => {
    await using way = await BreakableWay.to(Number(new URL(server.origin).port));
    const connection = { ...gateway, url: `ws://127.0.0.1:${way.port}/xmpp-websocket` };
    const caller = await Caller.join(connection, { room });
    callers.push(caller);
    const media = await caller.hasMedia();
    await seen(caller.session.endpointId);
    await ann.drain();
    way.break();
    await caller.experiences('reconnecting');
    way.mend();
    await caller.experiences('reconnected');
    expect(caller.media).toBe(media);
    caller.session.setHand(true);
    await seen(caller.session.endpointId);
    const presences = (await ann.drain()).filter(({ name }) => name === 'presence');
    expect(presences.map(({ attrs }) => attrs['type'])).toEqual([]);
    expect(caller.session.people).toBe(2);
  });

  test('and left an occupant behind waits until it is gone, and never is a second one', async () => {
    const { session: old } = await callIn();
    const { endpointId } = old;
    await seen(endpointId);
    const conflicts = (): Promise<number> =>
      server.metric('parley_signalling_stanza_errors_total', { condition: 'conflict' });
    const before = await conflicts();
    const returning = callIn({ endpointId });
    await until(async () => (await conflicts()) > before, 'the room to say that the nick is in use');
    await old.leave();
    await seen(endpointId, 'unavailable');
    const { session } = await returning;
    await seen(endpointId);
    expect(session.people).toBe(2);
  });

  test('for good ends the call', { timeout: 60_000 }, async () => {
    const way = await BreakableWay.to(Number(new URL(server.origin).port));
    const caller = await Caller.join({ ...gateway, url: `ws://127.0.0.1:${way.port}/xmpp-websocket` }, { room });
    await way[Symbol.asyncDispose]();
    await until(() => caller.ended, 'the end of the call', { timeoutMs: 45_000 });
    expect(caller.ended).toBe('connection-lost');
  });
});

test('a gateway with a wrong password, or without a server, is told that the room cannot be reached', async () => {
  const options = callerOptions({ room });
  const { signal } = new AbortController();
  const refused = { kind: 'refused', reason: 'unreachable' };
  expect(await RoomSession.join({ ...gateway, password: 'wrong' }, options, signal)).toEqual(refused);
});

test('the password goes over no network in the clear', async () => {
  const options = callerOptions({ room });
  const join = (url: string): Promise<unknown> =>
    RoomSession.join({ ...gateway, url }, options, new AbortController().signal);
  await expect(join('ws://meet.example/xmpp-websocket')).rejects.toThrow('not encrypted');
});
