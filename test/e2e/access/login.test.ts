import { beforeAll, describe, expect, test } from 'vitest';
import { userCommand } from '../../support/accounts.ts';
import { inspect } from '../../support/inspect.ts';
import type { Person } from '../../support/person.ts';
import { type JoinOptions, Scene } from '../../support/scene.ts';
import { viewports } from '../../support/screenshots.ts';
import { until } from '../../support/wait.ts';

/** Name and password on our own page, in two browsers. */
const secure = Scene.use({
  browsers: ['chromium', 'firefox'],
  server: { environment: { PARLEY_AUTH_POLICY: 'wait' } },
});
const closed = Scene.use({ server: { environment: { PARLEY_AUTH_POLICY: 'members' } } });

beforeAll(() => {
  for (const { server } of [secure, closed]) userCommand(server, ['add', 'ann'], 'correct horse battery\n');
});

const PASSWORD = 'correct horse battery';

async function logIn(person: Person, name: string, password: string): Promise<void> {
  await person.type('textbox', 'User name', name);
  await person.type('textbox', 'Password', password);
  await person.press('Log in');
}

describe('guests wait for a host', () => {
  /** Past the pre-join page, which the link skips. */
  async function waitForHost(name: string, room: string, options: JoinOptions = {}): Promise<Person> {
    const fragment = ['config.prejoinConfig.enabled=false'];
    const person = await secure.open(name, room, { ...options, fragment });
    await person.find('heading', 'The meeting has not begun');
    return person;
  }

  test('who logs in opens the meeting and moderates; who waits comes in by itself', async () => {
    const room = secure.newRoom();
    const guest = await waitForHost('Fay', room, { browser: 'firefox' });
    expect(await guest.page.title()).toMatch(/^Waiting/u);
    const host = await waitForHost('Ann', room);
    await host.press('I am the host: log in');
    await logIn(host, 'ann', PASSWORD);
    await host.find('button', 'Leave');
    await guest.find('button', 'Leave');
    await host.seesPeople('Fay');
    await guest.seesVideoOf('Ann');
    await host.choose('More', 'Security'); // moderators only
    expect(await guest.page.title()).not.toMatch(/^Waiting/u);
  });

  test('who has an account logs in before joining, and starts the meeting', async () => {
    const host = await secure.open('Ann Lee', secure.newRoom());
    await host.type('textbox', 'Your name', 'Ann the host');
    await host.press('I have an account: log in');
    await logIn(host, 'ann', 'wrong');
    await host.sees('User name and password do not match.');
    await logIn(host, 'ann', PASSWORD);
    await host.sees('You are logged in as ann.');
    await host.press('Join meeting');
    await host.find('button', 'Leave');
    await host.choose('More', 'Security');
  });

  test('a host is known again in the next meeting, until it logs out', async () => {
    const host = await waitForHost('Ann', secure.newRoom());
    await host.press('I am the host: log in');
    await logIn(host, `ann@auth.localhost`, PASSWORD);
    await host.find('button', 'Leave');
    const next = secure.newRoom();
    await host.page.goto(`${next}#userInfo.displayName="Ann"`);
    await host.sees('You are logged in as ann.');
    await host.press('Join meeting');
    await host.find('button', 'Leave');
    await host.page.goto(`${secure.newRoom()}#userInfo.displayName="Ann"`);
    await host.press('Log out');
    await host.press('Join meeting');
    await host.find('heading', 'The meeting has not begun');
    await host.press('Stop waiting');
    await host.find('button', 'Join meeting');
  });

  test('a log-in that the server has forgotten leads back to waiting, not into an error', async () => {
    const host = await waitForHost('Ann', secure.newRoom());
    await host.page.evaluate(() =>
      localStorage.setItem('parley.host-login', JSON.stringify({ username: 'ann', sessionId: 'made-up' })),
    );
    await host.page.reload();
    await host.find('heading', 'The meeting has not begun');
    expect(await host.page.evaluate(() => localStorage.getItem('parley.host-login'))).toBe('null');
  });

  test('a wrong password is said, and the right one then does', async () => {
    const host = await waitForHost('Ann', secure.newRoom());
    await host.press('I am the host: log in');
    await host.press('Log in');
    await host.sees('Type your user name and your password.');
    await logIn(host, 'ann', 'Correct horse battery');
    await host.sees('User name and password do not match.');
    await logIn(host, 'nobody', PASSWORD);
    await host.sees('User name and password do not match.');
    await logIn(host, 'ann', PASSWORD);
    await host.find('button', 'Leave');
  });
});

test('who logs in on the start page starts meetings as a host, until it logs out there', async () => {
  const ann = await secure.open('Ann', secure.server.url);
  await ann.press('I have an account: log in');
  await logIn(ann, 'ann', 'wrong');
  await ann.sees('User name and password do not match.');
  await logIn(ann, 'ann', PASSWORD);
  await ann.sees('You are logged in as ann.');
  await inspect(ann, 'start-account');
  await ann.press('Start a meeting');
  await ann.sees('You are logged in as ann.');
  await ann.type('textbox', 'Your name', 'Ann');
  await ann.press('Join meeting');
  await ann.find('button', 'Leave');
  await ann.choose('More', 'Security');
  await ann.find('switch', 'Start muted');
  await ann.page.keyboard.press('Escape');
  await ann.leave();
  await ann.press('Start page');
  await ann.press('Log out');
  await ann.find('button', 'I have an account: log in');
});

describe('only members enter', () => {
  async function comeToLogin(name: string, room: string): Promise<Person> {
    const person = await closed.open(name, room);
    await person.sees('Log in to join');
    return person;
  }

  test('who logs in sees the pre-join page and moderates; a lost connection logs in again by itself', async () => {
    const room = closed.newRoom();
    const ann = await comeToLogin('Ann', room);
    await logIn(ann, 'ann', PASSWORD);
    await ann.sees('You are logged in as ann.');
    await ann.press('Join meeting');
    await ann.find('button', 'Leave');
    await ann.choose('More', 'Security');
    await ann.page.keyboard.press('Escape');

    // The same account on a second device is a second person.
    const tablet = await comeToLogin('Tablet', room);
    await logIn(tablet, 'ann', PASSWORD);
    await tablet.press('Join meeting');
    await tablet.seesVideoOf('Ann');
    await closed.server.restart();
    await ann.seesVideoOf('Tablet', { timeoutMs: 60_000 });
    await tablet.seesVideoOf('Ann', { timeoutMs: 60_000 });
  });

  test('logging out leads back to the log-in', async () => {
    const ann = await comeToLogin('Ann', closed.newRoom());
    await logIn(ann, 'ann', PASSWORD);
    await ann.press('Log out');
    await ann.sees('Log in to join');
  });

  test('who guesses is told to wait', async () => {
    const eve = await comeToLogin('Ann', closed.newRoom());
    const tryAgain = async (): Promise<boolean> => {
      await logIn(eve, 'bob', 'a guess');
      using button = await eve.find('button', 'Log in');
      await until(() => button.evaluate((element) => element.getAttribute('aria-busy') === 'false'), 'an answer');
      return (await eve.visibleText()).includes('Too many failed attempts. Wait a minute, then try again.');
    };
    await until(tryAgain, 'an end of the server’s patience', { timeoutMs: 60_000 });
  });

  test('a server that is gone is no wrong password', async () => {
    const ann = await comeToLogin('Ann', closed.newRoom());
    await ann.page.setOfflineMode(true);
    await logIn(ann, 'ann', PASSWORD);
    await ann.sees('We cannot reach the server.');
    await ann.page.setOfflineMode(false);
  });
});

describe.each(viewports)('at $name size, without accessibility faults', ({ name, ...viewport }) => {
  const size = { viewport: { ...viewport, hasTouch: viewport.isMobile } };

  test('waiting for a host, being one', async () => {
    const ann = await secure.open('Ann Lee', secure.newRoom(), size);
    await ann.sees('Camera and microphone work.');
    await ann.press('I have an account: log in');
    await ann.find('textbox', 'User name');
    await inspect(ann, `prejoin-login-${name}`);
    await ann.page.keyboard.press('Escape');
    await inspect(ann, `prejoin-wait-${name}`);
    await ann.press('Join meeting');
    await ann.find('heading', 'The meeting has not begun');
    await inspect(ann, `host-waiting-${name}`);
    await ann.press('I am the host: log in');
    await logIn(ann, 'ann', 'wrong');
    await ann.sees('User name and password do not match.');
    await inspect(ann, `host-login-${name}`);
    await logIn(ann, 'ann', PASSWORD);
    await ann.find('button', 'Leave');
    await ann.page.goto(`${secure.newRoom()}#userInfo.displayName="Ann"`);
    await ann.sees('You are logged in as ann.');
    await inspect(ann, `host-prejoin-${name}`);
  });

  test('logging in where only members enter', async () => {
    const ann = await closed.open('Ann Lee', closed.newRoom(), size);
    await ann.sees('Log in to join');
    await inspect(ann, `member-login-${name}`);
  });
});
