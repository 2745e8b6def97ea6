import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ExternalApi, ExternalApiConstructor } from '../../../web/iframe-api/external_api.d.ts';
import { EmbeddedPerson } from '../../support/embedder/embedded-person.ts';
import { Embedder } from '../../support/embedder/embedder.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

/** `external_api.js`, by Jitsi's own React component and by a script element. It wants https, always. */
const scene = Scene.use({ chromium: { acceptsAnyCertificate: true }, server: { tls: true } });
let embedder: Embedder;
const people: EmbeddedPerson[] = [];

declare global {
  interface Window {
    apis: Record<string, ExternalApi>;
    heard: string[];
    left: { timers: Set<unknown>; listeners: Set<unknown> };
  }
}

beforeAll(async () => {
  embedder = await Embedder.start();
});
afterEach(async () => {
  await Promise.all(people.splice(0).map((person) => person.close()));
});
afterAll(() => embedder.stop());

async function open(path: string): Promise<EmbeddedPerson> {
  const person = await EmbeddedPerson.open(scene.browser('chromium'), `${embedder.url}${path}`, scene.server.url);
  people.push(person);
  return person;
}

const domain = () => `localhost:${scene.server.httpPort}`;

test('Jitsi’s React component holds a call of two', async () => {
  const openSdk = (name: string) =>
    open(`/sdk.html?${new URLSearchParams({ domain: domain(), room: 'react', name }).toString()}`);
  const ann = await openSdk('Ann');
  const bob = await openSdk('Bob');
  await ann.seesVideo();
  await bob.seesVideo();

  const people = await bob.page.evaluate(() => window.sdk.api?.getParticipantsInfo());
  expect(people?.map(({ displayName }) => displayName).toSorted()).toEqual(['Ann', 'Bob']);
  expect(await bob.page.evaluate(() => window.sdk.api?.getNumberOfParticipants())).toBe(2);
  expect(await bob.page.evaluate(() => window.sdk.api?.isAudioMuted())).toBe(false);
  await bob.page.evaluate(() => {
    const ann = window.sdk.api?.getParticipantsInfo().find(({ displayName }) => displayName === 'Ann');
    window.sdk.api?.executeCommand('sendEndpointTextMessage', ann?.participantId, 'between applications');
  });
  await until(
    () => ann.page.evaluate(() => window.sdk.events.includes('text: between applications')),
    async () => `the text at Ann, after ${(await ann.page.evaluate(() => window.sdk.events)).join(', ')}`,
  );
  await bob.page.evaluate(() => window.sdk.api?.executeCommand('hangup'));
  await until(
    () => bob.page.evaluate(() => window.sdk.events.includes('readyToClose')),
    async () => `the end at Bob, after ${(await bob.page.evaluate(() => window.sdk.events)).join(', ')}`,
  );
  expect(await bob.page.evaluate(() => window.sdk.events.slice(-2))).toEqual(['videoConferenceLeft', 'readyToClose']);
  expect(await bob.page.$('iframe')).toBeNull();
  await until(() => ann.page.evaluate(() => window.sdk.api?.getNumberOfParticipants() === 1), 'Ann to be alone');
});

test('one page holds two meetings, made either way; what is disposed of leaves nothing behind', async () => {
  const page = await open('/script.html');
  await page.page.addScriptTag({ url: `${scene.server.url}/libs/external_api.min.js` });
  await page.page.evaluate((host) => {
    window.heard = [];
    const [first, second] = ['first', 'second'].map((id) => document.getElementById(id) ?? document.body);
    // Jitsi’s component declares it with fewer members.
    const Api = window.JitsiMeetExternalAPI as unknown as ExternalApiConstructor;
    window.apis = {
      // Old embedders give everything by position.
      first: new Api(host, 'tea', 480, '300', first, { prejoinConfig: { enabled: false } }, {}, undefined, () => {
        window.heard.push('loaded');
      }),
      second: new Api(`${host}/acme`, {
        roomName: 'tea',
        height: '300px',
        ...(second ? { parentNode: second } : {}),
        configOverwrite: { prejoinConfig: { enabled: false }, startWithAudioMuted: true },
        userInfo: { displayName: 'Άννα' },
      }),
    };
    for (const [name, api] of Object.entries(window.apis)) {
      api.addEventListeners({
        videoConferenceJoined: () => window.heard.push(`${name} joined`),
        audioMuteStatusChanged: () => window.heard.push(`${name} muted or not`),
      });
      api.on('participantJoined', () => window.heard.push(`${name} has company`));
    }
  }, domain());
  const hears = (what: string) =>
    until(
      () => page.page.evaluate((text) => window.heard.includes(text), what),
      async () => `“${what}” after ${(await page.page.evaluate(() => window.heard)).join(', ')}`,
      { timeoutMs: 20_000 },
    );
  await hears('first joined');
  await hears('second joined');
  await hears('loaded');

  const facts = await page.page.evaluate(async () => {
    const { first, second } = window.apis as { first: ExternalApi; second: ExternalApi };
    return {
      frames: [first, second]
        .map((api) => api.getIFrame())
        .map(({ id, name, src }) => [id, name, new URL(src).pathname]),
      sizes: [first, second].map((api) => api.getIFrame().style).map(({ width, height }) => [width, height]),
      allow: first.getIFrame().allow,
      muted: await Promise.all([first.isAudioMuted(), second.isAudioMuted()]),
      // The same name below a tenant is another meeting.
      people: [first, second].map((api) => api.getParticipantsInfo().map(({ displayName }) => displayName)),
      refused: await first.getSessionId().catch((error: unknown) => String(error)),
      emptyInvitation: await first.invite([]).catch((error: unknown) => String(error)),
      commands: first.getSupportedCommands().includes('hangup'),
      events: first.getSupportedEvents().includes('readyToClose'),
    };
  });
  expect(facts).toMatchObject({
    frames: [
      ['jitsiConferenceFrame0', 'jitsiConferenceFrame0', '/tea'],
      ['jitsiConferenceFrame1', 'jitsiConferenceFrame1', '/acme/tea'],
    ],
    sizes: [
      ['480px', '300px'],
      ['100%', '300px'],
    ],
    allow:
      'autoplay; camera; clipboard-write; compute-pressure; display-capture; hid; microphone; screen-wake-lock; speaker-selection',
    muted: [false, true],
    people: [[''], ['Άννα']],
    refused: expect.stringContaining('does not answer'),
    emptyInvitation: expect.stringContaining('Nobody'),
    commands: true,
    events: true,
  });

  // The listener is not what is removed, but all of that event.
  await page.page.evaluate(() => {
    const { first } = window.apis as { first: ExternalApi };
    window.heard = [];
    first.addEventListener('audioMuteStatusChanged', () => window.heard.push('another listener'));
    first.removeEventListener('audioMuteStatusChanged');
    first.on('audioMuteStatusChanged', () => window.heard.push('a later listener'));
    first.executeCommands({ displayName: ['Ann'], toggleAudio: [] });
  });
  await hears('a later listener');
  expect(await page.page.evaluate(() => window.heard)).not.toContain('another listener');
  expect(await page.page.evaluate(() => window.heard)).not.toContain('first muted or not');

  const leftovers = await page.page.evaluate(async () => {
    const { first, second } = window.apis as { first: ExternalApi; second: ExternalApi };
    const unanswered = first.isAudioMuted().catch((error: unknown) => String(error));
    let told = 0;
    first.on('_willDispose', () => (told += 1));
    for (const api of [first, second, first]) api.dispose();
    return {
      told,
      unanswered: await unanswered,
      timers: window.left.timers.size,
      listeners: window.left.listeners.size,
      iframes: document.querySelectorAll('iframe').length,
    };
  });
  expect(leftovers).toEqual({
    told: 1,
    unanswered: expect.stringContaining('gone'),
    timers: 0,
    listeners: 0,
    iframes: 0,
  });
});

test('a button of which the embedder wants to know is its own to act on', async () => {
  const page = await open('/script.html');
  await page.page.addScriptTag({ url: `${scene.server.url}/external_api.js` });
  await page.page.evaluate((host) => {
    window.heard = [];
    const Api = window.JitsiMeetExternalAPI as unknown as ExternalApiConstructor;
    const api = new Api(host, {
      roomName: 'buttons',
      height: 500,
      configOverwrite: {
        prejoinConfig: { enabled: false },
        buttonsWithNotifyClick: ['hangup', { key: 'microphone', preventExecution: false }],
      },
    });
    window.apis = { api };
    api.on('toolbarButtonClicked', ({ key, preventExecution }: { key: string; preventExecution: boolean }) =>
      window.heard.push(`${key} ${preventExecution}`),
    );
    api.on('videoConferenceLeft', () => window.heard.push('left'));
    api.on('audioMuteStatusChanged', ({ muted }: { muted: boolean }) => window.heard.push(`muted ${muted}`));
  }, domain());
  await page.press('Leave');
  await page.press('Microphone');
  await until(
    () => page.page.evaluate(() => window.heard.at(-1) === 'muted true'),
    async () => `the mute, after ${(await page.page.evaluate(() => window.heard)).join(', ')}`,
  );
  const heard = await page.page.evaluate(() => window.heard.filter((what) => what !== 'muted false'));
  expect(heard).toEqual(['hangup true', 'microphone false', 'muted true']);
});
