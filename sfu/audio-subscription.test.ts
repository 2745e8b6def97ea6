import { expect, test } from 'vitest';
import type { ReceiverAudioSubscription } from '#protocol/bridge/channel-message.ts';
import { ALL_AUDIO, audioSubscription, isWanted, NO_AUDIO } from './audio-subscription.ts';

const ANN = 'aaaaaaaa-a0';
const BOB = 'bbbbbbbb-a0';
const heard = (message: Omit<ReceiverAudioSubscription, 'colibriClass'>): string[] => {
  const subscription = audioSubscription({ colibriClass: 'ReceiverAudioSubscription', ...message });
  return [ANN, BOB].filter((name) => isWanted(subscription, name));
};

test('without a word everything is heard, or nothing', () => {
  expect([ANN, BOB].filter((name) => isWanted(ALL_AUDIO, name))).toEqual([ANN, BOB]);
  expect([ANN, BOB].filter((name) => isWanted(NO_AUDIO, name))).toEqual([]);
});

test.each([
  [{ mode: 'All' }, [ANN, BOB]],
  [{ mode: 'All', list: [ANN] }, [ANN, BOB]],
  [{ mode: 'None', list: [ANN] }, []],
  [{ mode: 'Include', list: [ANN] }, [ANN]],
  [{ mode: 'Include' }, []],
  [{ mode: 'Exclude', list: [ANN] }, [BOB]],
  [{ mode: 'Exclude' }, [ANN, BOB]],
] as const)('the form with a mode: %j', (message, names) => {
  expect(heard({ mode: message.mode, ...('list' in message ? { list: [...message.list] } : {}) })).toEqual(names);
});

test.each([
  [{ all: true }, [ANN, BOB]],
  [{ all: true, exclude: [ANN] }, [BOB]],
  [{ all: true, include: [ANN] }, [ANN, BOB]],
  [{ all: false, include: [BOB] }, [BOB]],
  [{ include: [BOB] }, [BOB]],
  [{}, []],
])('the form with lists: %j', (message, names) => {
  expect(heard(message)).toEqual(names);
});
