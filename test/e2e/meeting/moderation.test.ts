import { expect, test } from 'vitest';
import { Scene } from '../../support/scene.ts';

const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

test('a moderator mutes somebody, who is told and can speak again', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const fay = await scene.join('Fay', room, { browser: 'firefox' });
  await ann.hears(1);

  await ann.press('Participants');
  await ann.choose('Actions for Fay', 'Mute');
  await ann.seesTile('Fay, microphone off');
  await ann.hears(0);
  await fay.sees('Ann muted you.');
  expect(await fay.isPressed('Microphone')).toBe(false);

  await fay.press('Microphone');
  await ann.seesTile('Fay');
  await ann.hears(1);
});

test('a moderator removes somebody, who is told by whom', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const fay = await scene.join('Fay', room, { browser: 'firefox' });
  await fay.seesPeople('Ann', 'Bob');

  await ann.press('Participants');
  await ann.choose('Actions for Bob', 'Remove from meeting');
  await ann.press('Remove');
  await bob.sees('Ann removed you from this meeting.');
  await fay.seesPeople('Ann');
  await ann.seesPeople('Fay');
  await fay.seesVideoOf('Ann');
});

test('only moderators are offered to mute and remove', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await ann.seesPeople('Bob');

  await bob.press('Participants');
  await bob.press('Actions for Ann');
  using pin = await bob.find('menuitem', 'Pin for me');
  expect(pin).toBeTruthy();
  expect(await bob.page.$('aria/Remove from meeting[role="menuitem"]')).toBeNull();
});

test('when the moderator leaves, another takes over', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const cleo = await scene.join('Cleo', room);
  await cleo.seesPeople('Ann', 'Bob');

  await ann.leave();
  await bob.seesPeople('Cleo');
  await bob.press('Participants');
  await bob.choose('Actions for Cleo', 'Remove from meeting');
  await bob.press('Remove');
  await cleo.sees('Bob removed you from this meeting.');
});

test('a room with a password lets in only who knows it', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  await ann.choose('More', 'Settings');
  using tab = await ann.find('tab', 'Moderator');
  await tab.click();
  await ann.type('textbox', 'Password', 'Τυρί & wine');
  await ann.press('Set password');
  await ann.page.keyboard.press('Escape');

  const fay = await scene.open('Fay', room, { browser: 'firefox' });
  await fay.press('Join meeting');
  await fay.type('textbox', 'Password', 'guess');
  await fay.press('Join meeting');
  await fay.sees('That is not the password of this meeting.');
  await fay.type('textbox', 'Password', 'Τυρί & wine');
  await fay.press('Join meeting');
  await ann.seesVideoOf('Fay');
  await fay.seesVideoOf('Ann');
});
