import { describe, expect, test } from 'vitest';
import { inspect } from '../../support/inspect.ts';
import type { Person } from '../../support/person.ts';
import { type JoinOptions, Scene } from '../../support/scene.ts';
import { viewports } from '../../support/screenshots.ts';
import { until } from '../../support/wait.ts';

/** A door that moderators open, in two browsers and with our own page on both sides. */
const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

async function setLobby(host: Person): Promise<void> {
  await host.choose('More', 'Security');
  using lobby = await host.find('switch', 'Lobby');
  const before = await lobby.evaluate((element) => element.getAttribute('aria-checked'));
  await host.click('switch', 'Lobby');
  await until(
    async () => (await lobby.evaluate((element) => element.getAttribute('aria-checked'))) !== before,
    'the room to say that its door has changed',
  );
  await host.page.keyboard.press('Escape');
}

async function hostWithLobby(options = {}): Promise<{ room: string; host: Person }> {
  const room = scene.newRoom();
  const host = await scene.join('Hanna', room, options);
  await setLobby(host);
  return { room, host };
}

/** Past the pre-join page, once its devices are there and nothing moves any more. */
async function comeToDoor(name: string, room: string, options: JoinOptions = {}): Promise<Person> {
  const guest = await scene.open(name, room, options);
  if (options.browser === 'firefox') await guest.press('Allow camera and microphone');
  await guest.sees('Camera and microphone work.');
  await guest.press('Join meeting');
  return guest;
}

async function knock(name: string, room: string, options: JoinOptions = {}): Promise<Person> {
  const guest = await comeToDoor(name, room, options);
  await guest.press('Ask to join');
  await guest.sees('A moderator will let you in');
  return guest;
}

test('who knocks is shown to the moderator, talks with them, and let in sees and is seen', async () => {
  const { room, host } = await hostWithLobby();
  const guest = await knock('Fay', room, { browser: 'firefox' });
  expect(await guest.page.title()).toMatch(/^Waiting/);

  await host.sees('Fay wants to come in.');
  await host.press('Show');
  await host.find('heading', 'Waiting to come in (1)');
  await guest.type('textbox', 'Write to the moderators', 'It is me, Fay from the choir.');
  await guest.press('Send');
  await guest.sees('It is me, Fay from the choir.');
  await host.sees('It is me, Fay from the choir.');
  await host.press('Write to Fay');
  await host.type('textbox', 'Write to Fay', 'One minute, we finish a vote.');
  await host.press('Send');
  await guest.sees('One minute, we finish a vote.');
  await guest.sees('Hanna');

  await host.press('Let in Fay');
  await guest.find('button', 'Leave');
  expect(await guest.page.title()).not.toMatch(/^Waiting/);
  await host.seesPeople('Fay');
  await host.seesVideoOf('Fay');
  await guest.seesVideoOf('Hanna');
  await host.find('heading', 'In the meeting (2)');
  expect(await host.visibleText()).not.toContain('Waiting to come in');
});

test('whom the moderator refuses is told so, and may ask again', async () => {
  const { room, host } = await hostWithLobby();
  const guest = await knock('Bob', room);
  await host.press('Refuse');
  await guest.sees('A moderator did not let you in.');
  await guest.press('Ask again');
  await guest.press('Join meeting');
  await guest.press('Ask to join');
  await host.press('Let in');
  await guest.find('button', 'Leave');
  await host.seesPeople('Bob');
});

test('several who wait are let in at once, and those who are inside stay', async () => {
  const room = scene.newRoom();
  const host = await scene.join('Hanna', room);
  const inside = await scene.join('Ida', room);
  await inside.seesPeople('Hanna');
  await setLobby(host);
  const guests = [await knock('Bob', room), await knock('Cleo', room)];
  await host.sees('2 people want to come in.');
  expect(await inside.visibleText()).not.toContain('want to come in');
  await host.press('Let all in');
  for (const guest of guests) await guest.find('button', 'Leave');
  await inside.seesPeople('Hanna', 'Bob', 'Cleo');
});

test('an open door lets everybody in who waits', async () => {
  const { room, host } = await hostWithLobby();
  const guest = await knock('Bob', room);
  await host.sees('Bob wants to come in.');
  await setLobby(host);
  await guest.find('button', 'Leave');
  await host.seesPeople('Bob');
  await scene.join('Cleo', room);
});

test('who gives up is not shown any longer', async () => {
  const { room, host } = await hostWithLobby();
  const guest = await knock('Bob', room);
  await host.sees('Bob wants to come in.');
  await guest.press('Stop waiting');
  await guest.find('button', 'Join meeting');
  // The sentence stays in the live region for a while; what one can press does not.
  await until(async () => (await host.page.$('aria/Refuse[role="button"]')) === null, 'nobody at the door');
});

test('the room’s password opens the door without a moderator', async () => {
  const { room, host } = await hostWithLobby();
  await host.choose('More', 'Security');
  await host.type('textbox', 'Password of this meeting', 'tea');
  await host.press('Set password');
  await host.sees('Whoever joins knows the password or is let in by a moderator.');

  const guest = await comeToDoor('Bob', room);
  await guest.find('button', 'Ask to join');
  await guest.page.click('summary');
  await guest.type('textbox', 'Password of this meeting', 'coffee');
  await guest.press('Join with password');
  await guest.sees('That is not the password of this meeting.');
  await guest.type('textbox', 'Password of this meeting', 'tea');
  await guest.press('Join with password');
  await guest.find('button', 'Leave');
});

describe.each(viewports)('at $name size, without accessibility faults', ({ name, ...viewport }) => {
  const size = { viewport: { ...viewport, hasTouch: viewport.isMobile } };

  test('both sides of the door', async () => {
    const room = scene.newRoom();
    const host = await scene.join('Hanna', room, size);
    await host.choose('More', 'Security');
    await host.find('switch', 'Lobby');
    await inspect(host, `lobby-switch-${name}`);
    await host.page.keyboard.press('Escape');
    await setLobby(host);

    const guest = await comeToDoor('Bob Ray', room, size);
    await guest.find('button', 'Ask to join');
    await inspect(guest, `lobby-ask-${name}`);
    await guest.press('Ask to join');
    await guest.sees('A moderator will let you in');
    await host.sees('Bob Ray wants to come in.');
    await inspect(host, `lobby-notice-${name}`);
    await host.press('Show');
    await host.press('Write to Bob Ray');
    await host.type('textbox', 'Write to Bob Ray', 'Two minutes, we finish a vote.');
    await host.press('Send');
    await guest.sees('Two minutes, we finish a vote.');
    await inspect(guest, `lobby-waiting-${name}`);
    if (name === 'phone') {
      using stop = await guest.find('button', 'Stop waiting');
      expect(await stop.evaluate((element) => element.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
    }
    await inspect(host, `lobby-list-${name}`);
    await host.press('Refuse Bob Ray');
    await guest.sees('A moderator did not let you in.');
    await inspect(guest, `lobby-refused-${name}`);
  });
});
