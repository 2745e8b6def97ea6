import { expect, test } from 'vitest';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import { child, xml } from '#protocol/xmpp/element.ts';
import { systemClock } from '../../../focus/clock.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { APP_ID, SECRET, secretToken } from '../../support/tokens/token-issuer.ts';
import { errorOf, itemOf, NS, statuses } from '../../support/xmpp-test-client.ts';

/** Conference requests as Jitsi's newer clients send them when `conferenceRequestUrl` is set (wire note §3.2). */

const ROOM = 'standup@muc.meet.example';
const FOCUS_JID = 'focus@auth.meet.example';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
  readonly headers: Headers;
}

async function post(
  server: MeetingServer,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${server.httpUrl}/conference-request/v1?room=standup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined, headers: response.headers };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const withTokens = (policy: string) => ({ auth: { policy }, jwt: { appId: APP_ID, secret: SECRET } });

test('the answer says that the focus is in the room, which can be joined at once, with a session to come', async () => {
  await using server = await MeetingServer.start();
  const properties = { rtcstatsEnabled: false, 'visitors-version': 1 };
  expect(await post(server, { room: ROOM, machineUid: '96eb4fc4409b49e2', properties })).toMatchObject({
    status: 200,
    json: {
      room: ROOM,
      ready: true,
      focusJid: FOCUS_JID,
      properties: { authentication: 'false', 'visitors-supported': 'false' },
    },
  });
  const ann = await server.logIn('Ann');
  expect(statuses(await ann.join(ROOM))).toContain('110');
  expect(itemOf(await ann.receivePresence(ROOM, ann.nick))['affiliation']).toBe('owner');
});

test('a page of another origin may ask, unless origins are named', async () => {
  await using server = await MeetingServer.start();
  const origin = 'https://other.example';
  const url = `${server.httpUrl}/acme/conference-request/v1`;
  const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin } });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization, content-type');
  expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
  expect((await post(server, { room: ROOM }, { origin })).headers.get('access-control-allow-origin')).toBe(origin);
});

test.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['no room', {}],
  ['no address of a room', { room: 'meet.example' }],
  ['a property that is no value', { room: ROOM, properties: { a: {} } }],
  ['a machine id too long', { room: ROOM, machineUid: 'x'.repeat(2_000) }],
])('%s is refused', async (_what, body) => {
  await using server = await MeetingServer.start();
  const answer = await post(server, body);
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('400 bad-request')]);
});

test('too much is not read, and rooms elsewhere are not opened', async () => {
  await using server = await MeetingServer.start();
  expect((await post(server, { room: ROOM, sessionId: 'x'.repeat(20_000) })).status).toBe(413);
  expect((await post(server, { room: 'standup@other.example' })).status).toBe(404);
  expect((await post(server, { room: `00000000-0000-4000-8000-000000000000@${server.hosts.breakout}` })).status).toBe(
    404,
  );
});

test('where guests wait, a token opens the meeting, and then guests may ask, too', async () => {
  await using server = await MeetingServer.start(systemClock, withTokens('wait'));
  const refused = await post(server, { room: ROOM });
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('403 not-authorized')]);
  expect((await post(server, { room: ROOM }, bearer('nonsense'))).status).toBe(403);
  expect((await post(server, { room: ROOM }, bearer(secretToken({ exp: 1 })))).status).toBe(403);
  expect(await post(server, { room: ROOM }, bearer(secretToken({ room: 'standup' })))).toMatchObject({
    status: 200,
    json: { ready: true, properties: { authentication: 'true' } },
  });
  expect((await post(server, { room: ROOM })).status).toBe(200);
});

test('a token for another room opens nothing; as with the IQ form, the join says why', async () => {
  await using server = await MeetingServer.start(systemClock, withTokens('members'));
  expect((await post(server, { room: ROOM })).status).toBe(403);
  const answer = await post(server, { room: ROOM }, bearer(secretToken({ room: 'elsewhere' })));
  expect(answer).toMatchObject({ status: 200, json: { ready: true } });
  expect(await server.administer('/rooms')).toMatchObject({ body: { total: 0 } });
});

test('the session of a host’s login opens a meeting from the same browser; another one is stale', async () => {
  await using server = await MeetingServer.start(systemClock, { auth: { policy: 'wait' } });
  await server.accounts.add('ann', 'secret');
  const host = await server.connect('Ann');
  await host.authenticateAs(server.hosts.auth, 'ann', 'secret');
  await host.bind();
  const request = { room: 'other@muc.meet.example', machineUid: 'laptop', properties: {} };
  const opened = await host.ask('set', server.hosts.focus, encodeConferenceRequest(request));
  const sessionId = child(opened, 'conference')?.attrs['session-id'] ?? '';
  expect(await post(server, { room: ROOM, machineUid: 'laptop', sessionId })).toMatchObject({
    status: 200,
    json: { ready: true, identity: 'ann', sessionId },
  });
  const stale = await post(server, { room: ROOM, machineUid: 'another', sessionId });
  // Jitsi's clients look for these words, and not at the very beginning.
  expect([stale.status, stale.text.indexOf('400 invalid-session')]).toEqual([400, 'HTTP ERROR '.length]);
});

test('who was banned is recognised by the browser that it names when it joins', async () => {
  await using server = await MeetingServer.start();
  const come = async (name: string, billingId: string) => {
    expect((await post(server, { room: ROOM, machineUid: billingId })).status).toBe(200);
    const client = await server.logIn(name);
    const join = xml('x', { xmlns: NS.muc }, xml('billingid', {}, billingId));
    return { client, error: errorOf(await client.join(ROOM, join)) };
  };
  await come('Ann', 'laptop-a');
  const { client: bob } = await come('Bob', 'laptop-b');
  expect((await server.administer(`/rooms/standup/occupants/${bob.nick}/kick`, { ban: true })).status).toBe(200);
  expect((await come('Bob', 'laptop-b')).error).toBe('auth/forbidden');
  expect((await come('Cid', 'laptop-c')).error).toBeUndefined();
});

test('one address may open so many conferences that nobody joins, and ask so often', async () => {
  await using server = await MeetingServer.start(systemClock, {
    xmpp: { newConnectionBurstPerAddress: 5, newConnectionsPerSecondPerAddress: 1 },
  });
  const ask = (name: string) => post(server, { room: `${name}@muc.meet.example`, machineUid: 'laptop' });
  for (const name of ['one', 'two', 'three']) expect((await ask(name)).status).toBe(200);
  const refused = await ask('four');
  expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('several meetings')]);
  const statusCodes = new Set<number>();
  for (let i = 0; i < 10; i += 1) statusCodes.add((await ask('four')).status);
  expect(statusCodes).toContain(429);
});

test('without anybody to judge, nothing is opened', async () => {
  await using server = await MeetingServer.start();
  await server.stopSignalling();
  expect((await post(server, { room: ROOM })).status).toBe(503);
});
