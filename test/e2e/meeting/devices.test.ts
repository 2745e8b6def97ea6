import { describe, test } from 'vitest';
import { Scene } from '../../support/scene.ts';

describe('permissions', () => {
  const scene = Scene.use({ chromium: { permissions: 'ask' } });
  const granted = { camera: 'granted', microphone: 'granted' } as const;

  test.each([
    ['camera', { camera: 'denied', microphone: 'granted' }, 'Your camera is blocked.', 'Ann, camera off', 1],
    [
      'camera and microphone',
      { camera: 'denied', microphone: 'denied' },
      'Your browser blocks the camera and microphone.',
      'Ann, microphone off, camera off',
      0,
    ],
  ] as const)('%s blocked: one is told, can join, sees and hears', async (_, permissions, message, tile, heard) => {
    const room = scene.newRoom();
    const bob = await scene.join('Bob', room, { permissions: granted });
    const ann = await scene.open('Ann', room, { permissions });
    // Where the browser need not ask, the page does not either.
    if (permissions.microphone === 'denied') await ann.press('Allow camera and microphone');
    await ann.sees(message);
    await ann.press('Join meeting');

    await bob.seesTile(tile);
    await bob.hears(heard);
    await ann.seesVideoOf('Bob');
    await ann.hears(1);
  });
});

describe('without a camera', () => {
  const scene = Scene.use({ chromium: { camera: 'none' } });

  test('one is told, joins, is heard, and sees initials of others', async () => {
    const room = scene.newRoom();
    const ann = await scene.open('Ann', room);
    await ann.sees('We found no camera.');
    await ann.press('Join meeting');
    const bob = await scene.join('Bob', room);

    await bob.seesTile('Ann, camera off');
    await bob.hears(1);
    await ann.hears(1);
  });
});
