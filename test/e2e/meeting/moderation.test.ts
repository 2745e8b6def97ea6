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

test('a room with a password lets in only who knows it, until a moderator takes it away', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  await ann.choose('More', 'Security');
  await ann.press('Set password');
  await ann.sees('Type a password first.');
  await ann.type('textbox', 'Password of this meeting', 'Τυρί & wine');
  await ann.press('Set password');
  await ann.sees('Whoever joins needs the link and the password.');

  const fay = await scene.open('Fay', room, { browser: 'firefox' });
  await fay.press('Join meeting');
  await fay.type('textbox', 'Password of this meeting', 'guess');
  await fay.press('Join meeting');
  await fay.sees('That is not the password of this meeting.');
  await fay.type('textbox', 'Password of this meeting', 'Τυρί & wine');
  await fay.press('Join meeting');
  await fay.find('button', 'Leave');

  await ann.press('Remove password');
  await ann.sees('Anyone with the link can join.');
  const bob = await scene.join('Bob', room);
  await bob.seesPeople('Ann', 'Fay');
});

test('only moderators are offered to set a password', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await ann.seesPeople('Bob');

  await bob.choose('More', 'Settings');
  await bob.find('tab', 'Sound');
  expect(await bob.page.$('aria/Moderator[role="tab"]')).toBeNull();
});
