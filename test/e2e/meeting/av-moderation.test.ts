import { expect, test } from 'vitest';
import { inspect } from '../../support/inspect.ts';
import { openAndTurn, turn } from '../../support/people-may.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

/** Microphones, cameras and screens that a moderator keeps for those who are allowed (wire note §7.3). */
const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

/** Notices go by themselves: whoever shall see one must be looking when it comes. */
async function isTold(person: Person, text: string, action: Promise<void>): Promise<void> {
  await Promise.all([person.sees(text, { timeoutMs: 60_000 }), action]);
}

async function described(person: Person, name: string): Promise<string> {
  using button = await person.find('button', name);
  return button.evaluate((element) => element.getAttribute('aria-description') ?? '');
}

test('a reserved microphone: Bob is muted, is told how to ask, raises a hand, is allowed and is heard', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room, { browser: 'firefox' });
  await ann.hears(1);
  await isTold(bob, 'From now on a moderator allows who speaks.', openAndTurn(ann, 'Unmute themselves', false));
  await inspect(ann, 'av-moderation-settings');
  await ann.page.keyboard.press('Escape');
  await ann.seesTile('Bob, microphone off');
  await ann.hears(0);
  await bob.hears(1);
  expect(await described(bob, 'Microphone')).toContain('a moderator must allow it');
  expect(await described(ann, 'Microphone')).not.toContain('a moderator must allow it');

  await isTold(bob, 'A moderator must allow you to speak. Raise your hand to ask.', bob.press('Microphone'));
  expect(await bob.isPressed('Microphone')).toBe(false);
  await bob.press('Raise hand');
  await ann.sees('Bob raised a hand.');
  await inspect(ann, 'av-moderation-notice');
  await ann.press('Show');
  await ann.find('heading', 'Raised hands (1)');
  await inspect(ann, 'av-moderation-list');
  await isTold(bob, 'You may speak now.', ann.press('Allow to speak: Bob'));
  await bob.press('Microphone');
  await ann.seesTile('Bob, hand raised, number 1');
  await ann.hears(1);

  const takenBack = ann.choose('Actions for Bob', 'No longer allow to speak');
  await isTold(bob, 'A moderator no longer allows you to speak.', takenBack);
  await ann.hears(0);
  await isTold(bob, 'Everybody may speak again.', openAndTurn(ann, 'Unmute themselves', true));
  await bob.press('Microphone');
  await ann.hears(1);
});

test('cameras and screens: who comes later must ask too, and moderators never', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  await openAndTurn(ann, 'Turn on their camera', false);
  await ann.click('switch', 'Share their screen');
  await ann.page.keyboard.press('Escape');
  const bob = await scene.join('Bob', room);
  await bob.sees('From now on a moderator allows who turns on a camera.');
  await ann.seesTile('Bob, camera off');
  await ann.hears(1);
  await bob.seesVideoOf('Ann');

  await bob.press('Share screen');
  await bob.sees('A moderator must allow you to share. Raise your hand to ask.');
  expect(await bob.isPressed('Share screen')).toBe(false);
  await inspect(bob, 'av-moderation-asking');
  await ann.press('Participants');
  await isTold(bob, 'You may turn your camera on now.', ann.choose('Actions for Bob', 'Allow camera'));
  await bob.press('Camera');
  await ann.seesTile('Bob');
  await ann.seesVideoOf('Bob');
  expect(await described(bob, 'Share screen')).toContain('a moderator must allow it');
  expect(await described(bob, 'Camera')).not.toContain('a moderator must allow it');

  await ann.choose('Actions for Bob', 'Make moderator');
  await ann.press('Make moderator');
  await until(async () => !(await described(bob, 'Share screen')).includes('allow'), 'a moderator may share');
});

test('on a phone the list offers to allow, and the bar shows what is reserved', async () => {
  const room = scene.newRoom();
  const viewport = { width: 390, height: 844, isMobile: true, hasTouch: true };
  const ann = await scene.join('Ann', room, { viewport });
  for (const name of ['Unmute themselves', 'Turn on their camera', 'Share their screen']) {
    await openAndTurn(ann, name, false);
    await ann.page.keyboard.press('Escape');
  }
  const bob = await scene.join('Bob', room, { viewport });
  await bob.sees('From now on a moderator allows who speaks.');
  await bob.press('Raise hand');
  await ann.sees('Bob raised a hand.');
  await inspect(ann, 'av-moderation-notice-phone');
  await inspect(bob, 'av-moderation-asking-phone');
  await ann.press('Show');
  await ann.find('button', 'Allow to speak: Bob');
  await inspect(ann, 'av-moderation-list-phone');
  await ann.press('Allow to speak: Bob');
  await bob.press('Microphone');
  await ann.hears(1);
});

test('in a breakout room: the chat’s rule comes along, and a moderator there reserves microphones and allows one', async () => {
  const fragment = ['config.startWithVideoMuted=true'];
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room, { fragment });
  const bob = await scene.join('Bob', room, { fragment });
  await ann.seesPeople('Bob');
  await isTold(bob, 'From now on only moderators write to everyone.', openAndTurn(ann, 'Write in the chat', false));
  await ann.page.keyboard.press('Escape');
  await ann.press('Participants');
  await ann.press('Add a breakout room');
  await ann.find('button', 'Join Room 1');
  await ann.choose('Actions for Bob', 'Send to Room 1');
  await bob.sees('You are in Room 1');
  await bob.press('Chat');
  await bob.sees('Only moderators write here, and none is here now.');
  expect(await bob.visibleText()).not.toContain('Everybody may write in the chat again.');
  await ann.press('Join Room 1');
  await bob.sees('Only moderators write to everyone. You can ask one of them in private.');
  await ann.hears(1);

  await ann.choose('More', 'Security');
  await ann.sees('Who may enter the meeting is set in the main room.');
  await inspect(ann, 'av-moderation-breakout-settings');
  const needsAllowance = async (): Promise<boolean> =>
    (await described(bob, 'Microphone')).includes('a moderator must allow it');
  await turn(ann, 'Unmute themselves', false);
  await ann.page.keyboard.press('Escape');
  await until(needsAllowance, 'Bob knows that he must be allowed');
  await ann.hears(0);
  await bob.press('Microphone');
  expect(await bob.isPressed('Microphone')).toBe(false);
  await bob.press('Raise hand');
  await ann.press('Allow to speak: Bob');
  await until(async () => !(await needsAllowance()), 'Bob is allowed');
  await bob.press('Microphone');
  await ann.hears(1);

  // The main room has kept its own rules.
  await bob.press('Return to the main room');
  await bob.sees('You are back in the main room');
  await bob.sees('Only moderators write here, and none is here now.');
  expect(await described(bob, 'Microphone')).not.toContain('a moderator must allow it');
});
