import { expect, test } from 'vitest';
import { initialState } from '../../client/meeting-state.ts';
import type { MeetingState } from '../../client/meeting-types.ts';
import { switchedOff } from './start-muted.ts';

const BOTH = { audio: true, video: true };
const NOTHING = { audio: false, video: false };

function state(name: 'joining' | 'joined', startMuted: MeetingState['startMuted'], isModerator = false): MeetingState {
  const { self, ...rest } = initialState('standup', 'Ann');
  return { ...rest, phase: { name }, startMuted, self: { ...self, isModerator } };
}

test('who comes in starts as the room says, as far as it would send', () => {
  const outside = state('joining', BOTH);
  expect(switchedOff(outside, state('joined', BOTH), BOTH)).toEqual(BOTH);
  const onlyAudio = { audio: true, video: false };
  expect(switchedOff(outside, state('joined', onlyAudio), BOTH)).toEqual(onlyAudio);
  expect(switchedOff(outside, state('joined', BOTH), onlyAudio)).toEqual(onlyAudio);
  expect(switchedOff(outside, state('joined', NOTHING), BOTH)).toEqual(NOTHING);
});

test('moderators, and those who are inside when it is set, are left alone', () => {
  expect(switchedOff(state('joining', BOTH), state('joined', BOTH, true), BOTH)).toEqual(NOTHING);
  expect(switchedOff(state('joined', NOTHING), state('joined', BOTH), BOTH)).toEqual(NOTHING);
  expect(switchedOff(state('joining', NOTHING), state('joining', BOTH), BOTH)).toEqual(NOTHING);
});
