import { expect, test } from 'vitest';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

const scene = Scene.use();

/** Reactions over the stage, each with the name beneath it. */
function floating({ page }: Person): Promise<string[]> {
  return page.$$eval('.floating-reaction', (all) => all.map((one) => one.textContent ?? ''));
}

test('a reaction rises over the stage of everybody, is spoken, and goes', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await ann.seesVideoOf('Bob');
  await bob.seesVideoOf('Ann');
  // What is spoken, in order: the live region keeps the last sentence only.
  await bob.page.evaluate(() => {
    const spoken: string[] = [];
    Object.assign(window, { spoken });
    new MutationObserver(() =>
      spoken.push(document.querySelector('body > [role="status"]')?.textContent ?? ''),
    ).observe(document.querySelector('body > [role="status"]') as Node, { childList: true });
  });
  await ann.press('React');
  for (const reaction of ['Applause', 'Applause', 'Love']) {
    using item = await ann.find('menuitem', reaction);
    await item.click();
  }
  let seen: string[] = [];
  await until(
    async () => {
      const now = await floating(bob);
      if (now.length > seen.length) seen = now;
      return seen.length === 3;
    },
    () => `three reactions at Bob, who saw ${seen.join(', ') || 'none'}`,
  );
  expect(seen.toSorted()).toEqual(['👏Ann', '👏Ann', '💖Ann']);
  await until(async () => (await floating(bob)).length === 0, 'the reactions to go');
  await until(async () => (await floating(ann)).length === 0, 'the own reactions to go');
  const spoken = () => bob.page.evaluate(() => (window as unknown as { spoken: string[] }).spoken.join('; '));
  await until(
    async () => (await spoken()).includes('Applause from Ann') && (await spoken()).includes('Love from Ann'),
    async () => `both reactions spoken at Bob, who heard ${await spoken()}`,
  );
});

test('without motion they stand still; a phone has them in More', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room, { viewport: { width: 390, height: 844, isMobile: true, hasTouch: true } });
  const bob = await scene.join('Bob', room);
  await bob.seesVideoOf('Ann');
  await bob.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  await ann.choose('More', 'Thumbs up');
  await until(
    () => bob.page.$eval('.floating-reaction', (one) => getComputedStyle(one).animationName === 'none'),
    'a reaction that stands still at Bob',
  );
});
