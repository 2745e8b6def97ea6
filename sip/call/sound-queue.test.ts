import { expect, test } from 'vitest';
import { SoundQueue } from './sound-queue.ts';

/** Plays nothing; the test says when a sound has ended. */
class TestPlayer {
  readonly ended: (() => void)[] = [];
  stops = 0;

  play(): Promise<'ended' | 'stopped'> {
    return new Promise((resolve) => this.ended.push(() => resolve('ended')));
  }

  stopPlay(): void {
    this.stops++;
  }
}

function queue() {
  const player = new TestPlayer();
  let played = 0;
  const sounds = new SoundQueue(
    player,
    () => new Int16Array(),
    () => played++,
  );
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { player, sounds, played: () => played, settle };
}

test('it tells once that all has been heard, when the last of several has', async () => {
  const { player, sounds, played, settle } = queue();
  sounds.play(['welcome', 'enter-pin']);
  player.ended[0]?.();
  await settle();
  expect([played(), sounds.isEmpty]).toEqual([0, false]);
  player.ended[1]?.();
  await settle();
  expect([played(), sounds.isEmpty]).toEqual([1, true]);
});

test('what was stopped tells nothing when it ends, and does not shorten what came after', async () => {
  const { player, sounds, played, settle } = queue();
  sounds.play(['welcome']);
  sounds.stop();
  sounds.play(['goodbye']);
  player.ended[0]?.();
  await settle();
  expect([player.stops, played(), sounds.isEmpty]).toEqual([1, 0, false]);
  player.ended[1]?.();
  await settle();
  expect(played()).toBe(1);
});
