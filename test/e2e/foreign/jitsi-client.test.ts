import { describe, expect, test } from 'vitest';
import { JitsiPeople } from '../../support/jitsi-page/jitsi-people.ts';
import { encodedHeights } from '../../support/media-statistics.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

/** Jitsi's own client library, unmodified, in rooms of ours beside our page. */
const scene = Scene.use({ browsers: ['chromium', 'firefox'] });
const foreigners = JitsiPeople.use(scene);

test.each(['chromium', 'firefox'] as const)(
  'a Jitsi client in %s and two of our pages see and hear each other',
  async (browser) => {
    const room = scene.newRoom();
    const jana = await foreigners.join('Jana', room, { browser });
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
  },
);

test('two Jitsi clients meet with nobody of ours there; a third person of ours changes nothing for them', async () => {
  const room = scene.newRoom();
  const jana = await foreigners.join('Jana', room);
  const jiri = await foreigners.join('Jiri', room);
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

test('in a room of a tenant a Jitsi client and our page meet, apart from the room of that name without tenant', async () => {
  const room = scene.newRoom();
  const ofAcme = room.replace(/\/([^/]+)$/, '/acme/$1');
  const jana = await foreigners.join('Jana', ofAcme);
  const jiri = await foreigners.join('Jiri', room);
  await jiri.experiences('CONFERENCE_JOINED');
  const ann = await scene.join('Ann', ofAcme);
  await ann.seesVideoOf('Jana');
  await jana.seesVideoOf('Ann');
  await jiri.hasMediaOf();
});

test('when a worker dies, the Jitsi client’s media comes back with another', async () => {
  const room = scene.newRoom();
  const jana = await foreigners.join('Jana', room);
  const ann = await scene.join('Ann', room);
  await jana.seesVideoOf('Ann');
  await ann.seesVideoOf('Jana');

  for (const pid of scene.server.workerPids()) {
    process.kill(pid, 'SIGKILL');
    await until(() => !scene.server.workerPids().includes(pid), `the end of worker ${pid}`);
    await ann.seesVideoOf('Jana', { newFrames: 60, timeoutMs: 60_000 });
    await jana.seesVideoOf('Ann');
    await jana.hears(1);
    await ann.hears(1);
  }
});

test('a Jitsi client sends the layers that our viewers want', async () => {
  const room = scene.newRoom();
  const jana = await foreigners.join('Jana', room);
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
    const jana = await foreigners.join('Jana', room);
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
    const jana = await foreigners.join('Jana', room);
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
    const jana = await foreigners.join('Jana', room);
    await jana.experiences('CONFERENCE_JOINED');
    await jana.conference((conference) => conference.lock('sesame'));
    const jiri = await foreigners.join('Jiri', room, { password: 'wrong' });
    expect(await jiri.experiences('CONFERENCE_FAILED')).toContain('conference.passwordRequired');
    const jara = await foreigners.join('Jara', room, { password: 'sesame' });
    await jara.experiences('CONFERENCE_JOINED');
    await jana.seesVideoOf('Jara');
  });
});
