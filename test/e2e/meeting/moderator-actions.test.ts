import { expect, test } from 'vitest';
import { inspect } from '../../support/inspect.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

/** What moderators do with everybody at once, and for good. */
const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

test('everyone is muted, then everyone but one; those who unmute themselves are heard again', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const fay = await scene.join('Fay', room, { browser: 'firefox' });
  await ann.hears(2);
  await ann.press('Participants');
  await inspect(ann, 'moderator-participants');
  await ann.press('Mute everyone');
  await ann.sees('All microphones but yours go off.');
  await inspect(ann, 'moderator-mute-everyone');
  await ann.press('Mute everyone');
  for (const other of [bob, fay]) await other.sees('Ann muted you.');
  await ann.hears(0);
  await bob.hears(1);

  await bob.press('Microphone');
  await fay.press('Microphone');
  await ann.hears(2);
  await ann.choose('Actions for Bob', 'Mute everyone else');
  await ann.sees('Only you and Bob keep your microphones.');
  await ann.press('Mute everyone');
  await ann.seesTile('Fay, microphone off');
  await ann.seesTile('Bob');
  await ann.hears(1);
  await fay.hears(2);
});

test('microphone and camera that were both taken come back one by one', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await ann.hears(1);
  await ann.seesVideoOf('Bob');
  await ann.press('Participants');
  await ann.press('Mute everyone');
  await ann.press('Mute everyone');
  await ann.seesTile('Bob, microphone off');
  await ann.choose('More for moderators', 'Turn off all cameras');
  await ann.press('Turn off all cameras');
  await bob.sees('Ann turned your camera off.');
  await ann.seesTile('Bob, microphone off, camera off');
  expect(await bob.isPressed('Camera')).toBe(false);

  await bob.press('Microphone');
  await ann.seesTile('Bob, camera off');
  await ann.hears(1);
  await bob.press('Camera');
  await ann.seesTile('Bob');
  await ann.seesVideoOf('Bob');
});

test('a moderator lowers one hand, then all', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room, { fragment: ['config.startWithAudioMuted=true'] });
  const fay = await scene.join('Fay', room, { browser: 'firefox', fragment: ['config.startWithAudioMuted=true'] });
  await ann.seesPeople('Bob', 'Fay');
  await bob.press('Raise hand');
  await ann.press('Participants');
  await ann.find('heading', 'Raised hands (1)');
  await fay.press('Raise hand');
  await ann.find('heading', 'Raised hands (2)');

  await ann.choose('Actions for Bob', 'Lower hand');
  await bob.sees('Ann lowered your hand.');
  expect(await bob.isPressed('Raise hand')).toBe(false);
  await ann.find('heading', 'Raised hands (1)');
  await ann.seesTile('Fay, microphone off, hand raised, number 1');
  await bob.press('Raise hand');
  await ann.find('heading', 'Raised hands (2)');
  await ann.press('Raise hand');
  await ann.find('heading', 'Raised hands (3)');
  await until(
    async () => {
      const rows = await ann.page.$$eval('#people-hands + ul > li', (all) => all.map((row) => row.textContent));
      return ['Fay', 'Bob', 'Ann (you)'].every((name, index) => rows[index]?.includes(name)) && rows.length === 3;
    },
    async () => `Fay, Bob and Ann in the order of their hands, at Ann, who sees ${await ann.visibleText()}`,
  );
  await inspect(ann, 'hands-with-own');
  await ann.choose('More for moderators', 'Lower all hands');
  await fay.sees('Ann lowered your hand.');
  await until(async () => !(await ann.visibleText()).includes('Raised hands'), 'no hand raised at Ann');
  expect(await bob.isPressed('Raise hand')).toBe(false);
});

test('who is made a moderator, after a question, can do what moderators do', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const cleo = await scene.join('Cleo', room);
  await bob.seesPeople('Ann', 'Cleo');
  await ann.press('Participants');
  await ann.choose('Actions for Bob', 'Make moderator');
  await ann.sees('Make Bob a moderator?');
  await inspect(ann, 'moderator-make');
  await ann.press('Make moderator');
  await bob.press('Participants');
  await bob.choose('Actions for Cleo', 'Mute');
  await cleo.sees('Bob muted you.');
});

test('whom a moderator bans is told so, and does not come back with a reload', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const fay = await scene.join('Fay', room, { browser: 'firefox' });
  await fay.seesPeople('Ann', 'Bob');
  await ann.press('Participants');
  await ann.choose('Actions for Bob', 'Remove from meeting');
  await ann.click('switch', 'Keep out of this meeting');
  await ann.find('button', 'Remove and ban');
  await inspect(ann, 'moderator-ban');
  await ann.press('Remove and ban');
  await bob.sees('Ann banned you from this meeting.');
  await inspect(bob, 'banned');
  await fay.seesPeople('Ann');

  await bob.page.reload();
  await bob.sees('You are banned from this meeting.');
  await ann.seesPeople('Fay');
  // Only this browser is meant, and only for this meeting.
  const other = await scene.join('Bob', room);
  await other.seesPeople('Ann', 'Fay');
  await bob.page.goto(`${scene.newRoom()}#config.prejoinConfig.enabled=false`);
  await bob.find('button', 'Leave');
});

test('a moderator ends the meeting for everyone, who read who did it; others are not offered to', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const fay = await scene.join('Fay', room, { browser: 'firefox' });
  await fay.seesPeople('Ann', 'Bob');
  expect(await bob.page.$('aria/Other ways to leave[role="button"]')).toBeNull();

  await ann.choose('Other ways to leave', 'End for everyone');
  await ann.sees('End the meeting for everyone?');
  await inspect(ann, 'moderator-end');
  await ann.press('End for everyone');
  await ann.sees('You ended the meeting for everyone.');
  for (const other of [bob, fay]) await other.sees('Ann ended the meeting for everyone.');
  await inspect(bob, 'ended-for-everyone');
  // The name is free for a new meeting.
  const cleo = await scene.join('Cleo', room);
  await cleo.sees('You are the first here');
});

test('on a phone the end for everyone is in More', async () => {
  const room = scene.newRoom();
  const viewport = { width: 390, height: 844, isMobile: true, hasTouch: true };
  const ann = await scene.join('Ann', room, { viewport });
  const bob = await scene.join('Bob', room, { viewport });
  await ann.seesPeople('Bob');
  await ann.press('Participants');
  await inspect(ann, 'moderator-participants-phone');
  await ann.press('Close');
  await ann.press('More');
  await ann.sees('End for everyone');
  await inspect(ann, 'moderator-more-phone');
  await ann.click('menuitem', 'End for everyone');
  await ann.sees('End the meeting for everyone?');
  await inspect(ann, 'moderator-end-phone');
  await ann.press('End for everyone');
  await bob.sees('Ann ended the meeting for everyone.');
});
