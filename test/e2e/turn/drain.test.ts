import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrowserName } from '../../support/browsers.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { mediaAddress } from '../../support/server.ts';
import { joinByRelay } from '../../support/turn/join-by-relay.ts';
import { selectedPairs } from '../../support/turn/relay-only.ts';
import { SocketClient } from '../../support/turn/socket-client.ts';
import { startTurnService, type TurnService } from '../../support/turn/turn-service.ts';

const scene = Scene.use({ browsers: ['chromium', 'firefox'] });
const address = mediaAddress();
let relay: TurnService;

/** A relay of its own beside the meeting's server, whose bridge it may reach. */
beforeAll(async () => {
  relay = await startTurnService({
    config: {
      workers: 2,
      listenAddresses: [address],
      relayAddresses: [address],
      peers: { allow: [`${address}/32`], deny: [], only: [] },
    },
  });
});

afterAll(() => relay[Symbol.asyncDispose]());

async function join(name: string, room: string, browser: BrowserName): Promise<Person> {
  await using client = await SocketClient.udp(relay.port, address);
  const { username, password: credential } = client.credential;
  const url = `turn:${address}:${relay.port}?transport=udp`;
  return joinByRelay(scene, { name, room, browser, relay: { url, username, credential } });
}

/** What each of many newcomers is told; the kernel spreads them over the workers. */
async function newcomers(): Promise<string[]> {
  const results = new Set<string>();
  for (let i = 0; i < 16; i++) {
    await using client = await SocketClient.udp(relay.port, address);
    results.add(await client.allocate().then(() => 'granted', String));
  }
  return [...results].toSorted();
}

describe('a relay whose workers are drained in mid-call', () => {
  test('refuses newcomers and carries on the calls of Chromium and Firefox', async () => {
    const room = scene.newRoom();
    const ann = await join('Ann', room, 'chromium');
    const bob = await join('Bob', room, 'firefox');
    const seeEachOther = async (): Promise<void> => {
      await ann.seesVideoOf('Bob', { newFrames: 30 });
      await bob.seesVideoOf('Ann', { newFrames: 30 });
    };
    await seeEachOther();
    const connections = (person: Person): Promise<number> => person.page.evaluate(() => window.peerConnections.length);
    const before = [await connections(ann), await connections(bob)];
    expect(await newcomers()).toEqual(['granted']);
    relay.server.drain(0);
    await expect.poll(newcomers, { timeout: 20_000 }).toEqual(['Error: no allocation: 508', 'granted']);
    await seeEachOther();
    relay.server.drain(1);
    await expect.poll(newcomers, { timeout: 20_000 }).toEqual(['Error: no allocation: 508']);
    await seeEachOther();
    expect([await connections(ann), await connections(bob)]).toEqual(before);
    for (const person of [ann, bob]) {
      const pairs = await selectedPairs(person.page);
      expect(pairs.length).toBeGreaterThan(0);
      for (const { localType } of pairs) expect(localType).toBe('relay');
    }
  });
});
