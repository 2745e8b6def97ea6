import { describe, expect, test } from 'vitest';
import { encodedHeights, receivedVideo } from '../../support/media-statistics.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

describe.each(['chromium', 'firefox'] as const)('in %s', (browser) => {
  test('microphone and camera go off and on again, and others see and hear it', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, { browser });
    const bob = await scene.join('Bob', room);
    await bob.hears(1);
    expect(await ann.isPressed('Microphone')).toBe(true);

    await ann.press('Microphone');
    expect(await ann.isPressed('Microphone')).toBe(false);
    await bob.seesTile('Ann, microphone off');
    await bob.hears(0);
    await bob.seesVideoOf('Ann');

    await ann.press('Camera');
    await bob.seesTile('Ann, microphone off, camera off');
    await until(async () => (await encodedHeights(ann.page)).length === 0, 'no picture encoded by Ann');

    await ann.press('Microphone');
    await ann.press('Camera');
    await bob.seesTile('Ann');
    await bob.hears(1);
    await bob.seesVideoOf('Ann');
  });

  test('a link can join with microphone and camera off, and they come on later', async () => {
    const room = scene.newRoom();
    const bob = await scene.join('Bob', room);
    const fragment = ['config.startWithAudioMuted=true', 'config.startWithVideoMuted=true'];
    const ann = await scene.join('Ann', room, { browser, fragment });
    await bob.seesTile('Ann, microphone off, camera off');
    await ann.seesVideoOf('Bob');

    await ann.press('Microphone');
    await ann.press('Camera');
    await bob.seesTile('Ann');
    await bob.hears(1);
    await bob.seesVideoOf('Ann');
  });
});

/** Somebody whose camera does not matter: four of them would take all of two cores. */
const viewer = { viewport: { width: 800, height: 600 }, fragment: ['config.startWithVideoMuted=true'] };

test('a screen is shared beside the camera, and goes away', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const fay = await scene.join('Fay', room, { ...viewer, browser: 'firefox' });
  const bob = await scene.join('Bob', room, viewer);

  await ann.press('Share screen');
  for (const one of [bob, fay]) {
    await one.seesTile('Ann’s screen');
    await one.seesVideoOf('Ann’s screen');
    await one.seesVideoOf('Ann');
  }
  expect(await ann.isPressed('Share screen')).toBe(true);
  expect((await receivedVideo(bob.page, 'Ann’s screen'))?.height).toBeGreaterThan(180);

  const cleo = await scene.join('Cleo', room, viewer);
  await cleo.seesVideoOf('Ann’s screen');

  await ann.press('Share screen');
  for (const one of [bob, fay, cleo]) {
    await until(
      async () => !(await one.tileNames()).includes('Ann’s screen'),
      () => `the screen to be gone at ${one.name}`,
    );
    await one.seesVideoOf('Ann');
  }

  await ann.press('Share screen');
  await bob.seesVideoOf('Ann’s screen');
});

test('raised hands have their order and are lowered', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const fay = await scene.join('Fay', room, { browser: 'firefox' });

  await bob.press('Raise hand');
  await ann.seesTile('Bob, hand raised, number 1');
  await fay.press('Raise hand');
  await ann.seesTile('Fay, hand raised, number 2');
  expect(await fay.isPressed('Raise hand')).toBe(true);

  await bob.press('Raise hand');
  await ann.seesTile('Bob');
  await ann.seesTile('Fay, hand raised, number 1');
});

test('chat reaches everyone, a late comer too; a private message only its addressee', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room, viewer);
  const bob = await scene.join('Bob', room, viewer);
  const fay = await scene.join('Fay', room, { ...viewer, browser: 'firefox' });

  await ann.say('Hello <b>all</b> & γειά 👋');
  for (const reader of [bob, fay]) {
    await reader.press('Chat');
    await reader.sees('Hello <b>all</b> & γειά 👋');
  }

  await bob.choose('To: Everyone', 'Ann', 'menuitemradio');
  await bob.say('Only for Ann');
  await ann.sees('Only for Ann');
  await ann.say('Everyone sees this');
  await fay.sees('Everyone sees this');
  expect(await fay.visibleText()).not.toContain('Only for Ann');

  const cleo = await scene.join('Cleo', room, viewer);
  await cleo.press('Chat');
  await cleo.sees('Everyone sees this');
  expect(await cleo.visibleText()).not.toContain('Only for Ann');
});

test('a new display name reaches the others', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);

  await ann.choose('More', 'Settings');
  await ann.click('tab', 'You');
  await ann.type('textbox', 'Your name', 'Άννα 👩‍🎤');
  await bob.seesPeople('Άννα 👩‍🎤');
});

test('who leaves can undo it, and rejoins from the farewell page', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await bob.seesVideoOf('Ann');

  await ann.leave();
  await bob.seesPeople();
  await ann.press('Undo');
  await bob.seesVideoOf('Ann');
  await ann.seesVideoOf('Bob');
  await ann.hears(1);
});

test('whose browser crashes is gone for the others', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await ann.seesPeople('Bob');

  await bob.vanish();
  await until(async () => (await ann.tileNames()).length === 1, 'no tile of Bob at Ann', { timeoutMs: 80_000 });
});
