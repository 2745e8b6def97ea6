import type { Page } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import {
  breakDirectWay,
  directOffers,
  endpointId,
  faultsOfTiles,
  openConnections,
  seesBy,
  seesMotionOf,
  sendsNothingToBridge,
  watchTiles,
} from '../../support/peer-media.ts';
import { inspect } from '../../support/inspect.ts';
import { JitsiPeople } from '../../support/jitsi-page/jitsi-people.ts';
import type { Person } from '../../support/person.ts';
import { Scene, smallCamera } from '../../support/scene.ts';
import { allowOnlyRelay, selectedPairs } from '../../support/turn/relay-only.ts';
import { until } from '../../support/wait.ts';

const scene = Scene.use({ browsers: ['chromium', 'firefox'], server: { environment: { PARLEY_WEB_P2P: 'true' } } });
const foreigners = JitsiPeople.use(scene);

async function eachSees(way: 'direct' | 'bridge', one: Person, other: Person): Promise<void> {
  await Promise.all([seesBy(one, way, other.name), seesBy(other, way, one.name)]);
  await Promise.all([one.seesVideoOf(other.name), other.seesVideoOf(one.name)]);
  await Promise.all([seesMotionOf(one, other.name), seesMotionOf(other, one.name)]);
}

test('two talk directly while they are two: a third, a screen and a change of device change only the way', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await eachSees('direct', ann, bob);
  await ann.hears(1);
  await bob.hears(1);
  await Promise.all([sendsNothingToBridge(ann), sendsNothingToBridge(bob)]);
  await ann.choose('More', 'Connection details');
  await ann.sees('directly to the other person');
  await ann.sees('Media: direct (peer-to-peer), connected');
  await inspect(ann, 'connection-direct');
  await ann.page.keyboard.press('Escape');

  await bob.press('Microphone');
  await ann.seesTile('Bob, microphone off');
  await ann.hears(0);
  await bob.press('Camera');
  await ann.seesTile('Bob, microphone off, camera off');
  await bob.press('Microphone');
  await bob.press('Camera');
  await ann.seesTile('Bob');
  await ann.hears(1);
  await eachSees('direct', ann, bob);

  await Promise.all([watchTiles(ann.page), watchTiles(bob.page)]);
  const cat = await scene.join('Cat', room);
  await eachSees('bridge', ann, bob);
  for (const one of [ann, bob]) {
    await one.seesVideoOf('Cat');
    await one.hears(2);
    await cat.seesVideoOf(one.name);
    await until(async () => (await openConnections(one.page)) === 1, `an end of the direct session at ${one.name}`);
  }

  await cat.leave();
  await eachSees('direct', ann, bob);
  await bob.hears(1);

  await ann.press('Share screen');
  await bob.seesVideoOf('Ann’s screen');
  await eachSees('bridge', ann, bob);
  for (const one of [ann, bob]) {
    expect(await faultsOfTiles(one.page), one.name).toEqual([]);
    expect(one.pageErrors).toEqual([]);
  }
});

interface Visitor {
  readonly page: Page;
  go(): Promise<void>;
}

/** Ids are drawn by the server, and the smaller one asks: a visitor comes again and again until it has the wanted role. */
async function visitAs<Guest extends Visitor>(role: 'asks' | 'is asked', host: Person, come: () => Promise<Guest>) {
  const hostId = await endpointId(host.page);
  for (let visits = 0; visits < 40; visits++) {
    const guest = await come();
    if ((await endpointId(guest.page)) < hostId === (role === 'asks')) return guest;
    await guest.go();
    await host.seesPeople();
  }
  throw new Error('no visitor drew a fitting id');
}

/** Somebody whose id leaves room for smaller and for larger ones. */
async function joinInTheMiddle(name: string, room: string): Promise<Person> {
  for (;;) {
    const person = await scene.join(name, room);
    if (/^[5-a]/u.test(await endpointId(person.page))) return person;
    await person.leave();
    await person.vanish();
  }
}

test('Chromium and Firefox talk directly, whichever of them asks', async () => {
  const room = scene.newRoom();
  const ann = await joinInTheMiddle('Ann', room);
  const comeFay = async () => {
    const fay = await scene.join('Fay', room, { browser: 'firefox' });
    const go = async () => {
      await fay.leave();
      await fay.sees('You left the meeting');
      await fay.vanish();
    };
    return { page: fay.page, fay, go };
  };
  for (const role of ['asks', 'is asked'] as const) {
    const { fay, go } = await visitAs(role, ann, comeFay);
    await eachSees('direct', ann, fay);
    await Promise.all([ann.hears(1), fay.hears(1)]);
    expect(await directOffers(fay.page)).toEqual(role === 'asks' ? { sent: 1, received: 0 } : { sent: 0, received: 1 });
    await go();
    await ann.seesPeople();
  }
});

test('Jitsi’s client and our page talk directly, whichever of them asks, and a third changes the way only', async () => {
  const room = scene.newRoom();
  const ann = await joinInTheMiddle('Ann', room);
  const comeJana = async () => {
    const jana = await foreigners.join('Jana', room, { peerToPeer: true });
    await jana.experiences('CONFERENCE_JOINED');
    const go = async () => {
      await jana.conference((conference) => conference.leave());
      await jana.close();
    };
    return { page: jana.page, jana, go };
  };
  for (const role of ['asks', 'is asked'] as const) {
    const { jana, go } = await visitAs(role, ann, comeJana);
    await seesBy(ann, 'direct', 'Jana');
    await Promise.all([ann.seesVideoOf('Jana'), jana.seesVideoOf('Ann')]);
    await Promise.all([ann.hears(1), jana.hears(1)]);
    expect(await directOffers(jana.page)).toEqual(
      role === 'asks' ? { sent: 1, received: 0 } : { sent: 0, received: 1 },
    );

    const cat = await scene.join('Cat', room, { fragment: ['config.startWithVideoMuted=true'] });
    await seesBy(ann, 'bridge', 'Jana');
    await Promise.all([ann.seesVideoOf('Jana'), jana.seesVideoOf('Ann'), cat.seesVideoOf('Jana')]);
    await Promise.all([ann.hears(2), jana.hears(2)]);
    await cat.leave();
    await cat.vanish();
    await go();
    await ann.seesPeople();
  }
});

describe('where the direct way', () => {
  test('is the relay alone, two meet there', async () => {
    const room = scene.newRoom();
    const bob = await scene.join('Bob', room);
    const ann = await scene.open('Ann', `${scene.server.url}/health`, { camera: smallCamera });
    await allowOnlyRelay(ann.page, 'udp');
    await ann.page.goto(`${room}#config.prejoinConfig.enabled=false&userInfo.displayName=%22Ann%22`);
    await eachSees('direct', ann, bob);
    const pairs = await selectedPairs(ann.page);
    expect(pairs.length).toBeGreaterThan(1);
    expect(pairs.every(({ localType }) => localType === 'relay')).toBe(true);
  });

  test('breaks, the bridge takes over and no other attempt is made', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room);
    const bob = await scene.join('Bob', room);
    await eachSees('direct', ann, bob);
    await breakDirectWay(bob.page);
    await eachSees('bridge', ann, bob);
    await Promise.all([ann.hears(1), bob.hears(1)]);
    for (const one of [ann, bob]) {
      const { sent, received } = await directOffers(one.page);
      expect(sent + received).toBe(1);
      expect(await openConnections(one.page)).toBe(1);
    }
  });

  test('does not exist, people notice nothing', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, { hasNoDirectWay: true });
    const bob = await scene.join('Bob', room, { hasNoDirectWay: true });
    await until(
      async () => {
        const { sent, received } = await directOffers(ann.page);
        return sent + received === 1 && (await openConnections(ann.page)) === 1;
      },
      'an attempt that is given up',
      { timeoutMs: 30_000 },
    );
    await eachSees('bridge', ann, bob);
    await Promise.all([ann.hears(1), bob.hears(1)]);
    expect(await ann.visibleText()).not.toMatch(/connection/iu);
  });
});

test('what moderators keep for themselves goes through the bridge, where the server holds it back', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await eachSees('direct', ann, bob);
  await ann.choose('More', 'Security');
  await ann.click('switch', 'Unmute themselves');
  await eachSees('bridge', ann, bob);
  await ann.hears(0);
});
