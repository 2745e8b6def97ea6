import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import type { GatewayStats } from '#protocol/xmpp/gateway-stats.ts';
import { encodeDial, hangupElement, readCallReference } from '#protocol/xmpp/rayo.ts';
import { hostPinRequest, readHostPin } from '#protocol/xmpp/telephone-host.ts';
import { rolePassword } from '#runtime/role-password.ts';
import { ControlRoom, type DialRequest } from '../../../sip/room/control-room.ts';
import { newEndpointId } from '../../../sip/room/endpoint-id.ts';
import type { RoomConnection } from '../../../sip/room/room-connection.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { Caller, gatewayOf } from '../../support/sip/caller.ts';
import { until } from '../../support/wait.ts';
import { errorOf, itemOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

/** From a person's wish in a meeting through focus and control room to a gateway, over real WebSockets. */
const NUMBER = '+49 30 123456';
const IDLE: GatewayStats = {
  conferences: 0,
  participants: 0,
  isShuttingDown: false,
  stressLevel: 0,
  supportsSip: true,
};
const BREWERY = 'jigasibrewery@internal-muc.meet.example';

let server: MeetingServer;
let connection: RoomConnection;
let room: string;
let ann: XmppTestClient;
let stats: GatewayStats;
let control: ControlRoom;
let requests: DialRequest[];
const callers: Caller[] = [];

beforeAll(async () => {
  server = await MeetingServer.start();
  connection = gatewayOf(
    server.origin,
    server.domain,
    rolePassword(server.adminToken, 'sip'),
    pino({ level: 'silent' }),
  );
});
afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  stats = IDLE;
  requests = [];
  room = `dial-${newEndpointId()}@${server.hosts.muc}`;
  control = await startGateway((request) => void requests.push(request));
  ann = await enter('Ann');
});
afterEach(async () => {
  await Promise.all(callers.splice(0).map(({ session }) => session.leave()));
  control.stop();
  await ann.close();
  expect(server.errors).toEqual([]);
});

async function startGateway(dialled: (request: DialRequest) => void): Promise<ControlRoom> {
  const gateway = new ControlRoom(
    connection,
    () => stats,
    (jid) => (jid === room ? '1234567890' : undefined),
  );
  gateway.on('dial', dialled);
  const present = new Promise<void>((resolve) => gateway.once('present', resolve));
  gateway.start();
  await present;
  return gateway;
}

/** The first who enters moderates. */
async function enter(name: string): Promise<XmppTestClient> {
  const client = await server.logIn(name);
  await client.ask('set', server.hosts.focus, xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room }));
  const self = await client.join(room);
  if (name === 'Ann' && itemOf(self)['role'] !== 'moderator') {
    await client.receive('its promotion', (stanza) => itemOf(stanza)['role'] === 'moderator');
  }
  return client;
}

function dial(from: XmppTestClient): Promise<XmlElement> {
  const headers = new Map([
    ['JvbRoomName', room],
    ['JvbRoomPassword', '2468'],
    ['X-Tenant', 'acme'],
  ]);
  return from.ask('set', `${room}/focus`, encodeDial({ to: NUMBER, from: 'fromnumber', headers }));
}

test('somebody is called, comes into the room with where the call stands, and is hung up', async () => {
  const answering = dial(ann);
  const request = await until(() => requests[0], 'the gateway to be asked');
  expect(request).toMatchObject({
    to: NUMBER,
    room,
    password: '2468',
    dialledBy: ann.bareJid,
    headers: new Map([['X-Tenant', 'acme']]),
  });
  const endpointId = newEndpointId();
  request.accept(endpointId);
  const reference = readCallReference(await answering);
  expect(reference).toBe(`${room}/${endpointId}`);

  const caller = await Caller.join(connection, { room, endpointId, status: 'Initializing Call' });
  callers.push(caller);
  expect(childText(await ann.receivePresence(room, endpointId), 'status')).toBe('Initializing Call');
  const bob = await enter('Bob');
  expect(errorOf(await bob.ask('set', reference, hangupElement))).toBe('auth/forbidden');
  expect((await ann.ask('set', reference, hangupElement)).attrs['type']).toBe('result');
  await caller.experiences('hangUp');
  caller.session.setStatus('Hung up');
  expect(childText(await ann.receivePresence(room, endpointId), 'status')).toBe('Hung up');
  await bob.close();
});

test('a moderator is told the host PIN of the meeting, nobody else is', async () => {
  const bob = await enter('Bob');
  const asked = (who: XmppTestClient): Promise<XmlElement> => who.ask('get', `${room}/focus`, hostPinRequest());
  expect(readHostPin(await asked(ann))).toBe('1234567890');
  expect(errorOf(await asked(bob))).toBe('auth/forbidden');
  await bob.close();
});

test('who had somebody called ends that call without moderating, and no other', async () => {
  const bob = await enter('Bob');
  const call = async (dialledBy: string): Promise<Caller> => {
    const caller = await Caller.join(connection, { room, endpointId: newEndpointId(), dialledBy });
    callers.push(caller);
    return caller;
  };
  const [ofBob, ofAnn] = [await call(bob.bareJid), await call(ann.bareJid)];
  const hangUp = (caller: Caller): Promise<XmlElement> =>
    bob.ask('set', `${room}/${caller.session.endpointId}`, hangupElement);
  expect(errorOf(await hangUp(ofAnn))).toBe('auth/forbidden');
  expect((await hangUp(ofBob)).attrs['type']).toBe('result');
  await ofBob.experiences('hangUp');
  expect(ofAnn.events).toEqual([]);
  await bob.close();
});

test('what the gateway refuses is told to who asked, with its reason', async () => {
  const answering = dial(ann);
  const request = await until(() => requests[0], 'the gateway to be asked');
  request.refuse('not-allowed', 'This number may not be called.');
  const answer = await answering;
  expect(errorOf(answer)).toBe('cancel/not-allowed');
  expect(JSON.stringify(answer)).toContain('This number may not be called.');
});

test('who does not moderate has nobody called', async () => {
  const bob = await enter('Bob');
  expect(errorOf(await dial(bob))).toBe('auth/forbidden');
  expect(requests).toEqual([]);
  await bob.close();
});

test('a gateway that shuts down is not asked any more, one that is gone neither; clients are told what is so', async () => {
  const offered = async (): Promise<boolean> => {
    const conference = xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room });
    const answer = child(await ann.ask('set', server.hosts.focus, conference), 'conference');
    return JSON.stringify(answer).includes('sipGatewayEnabled');
  };
  expect(await offered()).toBe(true);
  stats = { ...IDLE, isShuttingDown: true };
  control.publish();
  await until(async () => !(await offered()), 'the focus to know of the shutdown');
  expect(errorOf(await dial(ann))).toBe('wait/service-unavailable');
  stats = IDLE;
  control.publish();
  await until(offered, 'the focus to know that it takes calls again');
  control.stop();
  await until(async () => !(await offered()), 'the focus to know that it is gone');
  expect(requests).toEqual([]);
});

test('a second gateway is asked when the first one is full', async () => {
  stats = { ...IDLE, participants: 5 };
  const other = await startGateway((request) => request.accept('cafe0002'));
  stats = IDLE;
  control.publish();
  const answering = dial(ann);
  (await until(() => requests[0], 'the first gateway to be asked')).refuse('service-unavailable', 'full');
  expect(readCallReference(await answering)).toBe(`${room}/cafe0002`);
  other.stop();
});

test('nobody but gateways gets into the control room, or speaks there', async () => {
  expect(errorOf(await ann.joinAs(BREWERY, 'gateway-1'))).toBe('auth/forbidden');
  const headers = new Map([['JvbRoomName', room]]);
  const direct = await ann.ask('set', `${BREWERY}/gateway-1`, encodeDial({ to: NUMBER, headers }));
  expect(errorOf(direct)).toBe('auth/forbidden');
  ann.send(xml('message', { xmlns: NS.client, to: `${BREWERY}/focus`, id: 'm' }, xml('body', {}, 'x')));
  expect(errorOf(await ann.receiveMessage('an error', ({ attrs }) => attrs['type'] === 'error'))).toBe(
    'auth/forbidden',
  );
});
