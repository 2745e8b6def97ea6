import { describe, expect, test } from 'vitest';
import { selectedPath } from '../../support/media-statistics.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';

const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

/** Every one of these sees and hears every other. */
async function expectFullMeeting(people: readonly Person[]): Promise<void> {
  for (const person of people) {
    const others = people.filter((other) => other !== person).map(({ name }) => name);
    await person.seesPeople(...others);
    for (const other of others) await person.seesVideoOf(other);
    await person.hears(others.length);
  }
}

describe('three people with nothing but a link', () => {
  test('see and hear each other in Chromium and Firefox', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, { camera: { width: 1280, height: 720 } });
    const bob = await scene.join('Bob', room);
    const fay = await scene.join('Fay', room, { browser: 'firefox' });

    await expectFullMeeting([ann, bob, fay]);
    expect([ann, bob, fay].flatMap(({ pageErrors }) => pageErrors)).toEqual([]);
  });

  test('see and hear each other without a=ice-lite, as Jitsi clients join', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, { withoutIceLite: true });
    const fay = await scene.join('Fay', room, { withoutIceLite: true, browser: 'firefox' });
    const bob = await scene.join('Bob', room);

    await expectFullMeeting([ann, fay, bob]);
    for (const person of [ann, fay, bob]) expect(await selectedPath(person.page)).toMatch(/ udp$/u);
  });

  test('do not notice when two of them come and go', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room);
    const fay = await scene.join('Fay', room, { browser: 'firefox' });
    await expectFullMeeting([ann, fay]);

    const bob = await scene.join('Bob', room);
    await expectFullMeeting([ann, fay, bob]);
    await bob.leave();
    await ann.seesPeople('Fay');
    await fay.seesPeople('Ann');
    await fay.leave();
    await ann.seesPeople();

    const bobAgain = await scene.join('Bob', room);
    const fayAgain = await scene.join('Fay', room, { browser: 'firefox' });
    await expectFullMeeting([ann, bobAgain, fayAgain]);
  });
});
