import { expect, test } from 'vitest';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

/** So many that none of them can have been under way before the fault. */
const freshFrames = { newFrames: 60, timeoutMs: 60_000 };

async function meet(): Promise<readonly [Person, Person]> {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const fay = await scene.join('Fay', room, { browser: 'firefox' });
  await expectMedia(ann, fay, {});
  await markPage(ann);
  await markPage(fay);
  return [ann, fay];
}

async function expectMedia(
  ann: Person,
  fay: Person,
  options: { newFrames?: number; timeoutMs?: number },
): Promise<void> {
  await Promise.all([ann.seesVideoOf('Fay', options), fay.seesVideoOf('Ann', options)]);
  await Promise.all([ann.hears(1), fay.hears(1)]);
  await ann.seesPeople('Fay');
  await fay.seesPeople('Ann');
}

/** A reload would take the mark away. */
async function markPage({ page }: Person): Promise<void> {
  await page.evaluate(() => document.body.setAttribute('data-mark', ''));
}

async function expectNoReload({ page }: Person): Promise<void> {
  expect(await page.evaluate(() => document.body.hasAttribute('data-mark'))).toBe(true);
}

test('when a worker dies, its meetings go on with another, without rejoining', async () => {
  const [ann, fay] = await meet();
  const workers = scene.server.workerPids();
  expect(workers.length).toBeGreaterThan(0);

  // Nobody outside knows which of them carries the meeting, so each dies once.
  for (const pid of workers) {
    process.kill(pid, 'SIGKILL');
    await until(() => {
      const now = scene.server.workerPids();
      return now.length === workers.length && !now.includes(pid);
    }, `a new worker in place of ${pid}`);
    await expectMedia(ann, fay, freshFrames);
  }
  await expectNoReload(ann);
  await expectNoReload(fay);
});

test('when the server restarts, people come back by themselves', async () => {
  const [ann, fay] = await meet();

  await scene.server.restart();

  await expectMedia(ann, fay, freshFrames);
  await expectNoReload(ann);
  await expectNoReload(fay);
});
