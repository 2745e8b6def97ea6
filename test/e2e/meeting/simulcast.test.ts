import { expect, test } from 'vitest';
import { encodedHeights, receivedVideo } from '../../support/media-statistics.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

const scene = Scene.use();

/** Tiles of three people are some 700 device pixels high here … */
const sharpDesktop = { width: 1280, height: 800, deviceScaleFactor: 2 };
/** … and fewer than 180 here. */
const smallPhone = { width: 390, height: 480, deviceScaleFactor: 1 };
const bandwidthIsFound = { timeoutMs: 40_000 };

async function expectHeight(viewer: Person, name: string, height: number): Promise<void> {
  const now = async () => (await receivedVideo(viewer.page, name))?.height;
  await until(
    async () => (await now()) === height,
    async () => `picture of ${name} ${height} high at ${viewer.name}; it is ${await now()}`,
    bandwidthIsFound,
  );
  await viewer.seesVideoOf(name);
}

async function expectEncoded(sender: Person, ...heights: readonly number[]): Promise<void> {
  let encoded: number[] = [];
  await until(
    async () => {
      encoded = await encodedHeights(sender.page);
      return encoded.join() === heights.join();
    },
    () => `${sender.name} encodes ${heights.join(', ')}; now ${encoded.join(', ')}`,
    bandwidthIsFound,
  );
}

test.each([
  ['our client', false],
  ['a client without a=ice-lite', true],
])(
  'of %s: each viewer gets the layer that fits the tile, and what nobody watches is not encoded',
  async (_, withoutIceLite) => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, { camera: { width: 1280, height: 720 }, withoutIceLite });
    const bob = await scene.join('Bob', room, { viewport: sharpDesktop });
    const cleo = await scene.join('Cleo', room, { viewport: smallPhone });

    await expectEncoded(ann, 180, 360, 720);
    await expectHeight(bob, 'Ann', 720);
    await expectHeight(cleo, 'Ann', 180);

    await bob.page.setViewport(smallPhone);
    await expectHeight(bob, 'Ann', 180);
    await expectEncoded(ann, 180);

    await bob.page.setViewport(sharpDesktop);
    await expectHeight(bob, 'Ann', 720);
    expect((await receivedVideo(cleo.page, 'Ann'))?.height).toBe(180);
  },
);

test('nobody there: nothing is encoded', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await bob.seesVideoOf('Ann');

  await bob.leave();
  await ann.seesPeople();
  await expectEncoded(ann);
});
