import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, IdentityProvider } from '../../support/oidc/identity-provider.ts';
import { ShortLivedToken } from '../../support/oidc/short-lived-token.ts';
import { inspect } from '../../support/inspect.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { viewports } from '../../support/screenshots.ts';
import { ParleyServer } from '../../support/server.ts';
import { setViewport } from '../../support/viewport.ts';
import { until } from '../../support/wait.ts';

/** A real OpenID Connect provider with its own pages, and people who go there and come back. */
const provider = await IdentityProvider.start();
const oidc = {
  PARLEY_OIDC_ISSUER: provider.issuer,
  PARLEY_OIDC_INSECURE_ISSUER: 'true',
  PARLEY_OIDC_CLIENT_ID: CLIENT_ID,
  PARLEY_OIDC_CLIENT_SECRET: CLIENT_SECRET,
  PARLEY_OIDC_NAME: 'Choir account',
  PARLEY_OIDC_MEMBER_GROUPS: 'choir',
  PARLEY_OIDC_MODERATOR_GROUPS: 'board',
  // A device that sleeps longer than this has neither session nor, here, a token that counts.
  PARLEY_XMPP_RESUME_SECONDS: '2',
  PARLEY_JWT_CLOCK_SKEW_SECONDS: '0',
};
const closed = Scene.use({ server: { environment: oidc } });
const secure = Scene.use({ server: { environment: { ...oidc, PARLEY_AUTH_POLICY: 'wait' } } });
beforeAll(() => {
  for (const { server } of [closed, secure]) provider.allow(server.url);
});
afterAll(() => provider[Symbol.asyncDispose]());

const isAtProvider = ({ page }: Person): boolean => new URL(page.url()).origin === provider.issuer;

/** The provider's two forms: who one is, and that we may know. */
async function logInAtProvider(person: Person, name: string): Promise<void> {
  const { page } = person;
  using link = await person.find('link', 'Log in with Choir account');
  await link.click();
  await page.waitForSelector('input[name="login"]');
  await page.type('input[name="login"]', name);
  await page.type('input[name="password"]', 'any');
  await Promise.all([page.waitForNavigation(), page.click('button[type="submit"]')]);
  await page.waitForSelector('button[autofocus], button[type="submit"]');
  await page.click('button[type="submit"]');
  await until(() => !isAtProvider(person), `${person.name} is back from the provider`);
}

async function comeToLogin(name: string, room: string, options = {}): Promise<Person> {
  const person = await closed.open(name, room, options);
  await person.sees('Log in to join');
  return person;
}

test('who logs in at the provider comes back to the meeting, and moderates as its group may', async () => {
  const room = closed.newRoom();
  const ann = await comeToLogin('Ann', room);
  await logInAtProvider(ann, 'ann');
  await ann.sees('You are logged in as Ann Lee.');
  expect(ann.page.url()).toBe(room);
  await ann.press('Join meeting');
  await ann.find('button', 'Leave');
  await ann.choose('More', 'Security');
  await ann.page.keyboard.press('Escape');

  const bob = await comeToLogin('Bob', room);
  await logInAtProvider(bob, 'bob');
  await bob.press('Join meeting');
  await bob.seesVideoOf('Ann Lee');
  await ann.seesPeople('Bob Ray');
  await bob.press('More');
  await bob.find('menuitem', 'Settings');
  expect(await bob.visibleText()).not.toContain('Security');
  await bob.page.keyboard.press('Escape');

  // The token is nowhere where others would find it.
  expect(await ann.page.evaluate(() => JSON.stringify([location.href, document.cookie, history.state]))).not.toMatch(
    /eyJ|parley-session/u,
  );
});

test('a device that slept longer than its token and its session last is back in the meeting by its login', async () => {
  const room = closed.newRoom();
  const bob = await comeToLogin('Bob', room);
  await logInAtProvider(bob, 'bob');
  await bob.press('Join meeting');
  const ann = await comeToLogin('Ann', room);
  await logInAtProvider(ann, 'ann');
  await ann.sees('You are logged in as Ann Lee.');
  const token = await ShortLivedToken.give(ann, closed.server, 20);
  await ann.press('Join meeting');
  await ann.find('button', 'Leave');
  await bob.seesVideoOf('Ann Lee');
  expect(token.count).toBe(1);
  await until(() => Date.now() > token.expiresAtMs, 'the end of the token', { timeoutMs: 30_000 });

  await token.wake();
  await until(() => token.count === 2, 'another token');
  await bob.seesVideoOf('Ann Lee', { newFrames: 30 });
  await ann.seesVideoOf('Bob Ray');
  await bob.seesPeople('Ann Lee');
  await ann.choose('More', 'Security');
});

test('the login holds for the next meeting; logging out ends it here and at the provider', async () => {
  const ann = await comeToLogin('Ann', closed.newRoom());
  await logInAtProvider(ann, 'ann');
  await ann.find('button', 'Join meeting');
  await ann.page.goto(closed.newRoom());
  await ann.sees('You are logged in as Ann Lee.');
  await ann.press('Log out');
  await until(() => isAtProvider(ann), 'the provider asks, too');
  await ann.page.waitForSelector('button[type="submit"][value="yes"]');
  await ann.page.click('button[type="submit"][value="yes"]');
  await ann.find('button', 'Start a meeting');
  await ann.page.goto(closed.newRoom());
  await ann.sees('Log in to join');
});

test('whom we do not let in is told why, and only once', async () => {
  const eve = await comeToLogin('Eve', closed.newRoom());
  await logInAtProvider(eve, 'eve');
  await eve.sees('Your account may not hold meetings here.');
  await eve.page.reload();
  await eve.sees('Log in to join');
  expect(await eve.visibleText()).not.toContain('may not hold meetings');
});

test('from the start page: who logs in there comes back to it, and starts a meeting', async () => {
  const ann = await secure.open('Ann', secure.server.url);
  await ann.sees('Whoever starts one logs in');
  await inspect(ann, 'start-login-desktop');
  await logInAtProvider(ann, 'ann');
  await ann.sees('You are logged in as Ann Lee.');
  expect(new URL(ann.page.url()).pathname).toBe('/');
  await inspect(ann, 'start-logged-in-desktop');
  await ann.press('Start a meeting');
  await ann.sees('You are logged in as Ann Lee.');
  await ann.press('Join meeting');
  await ann.find('button', 'Leave');
});

test('where guests wait, the host logs in at the provider and opens the meeting', async () => {
  const room = secure.newRoom();
  const fragment = ['config.prejoinConfig.enabled=false'];
  const guest = await secure.open('Gus', room, { fragment });
  await guest.find('heading', 'The meeting has not begun');
  const host = await secure.open('Ann', room, { fragment });
  await host.press('I am the host: log in');
  await logInAtProvider(host, 'ann');
  await host.press('Join meeting');
  await host.seesPeople('Gus');
  await guest.seesVideoOf('Ann Lee');
});

test('who comes back to the login too often is told when to come again', async () => {
  const environment = { ...oidc, PARLEY_OIDC_REQUESTS_PER_MINUTE_PER_ADDRESS: '1' };
  const busy = await ParleyServer.start({ environment, logName: 'oidc-busy' });
  try {
    const url = `${busy.url}/auth/callback`;
    await fetch(url, { redirect: 'manual' });
    const ann = await closed.open('Ann', url);
    for (const { name, ...viewport } of viewports.slice(0, 2)) {
      await setViewport(ann.page, viewport);
      for (const value of ['dark', 'light']) {
        await ann.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
        await ann.find('heading', 'Too many logins');
        await inspect(ann, `too-many-logins-${name}-${value}`);
      }
    }
    await ann.page.goto(`${busy.url}/metrics/x`);
    await ann.find('heading', 'There is no meeting here');
    await inspect(ann, 'no-meeting-phone');
  } finally {
    await busy.stop();
  }
});

test.each([
  ['cancelled', 'You were not logged in.'],
  ['unreachable', 'The login service cannot be reached now.'],
  ['expired', 'That login took too long or was begun in another window.'],
  ['failed', 'The login did not work.'],
])('a login that ended as %s is explained', async (code, text) => {
  const ann = await closed.open('Ann', `${closed.newRoom()}?login=${code}`);
  await ann.sees(text);
  const lost = await closed.open('Ann', `${closed.server.url}/?login=${code}`);
  await lost.sees(text);
});

describe.each(viewports)('at $name size, without accessibility faults', ({ name, ...viewport }) => {
  test('the ways to log in', async () => {
    const size = { viewport: { ...viewport, hasTouch: viewport.isMobile } };
    const ann = await closed.open('Ann', `${closed.newRoom()}?login=unreachable`, size);
    await ann.sees('Log in to join');
    await inspect(ann, `provider-login-${name}`);
    await ann.page.click('summary');
    await ann.find('textbox', 'User name');
    await inspect(ann, `provider-login-account-${name}`);
  });
});
