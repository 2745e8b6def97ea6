import { expect, test } from 'vitest';
import { accessibilityViolations } from '../../support/accessibility.ts';
import { Scene } from '../../support/scene.ts';
import { takeScreenshot } from '../../support/screenshots.ts';

const scene = Scene.use();

test('who has spoken for how long, for a late comer too, also of those who have left', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room, { fragment: ['config.startWithAudioMuted=true'] });
  const bob = await scene.join('Bob', room);
  await ann.hears(1);
  await ann.choose('More', 'Speaker statistics');
  await ann.sees(/Bob 0:0[1-9]/u, { timeoutMs: 30_000 });
  await ann.sees(/The meeting has lasted \d+:\d\d/u);
  expect(await accessibilityViolations(ann.page)).toEqual([]);
  await takeScreenshot(ann.page, 'speaker-stats-desktop');
  await bob.leave();
  await ann.sees(/Bob left \d:\d\d/u);

  const late = await scene.join('Cleo', room, { fragment: ['config.startWithAudioMuted=true'] });
  await late.choose('More', 'Speaker statistics');
  await late.sees(/Bob left \d:\d[1-9]/u);
});
