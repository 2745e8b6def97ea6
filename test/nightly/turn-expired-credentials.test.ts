import { afterAll, beforeAll, expect, test } from 'vitest';
import { restPassword } from '../../turn/rest-credential.ts';
import { Scene } from '../support/scene.ts';
import { mediaAddress } from '../support/server.ts';
import { joinByRelay } from '../support/turn/join-by-relay.ts';
import { SocketClient } from '../support/turn/socket-client.ts';
import { startTurnService, TURN_SECRET, type TurnService } from '../support/turn/turn-service.ts';

/** The shortest life there is, so that browsers must refresh within the test. */
const LIFETIME_SECONDS = 60;
/** Long enough for both to join, and over before their first refresh is due again. */
const CREDENTIAL_SECONDS = 45;

const scene = Scene.use({ browsers: ['chromium', 'firefox'] });
const address = mediaAddress();
let relay: TurnService;

beforeAll(async () => {
  relay = await startTurnService({
    config: {
      listenAddresses: [address],
      relayAddresses: [address],
      peers: { allow: [`${address}/32`], deny: [], only: [] },
      defaultLifetimeSeconds: LIFETIME_SECONDS,
      maxLifetimeSeconds: LIFETIME_SECONDS,
    },
  });
});

afterAll(() => relay[Symbol.asyncDispose]());

test('credentials that expire in mid-call do not end the call', async () => {
  const room = scene.newRoom();
  const username = `${Math.floor(Date.now() / 1000) + CREDENTIAL_SECONDS}:tester`;
  const credential = restPassword(username, TURN_SECRET);
  const login = { url: `turn:${address}:${relay.port}?transport=udp`, username, credential };
  const ann = await joinByRelay(scene, { name: 'Ann', room, browser: 'chromium', relay: login });
  const bob = await joinByRelay(scene, { name: 'Bob', room, browser: 'firefox', relay: login });
  await ann.seesVideoOf('Bob', { newFrames: 30 });
  await bob.seesVideoOf('Ann', { newFrames: 30 });
  const before = (await relay.server.sessions({}, 100)).map(({ allocation }) => allocation);
  // What is this old was refreshed with a credential that had run out.
  const old = async (): Promise<string[]> =>
    (await relay.server.sessions({}, 100))
      .filter(({ seconds }) => seconds > CREDENTIAL_SECONDS + LIFETIME_SECONDS)
      .map(({ allocation }) => allocation);
  await expect.poll(async () => (await old()).length, { timeout: 120_000, interval: 1000 }).toBeGreaterThanOrEqual(2);
  expect(before).toEqual(expect.arrayContaining(await old()));
  await ann.seesVideoOf('Bob', { newFrames: 30 });
  await bob.seesVideoOf('Ann', { newFrames: 30 });
  await using late = await SocketClient.udp(relay.port, address);
  late.credential = { username, password: credential };
  await expect(late.allocate()).rejects.toThrow('401');
}, 200_000);
