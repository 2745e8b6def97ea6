import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { receivedVideo } from '../../support/media-statistics.ts';
import { describeInPrivateNetwork, withNetworkCut } from '../../support/network-namespace.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';

/** One tile per person: no ghost of who was cut off, and the page was never reloaded. */
async function expectSamePlaces(ann: Person, fay: Person): Promise<void> {
  await ann.seesPeople('Fay');
  await fay.seesPeople('Ann');
  for (const { page } of [ann, fay]) {
    expect(await page.evaluate(() => document.body.hasAttribute('data-mark'))).toBe(true);
  }
}

const packetsOf = async (viewer: Person, name: string) => (await receivedVideo(viewer.page, name))?.packets ?? 0;

describeInPrivateNetwork(import.meta.filename, () => {
  const scene = Scene.use({ browsers: ['chromium', 'firefox'] });
  const isBack = { newFrames: 30, timeoutMs: 45_000 };

  async function meet(): Promise<readonly [Person, Person]> {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room);
    const fay = await scene.join('Fay', room, { browser: 'firefox' });
    await expectMedia(ann, fay);
    for (const { page } of [ann, fay]) await page.evaluate(() => document.body.setAttribute('data-mark', ''));
    return [ann, fay];
  }

  async function expectMedia(...people: readonly [Person, Person]): Promise<void> {
    const [one, other] = people;
    await Promise.all([one.seesVideoOf(other.name, isBack), other.seesVideoOf(one.name, isBack)]);
    await Promise.all([one.hears(1), other.hears(1)]);
  }

  test('8 seconds without any network: sound and picture come back by themselves', async () => {
    const [ann, fay] = await meet();
    await withNetworkCut({ kind: 'everything', httpPort: scene.server.httpPort }, async () => {
      await delay(1000); // what was under way has arrived
      const before = await packetsOf(ann, 'Fay');
      await delay(7000);
      expect(await packetsOf(ann, 'Fay')).toBe(before);
    });
    await expectMedia(ann, fay);
    await expectSamePlaces(ann, fay);
  });

  test('media cut until ICE fails: it is restarted', async () => {
    const [ann, fay] = await meet();
    await withNetworkCut({ kind: 'media' }, () => delay(25_000));
    await expectMedia(ann, fay);
    await expectSamePlaces(ann, fay);
  });

  test('signalling broken off: the stream is resumed, nothing is lost, media never stops', async () => {
    const [ann, fay] = await meet();
    await withNetworkCut({ kind: 'signalling', httpPort: scene.server.httpPort }, async () => {
      await ann.sees(/connection dropped/u);
      await ann.seesVideoOf('Fay', { newFrames: 30 });
      await ann.say('Sent while offline');
    });
    await fay.press('Chat');
    await fay.sees('Sent while offline', { timeoutMs: 30_000 });
    await ann.sees('You are connected again');
    await expectSamePlaces(ann, fay);
  });
});
