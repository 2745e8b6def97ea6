import { expect, test } from 'vitest';
import { accessibilityViolations } from '../../support/accessibility.ts';
import { inspect } from '../../support/inspect.ts';
import { Scene } from '../../support/scene.ts';
import { takeScreenshot } from '../../support/screenshots.ts';
import { setViewport } from '../../support/viewport.ts';
import { until } from '../../support/wait.ts';

const scene = Scene.use();

test('a moderator sends somebody to a breakout room, follows, and brings everybody back', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const cleo = await scene.join('Cleo', room);
  await ann.seesPeople('Bob', 'Cleo');
  await ann.press('Participants');
  await ann.press('Add a breakout room');
  await ann.find('button', 'Join Room 1');
  await ann.choose('Actions for the room Room 1', 'Rename room');
  await ann.type('textbox', 'Name of the room', 'Red');
  await ann.press('Rename');
  await ann.find('button', 'Join Red');

  await ann.choose('Actions for Bob', 'Send to Red');
  await bob.sees('You are in Red');
  await bob.seesPeople();
  await bob.sees('Nobody else is here yet');
  expect(await bob.visibleText()).not.toContain('Send this link');
  await inspect(bob, 'breakout-alone-desktop');
  await ann.seesPeople('Cleo');
  await ann.seesVideoOf('Cleo');
  await ann.sees('Red 1 person');

  await ann.press('Set when the rooms close');
  await ann.type('spinbutton', 'Minutes until the rooms close', '1');
  // Notices go by themselves: whoever shall see one must be looking when it comes.
  await Promise.all([
    bob.sees('The breakout rooms close in less than a minute.', { timeoutMs: 60_000 }),
    ann.press('Start the clock'),
  ]);
  // A notice that is looked at stays, so it is the later end that takes it away.
  const isWarned = async () =>
    (await bob.page.$('::-p-xpath(//*[@class="toast"][contains(., "than a minute")])')) !== null;
  await until(isWarned, 'the warning');
  await bob.page.hover('.toast');
  await bob.sees(/Closes in 0:[0-5]\d/u);
  await inspect(bob, 'breakout-closing-desktop');
  await setViewport(bob.page, { width: 390, height: 844 });
  await inspect(bob, 'breakout-closing-phone');
  await setViewport(bob.page, { width: 1280, height: 800 });
  await ann.press('5 more minutes');
  await bob.sees(/Closes in [56]:[0-5]\d/u);
  await until(async () => !(await isWarned()), 'no warning any more');
  expect(await accessibilityViolations(ann.page)).toEqual([]);
  await takeScreenshot(ann.page, 'breakout-desktop');

  // By oneself, without being sent.
  await cleo.press('Participants');
  await cleo.press('Join Red');
  await cleo.seesVideoOf('Bob');
  await cleo.hears(1);
  await bob.seesVideoOf('Cleo');
  await cleo.say('Only here');
  await bob.press('Chat');
  await bob.sees('Only here');
  await ann.press('Chat');
  await ann.sees('Nobody has written yet');
  await ann.press('Participants');
  await ann.press('Leave the rooms open');
  await until(async () => !(await bob.visibleText()).includes('Closes in'), 'no end any more');

  await ann.press('Bring everybody back');
  await bob.sees('You are back in the main room');
  await cleo.seesPeople('Ann', 'Bob');
  await cleo.seesVideoOf('Ann');
  await ann.seesVideoOf('Bob');
  await ann.hears(2);
});

test('one comes back by oneself; a room that is removed lets its people go', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await bob.seesPeople('Ann');
  await bob.press('Participants');
  expect(await bob.page.$('aria/Add a breakout room[role="button"]')).toBeNull();
  await ann.press('Participants');
  await ann.press('Add a breakout room');
  await bob.press('Join Room 1');
  await bob.sees('You are in Room 1');
  await ann.seesPeople();
  await bob.press('Return to the main room');
  await ann.seesVideoOf('Bob');

  await ann.press('Spread people over the rooms');
  await bob.sees('You are in Room 1');
  await ann.seesPeople();
  await ann.find('button', 'Actions for Bob'); // there now, so the room's menu has all its entries, and none moves
  await ann.choose('Actions for the room Room 1', 'Remove room');
  await bob.sees('You are back in the main room');
  await ann.seesPeople('Bob');
  await bob.seesVideoOf('Ann');

  await ann.sees('Breakout rooms (0)');
  await ann.press('Add a breakout room');
  await ann.find('button', 'Join Room 1');
  await ann.choose('Actions for Bob', 'Send to Room 1');
  await bob.sees('You are in Room 1');
  await ann.choose('Other ways to leave', 'End for everyone');
  await ann.press('End for everyone');
  await bob.sees('Ann ended the meeting for everyone.');
});
