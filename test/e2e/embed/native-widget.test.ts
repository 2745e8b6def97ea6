import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { EmbeddedPerson } from '../../support/embedder/embedded-person.ts';
import { Embedder } from '../../support/embedder/embedder.ts';
import type { WidgetHostSetup } from '../../support/embedder/widget-host.ts';
import { inspect } from '../../support/inspect.ts';
import { ADMIN_TOKEN, STUB_CA_FILE, StubHomeserver } from '../../support/matrix/stub-homeserver.ts';
import { Scene } from '../../support/scene.ts';
import { takeScreenshot } from '../../support/screenshots.ts';
import { until } from '../../support/wait.ts';

/** The page as a widget of a Matrix room; the client's side is Matrix's own library, the homeserver a stub. */
const SERVER = 'example.org';
const ANN = '@ann:example.org';
const BOB = '@bob:example.org';
/** Another name of the same server: browsers find it on loopback. */
const WIDGET_HOST = 'widget.localhost';

const homeserver = await StubHomeserver.start();
const folder = mkdtempSync(join(tmpdir(), 'parley-widget-'));
const config = join(folder, 'parley.yaml');
const own = { serverName: SERVER, baseUrl: homeserver.baseUrl, caFile: STUB_CA_FILE, adminToken: ADMIN_TOKEN };
const matrix = { enabled: true, homeservers: [own], widgetUrl: `http://${WIDGET_HOST}` };
writeFileSync(config, JSON.stringify({ matrix }));

const scene = Scene.use({ server: { environment: { PARLEY_CONFIG: config } } });
let embedder: Embedder;
const people: WidgetPerson[] = [];
beforeAll(async () => {
  embedder = await Embedder.start();
});
afterEach(async () => {
  homeserver.requests.length = 0;
  await Promise.all(people.splice(0).map(({ person }) => person.close()));
});
afterAll(async () => {
  await embedder.stop();
  await homeserver[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface WidgetPerson {
  readonly person: EmbeddedPerson;
  /** Actions that the client got from the widget. */
  readonly actions: () => Promise<readonly { action: string; data: unknown }[]>;
  readonly send: (action: string, data?: object) => Promise<unknown>;
}

type Choices = Partial<Pick<WidgetHostSetup, 'grants' | 'openId'>>;

function newRoom(roomId: string): string {
  homeserver.rooms.set(roomId, {
    members: [ANN, BOB],
    version: '11',
    creator: ANN,
    powerLevels: { users: { [ANN]: 100 } },
  });
  return roomId;
}

/** The widget as the build address describes it. */
async function builtWidget(roomId: string): Promise<WidgetHostSetup['widget']> {
  const answer = await fetch(`${scene.server.url}/matrix/widget?roomId=${roomId}`);
  const { widget } = (await answer.json()) as { widget: WidgetHostSetup['widget'] };
  return { ...widget, url: widget.url.replace(WIDGET_HOST, `${WIDGET_HOST}:${scene.server.httpPort}`) };
}

async function open(userId: string, roomId: string, choices: Choices = {}): Promise<WidgetPerson> {
  const setup: WidgetHostSetup = {
    widget: await builtWidget(roomId),
    roomId,
    userId,
    displayName: userId === ANN ? 'Ann of the choir' : 'Bob',
    grants: ['m.always_on_screen', 'io.element.requires_client'],
    openId: 'allowed',
    token: homeserver.openIdToken(userId),
    server: SERVER,
    ...choices,
  };
  const url = `${embedder.url}/widget-host.html?setup=${encodeURIComponent(JSON.stringify(setup))}`;
  const origin = `http://${WIDGET_HOST}:${scene.server.httpPort}`;
  const person = await EmbeddedPerson.open(scene.browser('chromium'), url, origin, { hasStorage: false });
  const opened: WidgetPerson = {
    person,
    actions: () => person.page.evaluate(() => window.widgetHost.actions),
    send: (action, data = {}) =>
      person.page.evaluate((name, fields) => window.widgetHost.send(name, fields), action, data),
  };
  people.push(opened);
  return opened;
}

async function sees({ person }: WidgetPerson, text: string): Promise<void> {
  await until(
    async () => (await person.visibleText()).includes(text),
    async () => `“${text}” in a widget that shows: ${await person.visibleText()}`,
  );
}

async function told({ actions }: WidgetPerson, action: string): Promise<unknown> {
  const found = await until(
    async () => (await actions()).find((one) => one.action === action),
    async () => `${action} after ${(await actions()).map((one) => one.action).join(', ')}`,
  );
  return found.data;
}

async function nameOf({ person }: WidgetPerson): Promise<{ value: string; readOnly: boolean }> {
  return (await person.meeting()).$eval('#name', (field) => {
    const { value, readOnly } = field as HTMLInputElement;
    return { value, readOnly };
  });
}

test('two people of a room meet as who their homeserver says they are; the client steers, and hears of the end', async () => {
  const roomId = newRoom('!choir:example.org');
  const [ann, bob] = await Promise.all([open(ANN, roomId, { openId: 'request' }), open(BOB, roomId)]);
  await sees(ann, 'Join meeting');
  expect(await nameOf(ann)).toEqual({ value: 'Ann of the choir', readOnly: true });
  await takeScreenshot(ann.person.page, 'widget-prejoin');
  expect(homeserver.requests).toEqual([]);
  await ann.person.press('Join meeting');
  await told(ann, 'io.element.join');
  await bob.send('io.element.join', { audioInput: null });
  await told(bob, 'io.element.join');
  await ann.person.seesVideo();
  await bob.person.seesVideo();
  await sees(ann, 'Bob');
  expect(await told(ann, 'set_always_on_screen')).toEqual({ value: true });
  expect(await ann.person.page.evaluate(() => window.widgetHost.requested)).toEqual([
    'm.always_on_screen',
    'io.element.requires_client',
  ]);
  expect(homeserver.requests.filter((path) => path.endsWith('/userinfo'))).toHaveLength(2);
  await takeScreenshot(ann.person.page, 'widget-meeting');

  expect(await bob.send('io.element.device_mute')).toEqual({ audio_enabled: false, video_enabled: true });
  expect(await bob.send('io.element.device_mute', { audio_enabled: true, video_enabled: false })).toEqual({
    audio_enabled: true,
    video_enabled: false,
  });

  const lastWish = async () =>
    (await ann.person.meeting()).evaluate(() =>
      window.socketMessages.findLast((message) => message.includes('ReceiverVideoConstraints')),
    );
  await ann.send('visibility', { visible: false });
  await until(async () => (await lastWish())?.includes('"lastN":0'), 'no pictures to be wanted');
  await ann.send('visibility', { visible: true });
  await until(async () => (await lastWish())?.includes('"lastN":-1'), 'pictures to be wanted again');

  const theme = async () => (await ann.person.meeting()).evaluate(() => document.documentElement.dataset['theme']);
  expect(await theme()).toBe('dark');
  await ann.send('theme_change', { name: 'light' });
  expect(await theme()).toBe('light');
  await ann.send('theme_change', { name: 'custom-Sunset' });
  expect(await theme()).toBe('light');
  await ann.send('language_change', { lang: 'el' });
  expect(await (await ann.person.meeting()).evaluate(() => document.documentElement.lang)).toBe('el');
  await takeScreenshot(ann.person.page, 'widget-light-greek');

  const tiles = async () =>
    (await bob.person.meeting()).$$eval('[role="group"]:has(> video)', (all) =>
      all.map((tile) => tile.getAttribute('aria-label') ?? ''),
    );
  expect(await tiles()).toContainEqual(expect.stringMatching(/^Ann of the choir/));
  await ann.send('im.vector.hangup');
  await until(
    async () =>
      (await ann.actions()).some(
        ({ action, data }) => action === 'set_always_on_screen' && JSON.stringify(data) === '{"value":false}',
      ),
    'the last word',
  );
  expect((await ann.actions()).slice(-2)).toEqual([
    { action: 'im.vector.hangup', data: {} },
    { action: 'set_always_on_screen', data: { value: false } },
  ]);
  await until(
    async () => (await tiles()).every((name) => !name.startsWith('Ann of the choir')),
    async () => `Ann’s tile to be gone from ${(await tiles()).join(' | ')}`,
  );
  expect(JSON.stringify(ann.person.console)).not.toContain('openid_');
  expect(scene.server.lastOutput).not.toContain('openid_');
});

test('without the client’s leave to stay on the screen the meeting goes on; who comes again needs no new token', async () => {
  const ann = await open(ANN, newRoom('!denied:example.org'), { grants: [] });
  await ann.person.press('Join meeting');
  expect(await told(ann, 'set_always_on_screen')).toEqual({ value: true });

  // What another window says is not the client's word.
  await ann.person.page.evaluate(() => {
    const sibling = document.querySelector<HTMLIFrameElement>('#sibling')?.contentWindow as Window & typeof globalThis;
    const forged = {
      api: 'toWidget',
      widgetId: 'widget-1',
      requestId: 'forged',
      action: 'theme_change',
      data: { name: 'light' },
    };
    sibling.eval(`parent.frames[0].postMessage(${JSON.stringify(forged)}, '*')`);
  });
  await ann.send('io.element.spotlight_layout');
  const meeting = await ann.person.meeting();
  expect(await meeting.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  await expect(ann.send('org.example.unknown')).rejects.toThrow('Unknown or unsupported');

  await ann.person.press('Leave');
  await told(ann, 'im.vector.hangup');
  homeserver.tokens.clear();
  await ann.person.press('Undo');
  await until(
    async () => (await ann.actions()).filter(({ action }) => action === 'io.element.join').length === 2,
    async () => `Ann to be in again, who sees: ${await ann.person.visibleText()}`,
  );
  expect((await ann.actions()).filter(({ action }) => action === 'get_openid')).toHaveLength(1);
  expect(ann.person.console.filter((line) => line.startsWith('page error'))).toEqual([]);
});

test('whom nobody vouches for is a guest: who does not say who it is, and who is outside of the client', async () => {
  const roomId = newRoom('!guests:example.org');
  const ann = await open(ANN, roomId);
  await ann.person.press('Join meeting');
  await told(ann, 'io.element.join');

  const bob = await open(BOB, roomId, { openId: 'blocked' });
  await bob.person.press('Join meeting');
  await sees(bob, 'Your Matrix app did not say who you are.');
  expect(await nameOf(bob)).toMatchObject({ readOnly: false });
  await takeScreenshot(bob.person.page, 'widget-blocked');
  await bob.person.press('Join meeting');
  await bob.person.press('Ask to join');
  await ann.person.press('Let in');
  await told(bob, 'io.element.join');

  const outside = `http://${WIDGET_HOST}:${scene.server.httpPort}/matrix#roomId=${encodeURIComponent(roomId)}&clientId=`;
  const cat = await scene.open('Cat', outside);
  await cat.sees('This window is outside of your Matrix app');
  await inspect(cat, 'widget-popped-out');
  await cat.type('textbox', 'Your name', 'Cat');
  await cat.press('Join meeting');
  await cat.find('button', 'Ask to join');
  expect(homeserver.requests.filter((path) => path.endsWith('/userinfo'))).toHaveLength(1);
});

test('who is not in the room is told so', async () => {
  const roomId = newRoom('!closed:example.org');
  const eve = await open('@eve:example.org', roomId);
  await eve.person.press('Join meeting');
  await sees(eve, 'You are not in the Matrix room of this meeting.');
  await takeScreenshot(eve.person.page, 'widget-not-in-room');
});
