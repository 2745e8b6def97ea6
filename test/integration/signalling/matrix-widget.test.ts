import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { text, xml } from '#protocol/xmpp/element.ts';
import { StartError } from '#runtime/start-error.ts';
import { nodeOfRoom } from '../../../signalling/identity/matrix/room-binding.ts';
import { ADMIN_TOKEN, STUB_CA_FILE, StubHomeserver } from '../../support/matrix/stub-homeserver.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { NS } from '../../support/xmpp-test-client.ts';

/** The server's side of the native widget: who joins gets a token, clients get the widget. */
const SERVER = 'example.org';
const ROOM = '!room:example.org';
const ANN = '@ann:example.org';
const WIDGET_URL = 'https://widget.meet.example';

let stub: StubHomeserver;
let server: SignallingHarness;
beforeAll(async () => {
  stub = await StubHomeserver.start();
  server = await start({ widgetUrl: WIDGET_URL });
});
afterAll(async () => {
  await server.stop();
  await stub[Symbol.asyncDispose]();
});
beforeEach(() => {
  stub.override = undefined;
  stub.rooms.clear();
  stub.rooms.set(ROOM, { members: [ANN], version: '11', creator: ANN, powerLevels: { users: { [ANN]: 100 } } });
});

function start(matrix: object): Promise<SignallingHarness> {
  const own = { serverName: SERVER, baseUrl: stub.baseUrl, caFile: STUB_CA_FILE, adminToken: ADMIN_TOKEN };
  return SignallingHarness.start({ matrix: { enabled: true, homeservers: [own], ...matrix } });
}

const wish = (userId: string, change: object = {}) => ({
  openid: {
    access_token: stub.openIdToken(userId),
    matrix_server_name: SERVER,
    token_type: 'Bearer',
    expires_in: 3600,
  },
  room_id: ROOM,
  conference: nodeOfRoom(ROOM),
  display_name: 'Ann\u202e of the choir',
  ...change,
});

async function ask(body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.httpUrl}/matrix/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    answer: (await response.json()) as Record<string, string>,
  };
}

describe('who joins in the widget', () => {
  test('gets a token with which it comes in, once the homeserver has said who it is', async () => {
    const { status, answer, headers } = await ask(wish(ANN), { 'sec-fetch-site': 'same-origin' });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    const client = await server.connect('Ann', `room=${nodeOfRoom(ROOM)}&token=${answer['token']}`);
    await client.open(server.domain);
    client.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
    const outcome = await client.receive('an answer', ({ attrs }) => attrs['xmlns'] === NS.sasl, 10_000);
    expect([outcome.name, text(outcome)]).toEqual(['success', expect.any(String)]);
    const claims = JSON.parse(Buffer.from(answer['token']?.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({ sub: ANN, room: ROOM, name: 'Ann of the choir' });
  });

  test.each([
    ['who is not in the room', () => wish('@eve:example.org'), 403, 'not-in-room'],
    [
      'a token that nobody knows',
      () => wish(ANN, { openid: { access_token: 'x', matrix_server_name: SERVER } }),
      403,
      'token-rejected',
    ],
    [
      'a homeserver that may not',
      () => wish(ANN, { openid: { access_token: 'x', matrix_server_name: 'b.example' } }),
      403,
      'server-not-allowed',
    ],
    ['another conference', () => wish(ANN, { conference: 'standup' }), 403, 'room-mismatch'],
    ['no room', () => wish(ANN, { room_id: 'room' }), 400, 'bad-token'],
    ['no token', () => wish(ANN, { openid: {} }), 400, 'bad-token'],
    [
      'a token that is a list',
      () => wish(ANN, { openid: { access_token: ['x'], matrix_server_name: SERVER } }),
      400,
      'bad-token',
    ],
    ['a list', () => [], 400, 'bad-token'],
  ])('is refused as %s', async (_what, body, status, error) => {
    expect(await ask(body())).toMatchObject({ status, answer: { error } });
  });

  test('is refused from pages of others, and with what is no JSON, too long or reaches a prototype', async () => {
    expect(await ask(wish(ANN), { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 400 });
    expect((await ask('{')).status).toBe(400);
    expect((await ask('{"__proto__": {"openid": {}}}')).status).toBe(400);
    expect((await ask(wish(ANN, { display_name: 'x'.repeat(9_000) }))).status).toBe(413);
    expect((await ask(JSON.stringify(wish(ANN)), { 'content-type': 'text/plain' })).status).toBe(400);
  });

  test('is told when the homeserver does not answer', async () => {
    stub.override = (_request, response) => {
      response.writeHead(500).end();
      return true;
    };
    expect(await ask(wish(ANN))).toMatchObject({ status: 503, answer: { error: 'homeserver-unreachable' } });
  });
});

describe('the widget that clients put into a room', () => {
  const build = (search: string) => fetch(`${server.httpUrl}/matrix/widget${search}`);

  test('is the same each time, of each room another, and without Jitsi’s type', async () => {
    const response = await build(`?roomId=${ROOM}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const answer = (await response.json()) as { widget_id: string; widget: { url: string } };
    expect(answer).toMatchObject({
      widget_id: expect.stringMatching(/^parley-[0-9a-f]{32}$/) as string,
      widget: { type: 'm.custom', name: 'Meeting', data: { conferenceId: nodeOfRoom(ROOM) }, waitForIframeLoad: true },
      layout: { container: 'top', index: 0, width: 100, height: 60 },
    });
    expect(answer.widget.url).toMatch(/^https:\/\/widget\.meet\.example\/matrix#.*\broomId=\$matrix_room_id\b/);
    expect(await (await build(`?roomId=${encodeURIComponent(ROOM)}`)).json()).toEqual(answer);
    const other = (await (await build('?roomId=!other:example.org')).json()) as typeof answer;
    expect(other.widget_id).not.toBe(answer.widget_id);
  });

  test.each(['', '?roomId=', '?roomId=room', `?roomId=${ROOM}&roomId=${ROOM}`, `?roomId=!${'x'.repeat(300)}`])(
    'is none for “%s”',
    async (search) => {
      const response = await build(search);
      expect(response.status).toBe(400);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    },
  );
});

test('an address that asks without end is held back', async () => {
  await using own = await start({ widgetUrl: WIDGET_URL });
  const statuses = new Set<number>();
  for (let count = 0; count < 61; count++) {
    statuses.add((await fetch(`${own.httpUrl}/matrix/widget?roomId=${ROOM}`)).status);
  }
  expect([...statuses]).toEqual([200, 429]);
});

test('there is nothing of it without widgetUrl', async () => {
  await using own = await start({});
  expect((await fetch(`${own.httpUrl}/matrix/widget?roomId=${ROOM}`)).status).toBe(404);
  expect((await fetch(`${own.httpUrl}/matrix/session`, { method: 'POST' })).status).toBe(404);
});

test('its host may not be that of the meetings', async () => {
  await expect(start({ widgetUrl: 'https://meet.example:8443' })).rejects.toThrow(StartError);
});
