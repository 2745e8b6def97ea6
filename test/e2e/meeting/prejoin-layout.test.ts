import { expect, test } from 'vitest';
import { Scene } from '../../support/scene.ts';
import { takeScreenshot } from '../../support/screenshots.ts';
import { until } from '../../support/wait.ts';

/** Nothing moves under somebody who is about to press "Join meeting". */
const scene = Scene.use({ chromium: { permissions: 'ask' } });

test('the form stands still from the question for the devices until they are there', async () => {
  const ann = await scene.open('Ann', scene.newRoom(), { permissions: { camera: 'granted', microphone: 'granted' } });
  await ann.find('button', 'Join meeting');
  const shifts = await ann.page.evaluateHandle(() => {
    const seen: number[] = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.push((entry as unknown as { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
    return seen;
  });
  await ann.sees('Camera and microphone work.');
  await until(() => ann.page.evaluate(() => document.querySelectorAll('.prejoin select').length > 0), 'the devices');
  await takeScreenshot(ann.page, 'prejoin-layout');
  expect((await shifts.jsonValue()).reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.001);
});

test('who is asked for permission sees the places of the devices, and the form stays when they come', async () => {
  const ann = await scene.open('Ann', scene.newRoom(), { permissions: { camera: 'prompt', microphone: 'prompt' } });
  const top = async () => {
    using join = await ann.find('button', 'Join meeting');
    return join.evaluate((element) => Math.round(element.getBoundingClientRect().top));
  };
  await ann.sees('Shown once the browser allows it');
  const before = await top();
  await takeScreenshot(ann.page, 'prejoin-layout-ask');
  const context = ann.page.browserContext();
  await context.setPermission(
    scene.server.url,
    { permission: { name: 'camera' }, state: 'granted' },
    { permission: { name: 'microphone' }, state: 'granted' },
  );
  await ann.press('Allow camera and microphone');
  await ann.sees('Camera and microphone work.');
  expect(await top()).toBe(before);
});
