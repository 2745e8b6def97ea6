import { expect, test } from 'vitest';
import { CallVoice } from './call-voice.ts';

/** A voice whose sounds end when the test says so. */
function voice() {
  const told: string[] = [];
  const playing: ((outcome: 'ended') => void)[] = [];
  const made = new CallVoice(
    {
      play: () => new Promise((resolve) => playing.push(resolve)),
      stopPlay: () => void told.push('stopped'),
    },
    () => new Int16Array(),
    { onPlayed: () => told.push('played'), onGoodbye: (reason) => told.push(`goodbye ${reason}`) },
  );
  const end = async (): Promise<void> => {
    playing.shift()?.('ended');
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { made, told, end };
}

test('a call goes on when what it was told has been heard', async () => {
  const { made, told, end } = voice();
  expect(made.carryOut({ kind: 'play', sounds: ['welcome', 'enter-pin'] })).toBe(true);
  await end();
  expect(told).toEqual([]);
  await end();
  expect(told).toEqual(['played']);
});

test('it is hung up once its goodbye has been heard, or at once where there is none', async () => {
  const { made, told, end } = voice();
  made.carryOut({ kind: 'play', sounds: ['goodbye'] });
  made.carryOut({ kind: 'hangUp', reason: 'no-input' });
  expect(told).toEqual([]);
  await end();
  expect(told).toEqual(['goodbye no-input']);
  const silent = voice();
  silent.made.carryOut({ kind: 'hangUp', reason: 'no-input' });
  expect(silent.told).toEqual(['goodbye no-input']);
});

test('what is none of its business is left to others', () => {
  expect(voice().made.carryOut({ kind: 'setMuted', isMuted: true })).toBe(false);
});
