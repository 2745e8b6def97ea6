import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nodeOfRoom } from '../../../signalling/identity/matrix/room-binding.ts';
import { inspect } from '../../support/inspect.ts';
import { elementToken } from '../../support/matrix/element-token.ts';
import { ADMIN_TOKEN, STUB_CA_FILE, StubHomeserver } from '../../support/matrix/stub-homeserver.ts';
import { Scene } from '../../support/scene.ts';
import { viewports } from '../../support/screenshots.ts';

const SERVER = 'example.org';
const ANN = '@ann:example.org';
const BOB = '@bob:example.org';

const homeserver = await StubHomeserver.start();
afterAll(() => homeserver[Symbol.asyncDispose]());
const config = join(mkdtempSync(join(tmpdir(), 'parley-matrix-')), 'parley.yaml');
const own = { serverName: SERVER, baseUrl: homeserver.baseUrl, caFile: STUB_CA_FILE, adminToken: ADMIN_TOKEN };
writeFileSync(config, JSON.stringify({ matrix: { enabled: true, homeservers: [own] } }));

const scene = Scene.use({ server: { environment: { PARLEY_CONFIG: config } } });

interface Link {
  readonly roomId: string;
  readonly token?: string;
  readonly server?: string;
}

/** The address that Element gives its frame for somebody. */
function linkFor(userId: string, { roomId, token = homeserver.openIdToken(userId), server = SERVER }: Link): string {
  const { host } = new URL(scene.server.url);
  const matrix = { token, room_id: roomId, server_name: server };
  const jwt = elementToken({ domain: host, matrix, user: { name: userId.slice(1, 4), avatar: '' } });
  return `${scene.server.url}/${nodeOfRoom(roomId).toUpperCase()}?jwt=${jwt}`;
}

function newRoom(roomId: string): string {
  homeserver.rooms.set(roomId, { members: [ANN, BOB], version: '11', creator: ANN });
  return roomId;
}

test('who is in goes on when its homeserver’s token has run out and the server has forgotten everything', async () => {
  const roomId = newRoom('!restart:example.org');
  const bob = await scene.join('bob', linkFor(BOB, { roomId }), { fragment: ['config.startWithVideoMuted=true'] });
  expect(bob.page.url()).not.toContain('jwt');
  homeserver.tokens.clear();
  homeserver.requests.length = 0;
  await scene.server.restart();
  const ann = await scene.join('ann', linkFor(ANN, { roomId }), { fragment: ['config.startWithVideoMuted=true'] });
  await ann.seesPeople('bob');
  await bob.seesPeople('ann');
  // Ann's token alone was asked about.
  expect(homeserver.requests.filter((path) => path.endsWith('/userinfo'))).toHaveLength(1);
});

test('whatever somebody is called, its verified user id stands beside the name', async () => {
  const roomId = newRoom('!names:example.org');
  const long = `@zoe.${'of.the.many.names.'.repeat(6)}x:example.org`;
  homeserver.rooms.get(roomId)?.members.push(long);
  const off = { fragment: ['config.startWithVideoMuted=true'] };
  const ann = await scene.join('ann', linkFor(ANN, { roomId }), off);
  const bob = await scene.join('bob', linkFor(BOB, { roomId }), off);
  await scene.join('zoe', linkFor(long, { roomId }), off);
  await ann.seesPeople('bob', 'zoe');
  const described = (id: string) => ann.page.$(`[role="group"][aria-description="Verified Matrix account ${id}"]`);
  for (const id of [ANN, BOB, long]) expect(await described(id), id).not.toBeNull();
  await bob.say('Good morning');
  await ann.press('Chat');
  await ann.sees('Good morning');
  await ann.sees(`Verified Matrix account ${BOB}`);
  await inspect(ann, 'matrix-chat-desktop');
  await ann.press('Participants');
  for (const id of [ANN, BOB, long]) await ann.sees(`Verified Matrix account ${id}`);
  await inspect(ann, 'matrix-people-desktop');
  await ann.page.setViewport({ width: 390, height: 844 });
  // From then on the list rises as a sheet, for the end of which inspect waits.
  await ann.page.waitForSelector('[data-form="phone"]');
  await inspect(ann, 'matrix-people-phone');
  // The whole of it, where the list cuts it.
  await ann.press('Actions for zoe');
  await ann.sees(long);
  await inspect(ann, 'matrix-person-menu-phone');
});

const fragment = ['config.prejoinConfig.enabled=false'];

test('who does not come in is told what can be done', async () => {
  const roomId = newRoom('!closed:example.org');
  const eve = await scene.open('eve', linkFor(BOB, { roomId, token: 'made-up' }), { fragment });
  await eve.find('heading', 'Your Matrix app has to let you in again.');
  await inspect(eve, 'matrix-token-used');
  await eve.page.goto(`${linkFor(BOB, { roomId, server: 'other.example' })}#${fragment.join('&')}`);
  await eve.find('heading', 'People of your Matrix server cannot join this meeting.');
  await inspect(eve, 'matrix-other-server');
});

test.each(viewports)('who is not in the room is told so at $name size', async ({ name: size, ...viewport }) => {
  const roomId = newRoom('!closed:example.org');
  const eve = await scene.open('eve', linkFor('@eve:example.org', { roomId }), { viewport, fragment });
  await eve.find('heading', 'You are not in the Matrix room of this meeting.');
  await inspect(eve, `matrix-not-in-room-${size}`);
});
