import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { JitsiPage, type JitsiPerson } from '../../support/jitsi-page/jitsi-person.ts';
import { encodedHeights } from '../../support/media-statistics.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

/** Jitsi's own client library, unmodified, in rooms of ours beside our page. */
const scene = Scene.use({ browsers: ['chromium', 'firefox'] });
let jitsiPage: JitsiPage;
const foreigners: JitsiPerson[] = [];

beforeAll(async () => {
  jitsiPage = await JitsiPage.serve();
});
afterEach(async () => {
  await Promise.all(foreigners.splice(0).map((person) => person.close()));
});
afterAll(() => jitsiPage?.close());

async function joinWithJitsi(name: string, room: string, password?: string): Promise<JitsiPerson> {
  const options = { server: scene.server.url, room: new URL(room).pathname.slice(1) };
  const chromium = scene.browser('chromium');
  const person = await jitsiPage.join(chromium, name, password === undefined ? options : { ...options, password });
  foreigners.push(person);
  return person;
}

test('a Jitsi client, our page in Chromium and our page in Firefox see and hear each other', async () => {
  const room = scene.newRoom();
  const jana = await joinWithJitsi('Jana', room);
  await jana.experiences('CONFERENCE_JOINED');
  const ann = await scene.join('Ann', room);
  const fay = await scene.join('Fay', room, { browser: 'firefox' });

  for (const name of ['Ann', 'Fay']) await jana.seesVideoOf(name);
  await jana.hears(2);
  for (const ours of [ann, fay]) {
    await ours.seesPeople('Jana', ours === ann ? 'Fay' : 'Ann');
    await ours.seesVideoOf('Jana');
    await ours.hears(2);
  }
  await jana.experiences('DATA_CHANNEL_OPENED');
});

test('two Jitsi clients meet with nobody of ours there; a third person of ours changes nothing for them', async () => {
  const room = scene.newRoom();
  const jana = await joinWithJitsi('Jana', room);
  const jiri = await joinWithJitsi('Jiri', room);
  await jana.seesVideoOf('Jiri');
  await jiri.seesVideoOf('Jana');
  const ann = await scene.join('Ann', room);
  await ann.seesVideoOf('Jana');
  await ann.seesVideoOf('Jiri');
  await jana.seesVideoOf('Jiri');
  await jiri.seesVideoOf('Ann');

  await ann.leave();
  await jana.hasMediaOf('Jiri');
  await jana.seesVideoOf('Jiri');
});

test('a Jitsi client sends the layers that our viewers want', async () => {
  const room = scene.newRoom();
  const jana = await joinWithJitsi('Jana', room);
  const ann = await scene.join('Ann', room, { viewport: { width: 1280, height: 800, deviceScaleFactor: 2 } });
  await ann.seesVideoOf('Jana');
  const encodes = (...heights: readonly number[]) =>
    until(
      async () => (await encodedHeights(jana.page)).join() === heights.join(),
      async () => `Jana encodes ${heights.join()}; now ${(await encodedHeights(jana.page)).join()}`,
      { timeoutMs: 40_000 },
    );
  await encodes(180, 360, 720);
  await ann.page.setViewport({ width: 300, height: 170 });
  await encodes(180);
});

describe('people of both kinds', () => {
  test('write to each other', async () => {
    const room = scene.newRoom();
    const jana = await joinWithJitsi('Jana', room);
    const ann = await scene.join('Ann', room);
    await jana.knowsBy('Ann');
    await ann.say('Hello Jana');
    await jana.reads('Hello Jana');
    await jana.conference((conference) => conference.sendTextMessage('Hello Ann'));
    await ann.sees('Hello Ann');
    const annsId = await jana.knowsBy('Ann');
    await jana.conference((conference, id) => conference.sendMessage('only you', id), annsId);
    await ann.sees('only you');
  });

  test('moderate each other', async () => {
    const room = scene.newRoom();
    const jana = await joinWithJitsi('Jana', room);
    await jana.experiences('CONFERENCE_JOINED');
    const ann = await scene.join('Ann', room);
    const bob = await scene.join('Bob', room);
    await until(
      () => jana.conference((conference) => conference.isModerator()),
      'Jana, who came first, to be moderator',
    );

    await jana.seesVideoOf('Ann');
    await jana.conference((conference, id) => conference.muteParticipant(id), await jana.knowsBy('Ann'));
    await bob.seesTile('Ann, microphone off');
    expect(await ann.isPressed('Microphone')).toBe(false);

    await jana.conference((conference, id) => conference.kickParticipant(id), await jana.knowsBy('Bob'));
    await bob.sees('Jana removed you from this meeting.');
    await jana.hasMediaOf('Ann');

    await jana.conference((conference) => conference.leave());
    await ann.seesPeople();
  });

  test('lock the room with a password that the other kind knows', async () => {
    const room = scene.newRoom();
    const jana = await joinWithJitsi('Jana', room);
    await jana.experiences('CONFERENCE_JOINED');
    await jana.conference((conference) => conference.lock('sesame'));
    const jiri = await joinWithJitsi('Jiri', room, 'wrong');
    expect(await jiri.experiences('CONFERENCE_FAILED')).toContain('conference.passwordRequired');
    const jara = await joinWithJitsi('Jara', room, 'sesame');
    await jara.experiences('CONFERENCE_JOINED');
    await jana.seesVideoOf('Jara');
  });
});
