import { expect, test } from 'vitest';
import { publicEventName, publicEventNames } from './events.ts';

test.each([
  ['video-ready-to-close', 'readyToClose'],
  ['video-conference-joined', 'videoConferenceJoined'],
  ['participant-menu-button-clicked', 'participantMenuButtonClick'],
  ['p2p-status-changed', 'p2pStatusChanged'],
  ['on-stage-participant-changed', undefined],
  ['constructor', undefined],
])('%s is heard as %s', (wire, name) => {
  expect(publicEventName(wire)).toBe(name);
});

test('no two events have one name', () => {
  const names = publicEventNames();
  expect(new Set(names).size).toBe(names.length);
});
