import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BarePerson, type BarePersonOptions } from '../../support/bare-page/bare-person.ts';
import { buildBarePage } from '../../support/bare-page/build.ts';
import { launchChromium, launchFirefox } from '../../support/browsers.ts';
import { ParleyServer } from '../../support/server.ts';
import { until } from '../../support/wait.ts';

/** The client alone, scripted, against the whole server: what a page cannot show or would only hide. */
let bare: Awaited<ReturnType<typeof buildBarePage>>;
let server: ParleyServer;
let chromium: Browser;
let firefox: Browser;
const people: BarePerson[] = [];
let rooms = 0;

beforeAll(async () => {
  bare = await buildBarePage();
  server = await ParleyServer.start({ logName: 'client', environment: { PARLEY_WEB_PAGES_DIR: bare.directory } });
  [chromium, firefox] = await Promise.all([launchChromium(), launchFirefox()]);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.log(server.lastOutput.split('\n').slice(-60).join('\n'));
  await Promise.all(people.splice(0).map(({ page }) => page.close()));
});
afterAll(async () => {
  await Promise.all([chromium, firefox].map((browser) => browser?.close()));
  await server?.stop();
  await bare?.remove();
});

function newRoom(): string {
  rooms += 1;
  return `${server.url}/client-${rooms}`;
}

async function join(browser: Browser, name: string, room: string, options?: BarePersonOptions): Promise<BarePerson> {
  const person = await BarePerson.join(browser, name, room, options);
  people.push(person);
  return person;
}

/** M-sections of what the bridge offers. */
function sections({ page }: BarePerson): Promise<number | undefined> {
  return page.evaluate(() => window.bare.connections.at(-1)?.remoteDescription?.sdp.match(/^m=/gm)?.length);
}

describe('media', () => {
  test('flows between Chromium and Firefox, one of them controlled as a Jitsi client is', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room);
    const fay = await join(firefox, 'Fay', room, { withoutIceLite: true });
    await ann.seesAndHears(fay);
    await fay.seesAndHears(ann);
  });

  test('takes the place of media that ended: the description does not grow as people come and go', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room);
    const fay = await join(firefox, 'Fay', room);
    const bob = await join(chromium, 'Bob', room);
    await Promise.all([ann.seesAndHears(bob), fay.seesAndHears(bob)]);
    const before = [await sections(ann), await sections(fay)];
    await bob.leave();
    people.pop();
    await until(async () => (await ann.state()).participants.length === 1, 'Ann knows that Bob left');
    const cy = await join(chromium, 'Cy', room);
    await Promise.all([ann.seesAndHears(cy), fay.seesAndHears(cy)]);
    expect([await sections(ann), await sections(fay)]).toEqual(before);
  });

  test('of a camera that comes later needs no new description', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room);
    const bob = await join(chromium, 'Bob', room, { devices: 'none' });
    await until(async () => (await bob.received()).length === 2, 'Bob gets both sources of Ann');
    const version = () =>
      bob.page.evaluate(() => window.bare.connections.at(-1)?.remoteDescription?.sdp.match(/^o=.*$/m)?.[0]);
    const before = await version();
    await bob.page.evaluate(() => window.bare.useDevices({ audio: true, video: { width: 320, height: 180 } }));
    await ann.seesAndHears(bob);
    expect(await version()).toBe(before);
  });

  test('stops with mute and comes back with it', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room);
    const bob = await join(chromium, 'Bob', room);
    await bob.seesAndHears(ann);
    const frames = async () => (await bob.received()).find(({ source }) => source.endsWith('-v0'))?.framesDecoded ?? 0;
    await ann.page.evaluate(() => window.bare.meeting.setCameraMuted(true));
    await until(async () => (await bob.state()).participants[0]?.isCameraMuted, 'Bob sees that Ann’s camera is off');
    let last = -1;
    await until(
      async () => {
        const now = await frames();
        const hasStopped = now === last;
        last = now;
        return hasStopped;
      },
      'Ann’s frames stop',
      { intervalMs: 500 },
    );
    await ann.page.evaluate(() => window.bare.meeting.setCameraMuted(false));
    await bob.seesAndHears(ann);
  });

  test('of a screen arrives beside the camera and ends with the share', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room);
    const bob = await join(chromium, 'Bob', room);
    await ann.page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
      const [video] = stream.getVideoTracks();
      if (video !== undefined) await window.bare.meeting.setScreen({ video });
    });
    const screen = async () => (await bob.received()).find(({ source }) => source.endsWith('-v1'));
    await until(async () => ((await screen())?.framesDecoded ?? 0) > 0, 'Bob sees Ann’s screen');
    const shared = (await bob.state()).participants[0]?.sources.find(({ name }) => name.endsWith('-v1'));
    expect(shared).toMatchObject({ videoType: 'desktop', isMuted: false });
    await ann.page.evaluate(() => window.bare.meeting.setScreen(undefined));
    await until(
      async () => (await bob.state()).participants[0]?.sources.find(({ name }) => name.endsWith('-v1'))?.isMuted,
      'Bob sees that the share ended',
    );
  });
});

describe('signalling', () => {
  test('that breaks off is resumed: nobody notices, and what was said meanwhile arrives', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room);
    const bob = await join(chromium, 'Bob', room);
    const { self } = await ann.state();
    await ann.page.evaluate(() => {
      window.bare.sockets
        .filter(({ protocol }) => protocol === 'xmpp')
        .at(-1)
        ?.close();
      window.bare.meeting.chat.send('said while away');
    });
    await until(async () => (await bob.state()).chat.some((entry) => entry.type === 'message'), 'Bob reads it');
    await until(async () => (await ann.state()).troubles.length === 0, 'Ann is connected again');
    const [message] = (await ann.state()).chat.filter((entry) => entry.type === 'message');
    expect(message).toMatchObject({ text: 'said while away', delivery: 'sent' });
    expect((await ann.state()).self.id).toBe(self.id);
    expect((await bob.state()).chat.filter((entry) => entry.type === 'notice' && entry.notice === 'left')).toEqual([]);
    await bob.seesAndHears(ann);
  });

  test('that is new after the server restarted brings everyone back without a reload', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room);
    const bob = await join(chromium, 'Bob', room);
    await ann.seesAndHears(bob);
    await server.restart();
    await until(
      async () =>
        [await ann.state(), await bob.state()].every(
          ({ troubles, participants }) => troubles.length === 0 && participants.length === 1,
        ),
      async () => `both are back: ${JSON.stringify([await ann.state(), await bob.state()])}`,
      { timeoutMs: 30_000 },
    );
    await Promise.all([ann.seesAndHears(bob), bob.seesAndHears(ann)]);
  });
});

describe('people', () => {
  test('talk in private, are muted and removed by the moderator', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room);
    const bob = await join(chromium, 'Bob', room);
    const bobId = await until(() => ann.idOf('Bob'), 'Ann knows Bob');
    await ann.page.evaluate((id) => window.bare.meeting.chat.send('psst', { to: id }), bobId);
    await until(
      async () =>
        (await bob.state()).chat.some((entry) => entry.type === 'message' && entry.privateWith?.name === 'Ann'),
      'Bob reads the private message',
    );
    await until(
      async () => (await ann.state()).chat.some((entry) => entry.type === 'message' && entry.delivery === 'sent'),
      'Ann sees that it was taken',
    );
    await ann.page.evaluate((id) => window.bare.meeting.moderation.mute(id, 'audio'), bobId);
    await until(async () => (await ann.state()).participants[0]?.isMicrophoneMuted, 'Bob is muted');
    expect((await bob.state()).self.mutedBy).toEqual({ kind: 'audio', by: 'Ann' });
    await bob.page.evaluate(() => window.bare.meeting.setMicrophoneMuted(false));
    await ann.seesAndHears(bob);
    const annId = await bob.idOf('Ann');
    await ann.page.evaluate((id) => window.bare.meeting.moderation.kick(id, 'enough'), bobId);
    await until(async () => (await bob.state()).phase.name === 'ended', 'Bob is out');
    const reason = { code: 'kicked', by: 'Ann', byId: annId, text: 'enough' };
    expect((await bob.state()).phase).toEqual({ name: 'ended', reason });
    expect((await ann.state()).participants).toEqual([]);
  });

  test('come into a locked room with its password only', async () => {
    const room = newRoom();
    const ann = await join(chromium, 'Ann', room, { devices: 'none' });
    await ann.page.evaluate(() => window.bare.meeting.setPassword('s3cret'));
    await until(async () => (await ann.state()).isLocked, 'Ann sees the lock');
    const bob = await join(chromium, 'Bob', room, { devices: 'none' });
    expect((await bob.state()).phase).toEqual({ name: 'password-required', wasWrong: false });
    await bob.page.evaluate(() => window.bare.meeting.join({ password: 'wrong' }));
    expect((await bob.state()).phase).toEqual({ name: 'password-required', wasWrong: true });
    await bob.page.evaluate(() => window.bare.meeting.join({ password: 's3cret' }));
    expect((await bob.state()).phase).toEqual({ name: 'joined' });
  });
});
