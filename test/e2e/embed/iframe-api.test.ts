import { accessibilityViolations } from '../../support/accessibility.ts';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { EmbeddedPerson } from '../../support/embedder/embedded-person.ts';
import { Embedder } from '../../support/embedder/embedder.ts';
import { Scene } from '../../support/scene.ts';
import { takeScreenshot } from '../../support/screenshots.ts';
import { until } from '../../support/wait.ts';

/** Inside an iframe, with Jitsi's own transport as the other side, two frames deep as in Element. */
const PICTURES = 'https://cloud.example';
const scene = Scene.use({
  browsers: ['chromium', 'firefox'],
  server: { environment: { PARLEY_WEB_PICTURE_SOURCES: PICTURES } },
});
let embedder: Embedder;
const embedded: EmbeddedPerson[] = [];

beforeAll(async () => {
  embedder = await Embedder.start();
});
afterEach(async () => {
  await Promise.all(embedded.splice(0).map((person) => person.close()));
});
afterAll(() => embedder.stop());

type Command = readonly [string, ...unknown[]];

const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));

interface Embedding {
  readonly fragment?: readonly string[];
  readonly query?: string;
  /** Given at once, before anything is loaded. */
  readonly commands?: readonly Command[];
  readonly browser?: 'chromium' | 'firefox';
}

/** The address of the chat application whose inner iframe is this meeting. */
function outerUrl(room: string, { fragment = [], query = '', commands = [] }: Embedding): string {
  const url = `${room}${query}#${['jitsi_meet_external_api_id=0', ...fragment].join('&')}`;
  const search = new URLSearchParams({ url, apiId: '0', commands: JSON.stringify(commands) });
  return `${embedder.url}/outer.html?${search.toString()}`;
}

async function embed(room: string, embedding: Embedding = {}): Promise<EmbeddedPerson> {
  const url = outerUrl(room, embedding);
  const browser = scene.browser(embedding.browser ?? 'chromium');
  const person = await EmbeddedPerson.open(browser, url, scene.server.url, { hasStorage: false });
  embedded.push(person);
  return person;
}

const AT_ONCE = 'config.prejoinConfig.enabled=false';
const WAYS_OUT = ['video-conference-left', 'video-ready-to-close', 'error-occurred'];

/** Waits for the end and says which events told of it, in order. */
async function waysOut(person: EmbeddedPerson): Promise<string[]> {
  await until(
    async () =>
      (await person.events()).some(({ name }) => name === 'video-ready-to-close' || name === 'error-occurred'),
    async () => `the end, after ${(await person.events()).map(({ name }) => name).join(', ')}`,
  );
  // The page's answer to a question comes after all that it said before.
  await person.request('is-audio-muted');
  return (await person.events()).map(({ name }) => name).filter((name) => WAYS_OUT.includes(name));
}

test('a meeting in two frames without storage, as Element opens it: from pre-join to the own hang-up button', async () => {
  const room = scene.newRoom();
  const bob = await scene.join('Bob', room);
  const alice = await embed(room, {
    query: '?lang=enGB',
    fragment: [
      `config.subject=${json('Tea and honey')}`,
      'config.startAudioOnly=false',
      'config.startWithAudioMuted=true',
      'config.startWithVideoMuted=undefined',
      `config.apiLogLevels=${json(['info', 'warn', 'error'])}`,
      `interfaceConfig.MAIN_TOOLBAR_BUTTONS=${json([])}`,
      'devices.audioInput=undefined',
      `userInfo.displayName=${json('Alice')}`,
      `userInfo.email=${json('@alice:example.org')}`,
      `appData.localStorageContent=${json(null)}`,
    ],
  });
  await alice.event('prejoin-screen-loaded');
  expect(await alice.request('is-audio-muted')).toBe(true);
  await takeScreenshot(alice.page, 'embed-prejoin');
  await alice.press('Join meeting');
  const joined = await alice.event('video-conference-joined');
  expect(joined).toMatchObject({
    roomName: expect.stringMatching(/^room-/u),
    displayName: 'Alice',
    email: '@alice:example.org',
    breakoutRoom: false,
    visitor: false,
  });
  expect(await alice.event('participant-joined')).toMatchObject({ displayName: 'Bob' });
  await bob.seesVideoOf('Alice');
  await alice.seesVideo();
  await bob.hears(0);
  await alice.press('Microphone');
  await until(async () => (await alice.request('is-audio-muted')) === false, 'the microphone to be on');
  await bob.hears(1);
  // Only a moderator names the meeting for everybody; on this page it is called so all the same.
  await until(async () => (await alice.visibleText()).includes('Tea and honey'), 'the subject on the page');
  await takeScreenshot(alice.page, 'embed-meeting');

  const names = (await alice.events()).map(({ name }) => name);
  expect(names.slice(0, 2)).toEqual(['browser-support', 'ready']);
  expect(names.filter((name) => name === 'video-conference-joined')).toHaveLength(1);
  expect(names.indexOf('video-conference-joined')).toBeLessThan(names.indexOf('participant-joined'));
  expect(names.filter((name) => name === 'participant-joined')).toHaveLength(1);
  expect(await alice.event('log')).toMatchObject({ logLevel: 'info', args: [expect.any(String)] });

  await alice.press('Leave');
  expect(await waysOut(alice)).toEqual(['video-conference-left', 'video-ready-to-close']);
  await bob.seesPeople();
  expect(alice.console.filter((line) => line.startsWith('page error'))).toEqual([]);
});

test('commands before anything is loaded are done in order; a token leaves the address and goes nowhere', async () => {
  const room = scene.newRoom();
  const token = 'eyJhbGciOiJub25lIn0.e30.c2VjcmV0';
  const alice = await embed(room, {
    query: `?jwt=${token}`,
    fragment: [AT_ONCE, `jwt=${json(token)}`, `userInfo.displayName=${json('Nobody')}`],
    commands: [
      ['display-name', 'First'],
      ['display-name', 'Alice'],
      ['avatar-url', 'https://pictures.example/alice.png'],
      ['email', 'alice@example.org'],
      ['toggle-video'],
      ['send-chat-message', 'said before the meeting'],
    ],
  });
  expect(await alice.event('video-conference-joined')).toMatchObject({
    displayName: 'Alice',
    email: 'alice@example.org',
    avatarURL: 'https://pictures.example/alice.png',
  });
  expect(await alice.event('outgoing-message')).toMatchObject({ message: 'said before the meeting' });
  expect(await alice.request('is-video-muted')).toBe(true);

  const meeting = await alice.meeting();
  expect(await meeting.evaluate(() => location.href)).toBe(room);
  const leaks = alice.requests.filter(
    ({ url, referer }) => (url.includes(token) && !url.startsWith(`${room}?jwt=`)) || referer.includes(token),
  );
  // The wrapper's own address holds that of the meeting, which is the embedder's affair.
  expect(
    leaks.filter(({ url, referer }) => !url.startsWith(embedder.url) && !referer.startsWith(embedder.url)),
  ).toEqual([]);
  expect(scene.server.lastOutput).not.toContain(token);
  expect(alice.requests.some(({ url }) => url.startsWith('https://pictures.example'))).toBe(false);

  await alice.command('video-hangup');
  expect(await waysOut(alice)).toEqual(['video-conference-left', 'video-ready-to-close']);
});

test('commands and questions steer the meeting: devices, chat, roles; what is unknown gets an answer too', async () => {
  const room = scene.newRoom();
  const alice = await embed(room, { fragment: [AT_ONCE, `userInfo.displayName=${json('Alice')}`] });
  const { id: ownId } = await alice.event('video-conference-joined');
  const bob = await scene.join('Bob', room);
  const { id: bobsId } = await alice.event('participant-joined');
  expect(await alice.event('participant-role-changed')).toMatchObject({ role: 'moderator' });

  await alice.command('toggle-audio');
  expect(await alice.event('audio-mute-status-changed')).toBeDefined();
  await until(async () => (await alice.request('is-audio-muted')) === true, 'the microphone to be off');
  await bob.seesTile('Alice, microphone off');
  await alice.command('subject', 'Tea for two');
  expect(await alice.event('subject-change')).toMatchObject({ subject: 'Tea for two' });
  await bob.sees('Tea for two');
  await alice.command('send-chat-message', 'hello');
  await bob.press('Chat');
  await bob.find('textbox', 'Write a message');
  await bob.sees('hello');
  await bob.say('hello yourself');
  expect(await alice.event('incoming-message')).toMatchObject({
    from: bobsId,
    nick: 'Bob',
    message: 'hello yourself',
    privateMessage: false,
  });
  await bob.press('Raise hand');
  expect(await alice.event('raise-hand-updated')).toMatchObject({ id: bobsId, handRaised: expect.any(Number) });
  await alice.command('set-tile-view', false);
  expect(await alice.event('tile-view-changed')).toMatchObject({ enabled: false });
  await alice.command('mute-everyone', 'audio');
  await bob.sees('Alice muted you.');
  await servePictures(bob.page);
  await alice.command('avatar-url', `${PICTURES}/alice.svg`);
  await alice.command('toggle-video');
  await bob.seesTile('Alice, microphone off, camera off');
  await bob.press('Participants');
  await until(
    async () => (await bob.page.$$('.avatar img:not([hidden])')).length === 2,
    'Alice’s picture in her tile and beside her name',
  );
  await takeScreenshot(bob.page, 'embed-picture');

  const devices = await alice.request('getAvailableDevices', { type: 'devices' });
  expect(devices).toMatchObject({ audioInput: [{ kind: 'audioinput' }, ...Array<unknown>(2).fill(expect.anything())] });
  const current = await alice.request('getCurrentDevices', { type: 'devices' });
  expect(current).toMatchObject({ audioInput: { label: expect.stringContaining('Fake') } });
  await expect(alice.request('no-such-question')).rejects.toThrow(/does not answer/u);

  await alice.command('kick-participant', bobsId);
  await bob.sees('Alice removed you from this meeting.');
  expect(await alice.event('participant-left')).toMatchObject({ id: bobsId });
  expect(await alice.event('participant-kicked-out')).toEqual({
    name: 'participant-kicked-out',
    kicked: { id: bobsId, name: 'Bob', local: false },
    kicker: { id: ownId, name: 'Alice' },
  });

  // From outside: the moderator of the next test's kind is Bob, here the meeting is ended for everybody.
  await alice.command('end-conference');
  expect(await waysOut(alice)).toEqual(['video-conference-left', 'video-ready-to-close']);
});

test('Firefox tells of the way in and out in the same order', async () => {
  const room = scene.newRoom();
  const fragment = [AT_ONCE, `userInfo.displayName=${json('Alice')}`];
  const alice = await embed(room, { fragment, browser: 'firefox' });
  await alice.event('video-conference-joined');
  const bob = await scene.join('Bob', room);
  await alice.event('participant-joined');
  await alice.seesVideo();
  await bob.seesVideoOf('Alice');
  await alice.command('video-hangup');
  expect(await waysOut(alice)).toEqual(['video-conference-left', 'video-ready-to-close']);
  const names = (await alice.events()).map(({ name }) => name);
  expect(names.slice(0, 2)).toEqual(['browser-support', 'ready']);
  expect(names.filter((name) => name === 'video-conference-joined')).toHaveLength(1);
});

/** The host of pictures, as this page reaches it. */
async function servePictures(page: Page): Promise<void> {
  const body = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#e63" d="M0 0h8v8z"/></svg>';
  page.on('request', (request) => {
    const isPicture = request.url().startsWith(`${PICTURES}/`);
    void (isPicture ? request.respond({ contentType: 'image/svg+xml', body }) : request.continue());
  });
  await page.setRequestInterception(true);
}

test('who is kicked, or whose meeting is ended by another, has left and may close, once', async () => {
  const room = scene.newRoom();
  const bob = await scene.join('Bob', room);
  const alice = await embed(room, { fragment: [AT_ONCE, `userInfo.displayName=${json('Alice')}`] });
  await alice.event('video-conference-joined');
  await bob.press('Participants');
  await bob.choose('Actions for Alice', 'Remove from meeting');
  await bob.press('Remove');
  expect(await waysOut(alice)).toEqual(['video-conference-left', 'video-ready-to-close']);
  expect(await alice.event('participant-kicked-out')).toMatchObject({
    kicked: { local: true, name: 'Alice' },
    kicker: { id: expect.any(String), name: 'Bob' },
  });

  const again = await embed(room, { fragment: [AT_ONCE, `userInfo.displayName=${json('Alice')}`] });
  await again.event('video-conference-joined');
  await bob.choose('Other ways to leave', 'End for everyone');
  await bob.press('End for everyone');
  expect(await waysOut(again)).toEqual(['video-conference-left', 'video-ready-to-close']);
});

test('whom a moderator does not let in gets a fatal error alone; a frame that is taken away has left', async () => {
  const room = scene.newRoom();
  const alice = await embed(room, { fragment: [AT_ONCE, `userInfo.displayName=${json('Alice')}`] });
  await alice.event('video-conference-joined');
  const bob = await scene.join('Bob', room);
  await alice.command('toggle-lobby', true);
  const meeting = await alice.meeting();
  await until(
    () => meeting.evaluate(() => window.socketMessages.some((text) => text.includes('roominfo_lobbyroom'))),
    'the room to say that it has a lobby',
  );
  const eve = await embed(room, { fragment: [AT_ONCE, `userInfo.displayName=${json('Eve')}`] });
  await eve.press('Ask to join');
  const { participant } = await alice.event('knocking-participant');
  expect(participant).toMatchObject({ id: expect.any(String), name: 'Eve' });
  await alice.command('answer-knocking-participant', (participant as { id: string }).id, false);
  expect(await waysOut(eve)).toEqual(['error-occurred']);
  expect(await eve.event('error-occurred')).toMatchObject({
    error: { isFatal: true, type: 'CONFERENCE', message: 'A moderator did not let you in.' },
  });

  await bob.seesPeople('Alice');
  await (await alice.wrapper()).evaluate(() => window.embedded.remove());
  await bob.seesPeople();
});

test('garbage, foreign scopes, other windows and ten thousand messages leave the meeting as it is', async () => {
  const alice = await embed(scene.newRoom(), { fragment: [AT_ONCE, `userInfo.displayName=${json('Alice')}`] });
  await alice.event('video-conference-joined');
  expect(await alice.request('is-audio-muted')).toBe(false);
  const wrapper = await alice.wrapper();
  await wrapper.evaluate(() => {
    const { contentWindow } = window.embedded.frame;
    const scope = 'jitsi_meet_external_api_0';
    const frame = (params: unknown, more: object = {}) =>
      JSON.stringify({ postis: true, scope, method: 'message', params, ...more });
    const mute = { type: 'event', data: { name: 'toggle-audio', data: [] } };
    const garbage: unknown[] = [
      undefined,
      null,
      7,
      {},
      mute,
      '',
      '{',
      '[]',
      '{"postis":true}',
      frame(undefined),
      frame([]),
      frame('toggle-audio'),
      frame({ type: 'event' }),
      frame({ type: 'event', data: { name: {} } }),
      frame({ type: 'event', data: { name: '__proto__', data: [] } }),
      frame({ type: 'event', data: { name: 'constructor', data: ['x'] } }),
      frame({ type: 'event', data: { name: 'display-name', data: [{}] } }),
      frame({ type: 'event', data: { name: 'kick-participant', data: [null] } }),
      frame({ type: 'event', data: { name: 'overwrite-config', data: [{ hosts: { domain: 'evil.example' } }] } }),
      frame({ type: 'response', id: 5, result: 1 }),
      frame(mute, { scope: 'jitsi_meet_external_api_1' }),
      frame(mute, { postis: 1 }),
      frame(mute, { method: 'toString' }),
      `{"postis":true,"scope":"${scope}","method":"message","params":{"type":"event","data":{"name":"overwrite-config","data":[{"__proto__":{"polluted":true}}]}}}`,
    ];
    for (const data of garbage) contentWindow?.postMessage(data, '*');
    for (let index = 0; index < 10_000; index += 1) {
      contentWindow?.postMessage(frame({ type: 'event', data: { name: 'no-such-command', data: [index] } }), '*');
    }
  });
  // Another window of the same embedding page: a sibling of the wrapper.
  await alice.page.evaluate(
    (text) => {
      const sibling = document.getElementById('sibling') as HTMLIFrameElement;
      const meeting = (document.getElementById('wrapper') as HTMLIFrameElement).contentWindow?.frames[0];
      const script = sibling.contentDocument?.createElement('script');
      if (!script || !meeting) throw new Error('the frames are not there');
      script.textContent = `parent.frames[0].frames[0].postMessage(${JSON.stringify(text)}, '*')`;
      sibling.contentDocument?.body.append(script);
    },
    JSON.stringify({
      postis: true,
      scope: 'jitsi_meet_external_api_0',
      method: 'message',
      params: { type: 'event', data: { name: 'video-hangup', data: [] } },
    }),
  );

  expect(await alice.request('is-audio-muted')).toBe(false);
  expect(await alice.request('is-sharing-screen')).toBe(false);
  const meeting = await alice.meeting();
  expect(await meeting.evaluate(() => 'polluted' in {})).toBe(false);
  expect(await alice.count('video-conference-left')).toBe(0);
  expect(alice.console.filter((line) => line.startsWith('page error'))).toEqual([]);
  // It still obeys.
  await alice.command('display-name', 'Alice again');
  expect(await alice.event('display-name-change')).toMatchObject({ displayname: 'Alice again' });
});

/** Gives the frame of the wrapper, which the meeting fills, that size in CSS pixels. */
async function resize(person: EmbeddedPerson, width: number, height: number): Promise<void> {
  await person.page.$eval(
    '#wrapper',
    (frame, size) => frame.setAttribute('style', size),
    `border:0;width:${width}px;height:${height}px`,
  );
  const meeting = await person.meeting();
  await until(() => meeting.evaluate((w) => document.documentElement.clientWidth === w, width), 'the new size');
}

test('the meeting fits into small frames, and its buttons are those that the embedder chose', async () => {
  const room = scene.newRoom();
  const bob = await scene.join('Bob', room);
  const alice = await embed(room, {
    fragment: [
      `userInfo.displayName=${json('Alice')}`,
      `config.toolbarButtons=${json(['microphone', 'camera', 'tileview', 'hangup'])}`,
      `config.conferenceInfo=${json({ autoHide: [] })}`,
    ],
  });
  await alice.event('prejoin-screen-loaded');
  await resize(alice, 300, 170);
  await until(async () => (await alice.request('is-video-muted')) === false, 'the camera to be on');
  await takeScreenshot(alice.page, 'embed-300x170-prejoin');
  expect.soft(await accessibilityViolations(await alice.meeting())).toEqual([]);
  await alice.press('Join meeting');
  await alice.event('video-conference-joined');
  await bob.seesVideoOf('Alice');
  const buttons = async () =>
    (await alice.meeting()).$$eval('[data-tool]', (tools) => tools.map((tool) => tool.getAttribute('aria-label')));
  expect(await buttons()).not.toContain('Chat');
  for (const [width, height] of [
    [960, 600],
    [480, 300],
    [320, 240],
    [300, 170],
  ] as const) {
    await resize(alice, width, height);
    await alice.seesVideo();
    const meeting = await alice.meeting();
    expect(await meeting.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    await alice.page.mouse.move(width / 2, height / 2);
    await takeScreenshot(alice.page, `embed-${width}x${height}`);
    expect.soft(await accessibilityViolations(meeting), `${width}x${height}`).toEqual([]);
  }
  await alice.press('Leave');
  expect(await waysOut(alice)).toEqual(['video-conference-left', 'video-ready-to-close']);
  await takeScreenshot(alice.page, 'embed-300x170-left');
  expect.soft(await accessibilityViolations(await alice.meeting())).toEqual([]);
});
