import { expect, test } from 'vitest';
import { localUdpPorts } from '../../support/media-statistics.ts';
import { describeInPrivateNetwork, withNetworkCut } from '../../support/network-namespace.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

/** What the person's page said and heard on its sockets. */
const messagesOf = ({ page }: Person): Promise<readonly string[]> => page.evaluate(() => window.socketMessages);

/** Ids of the media sessions that the page was offered. */
async function sessionsOf(person: Person): Promise<(string | undefined)[]> {
  const offers = (await messagesOf(person)).filter((message) => message.includes('action="session-initiate"'));
  return offers.map((offer) => /<jingle[^>]* sid="([^"]+)"/u.exec(offer)?.[1]);
}

/** Generations of ICE that passed in a direction. */
async function iceGenerations(person: Person, direction: '<-' | '->'): Promise<(string | undefined)[]> {
  const infos = (await messagesOf(person)).filter(
    (message) => message.includes(` ${direction} `) && message.includes('action="transport-info"'),
  );
  return infos.map((info) => /ice-generation="(\d+)"/u.exec(info)?.[1]);
}

describeInPrivateNetwork(import.meta.filename, () => {
  const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

  async function expectMedia(one: Person, other: Person): Promise<void> {
    const isFresh = { newFrames: 30, timeoutMs: 45_000 };
    await Promise.all([one.seesVideoOf(other.name, isFresh), other.seesVideoOf(one.name, isFresh)]);
    await Promise.all([one.hears(1), other.hears(1)]);
  }

  async function meet(): Promise<readonly [Person, Person]> {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room);
    const fay = await scene.join('Fay', room, { browser: 'firefox' });
    await expectMedia(ann, fay);
    return [ann, fay];
  }

  /** The session and all sources are those of before; only ICE began anew, at both ends. */
  async function expectRestartedInPlace(person: Person, sessions: readonly unknown[]): Promise<void> {
    expect(await iceGenerations(person, '<-')).toEqual(['1']);
    expect(await iceGenerations(person, '->')).toEqual(['1']);
    expect(await sessionsOf(person)).toEqual(sessions);
  }

  test.each(['Ann', 'Fay'])(
    '%s comes into another network: media finds a new way in the same session',
    async (name) => {
      const [ann, fay] = await meet();
      const [mover, other] = name === 'Ann' ? [ann, fay] : [fay, ann];
      const sessions = [await sessionsOf(mover), await sessionsOf(other)] as const;
      const udpPorts = await localUdpPorts(mover.page);
      expect(udpPorts).not.toEqual([]);
      await withNetworkCut({ kind: 'sockets', udpPorts }, async () => {
        const sinceMs = performance.now();
        await until(
          async () => (await iceGenerations(mover, '->')).length > 0,
          async () => `an ICE restart of ${name}, who sees: ${await mover.visibleText()}`,
          { timeoutMs: 45_000 },
        );
        console.log(`${name}: ICE restarted ${Math.round(performance.now() - sinceMs)} ms after the network had gone`);
        await expectMedia(ann, fay);
      });
      await expectRestartedInPlace(mover, sessions[0]);
      expect(await sessionsOf(other)).toEqual(sessions[1]);
      await ann.seesPeople('Fay');
      await fay.seesPeople('Ann');
    },
  );

  test('a phone is locked for a while and wakes up in another network: back at once, and no ghost of it', async () => {
    const [ann, fay] = await meet();
    const sessions = await sessionsOf(ann);
    const udpPorts = await localUdpPorts(ann.page);
    await withNetworkCut({ kind: 'sockets', udpPorts }, async () => {
      await withNetworkCut({ kind: 'everything', httpPort: scene.server.httpPort }, async () => {
        await ann.sees(/connection dropped/u, { timeoutMs: 45_000 });
      });
      const reachableSinceMs = performance.now();
      // A browser's word on it; a firewall gives it no reason for one.
      await ann.page.evaluate(() => window.dispatchEvent(new Event('online')));
      await ann.seesVideoOf('Fay', { newFrames: 1, timeoutMs: 45_000 });
      console.log(`media again ${Math.round(performance.now() - reachableSinceMs)} ms after being reachable`);
      await expectMedia(ann, fay);
    });
    await expectRestartedInPlace(ann, sessions);
    await ann.seesPeople('Fay');
    await fay.seesPeople('Ann');
  });
});
