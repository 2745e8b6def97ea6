import { describe, expect, test } from 'vitest';
import { smallCamera, Scene } from '../../support/scene.ts';
import { type BrowserName } from '../../support/browsers.ts';
import type { Person } from '../../support/person.ts';
import { allowOnlyRelay, type RelayTransport, selectedPairs } from '../../support/turn/relay-only.ts';

const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

async function joinByRelay(
  name: string,
  room: string,
  browser: BrowserName,
  transport: RelayTransport,
): Promise<Person> {
  // A window of the same origin first, so that what is changed in it holds when the meeting's page loads.
  const person = await scene.open(name, `${scene.server.url}/health`, { browser, camera: smallCamera });
  await allowOnlyRelay(person.page, transport);
  const userName = encodeURIComponent(JSON.stringify(name));
  await person.page.goto(`${room}#config.prejoinConfig.enabled=false&userInfo.displayName=${userName}`);
  await person.find('button', 'Leave');
  return person;
}

describe.each(['chromium', 'firefox'] as const)('%s behind a firewall', (browser) => {
  test.each(['udp', 'tcp'] as const)('meets others through the relay alone, over %s', async (transport) => {
    const room = scene.newRoom();
    const bob = await scene.join('Bob', room);
    const ann = await joinByRelay('Ann', room, browser, transport);
    await bob.seesVideoOf('Ann', { newFrames: 30 });
    await ann.seesVideoOf('Bob', { newFrames: 30 });
    const pairs = await selectedPairs(ann.page);
    expect(pairs.length).toBeGreaterThan(0);
    for (const { localType, relayProtocol } of pairs) {
      expect(localType).toBe('relay');
      expect(relayProtocol).toBe(transport);
    }
  });
});
