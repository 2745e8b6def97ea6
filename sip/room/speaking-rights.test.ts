import { expect, test } from 'vitest';
import type { AvModerationNotice } from '#protocol/xmpp/av-moderation.ts';
import { FREE_TO_SPEAK, maySpeak, withNotice } from './speaking-rights.ts';

const ROOM = 'standup@muc.meet.example';
const switched = (enabled: boolean, mediaType: 'audio' | 'video' = 'audio'): AvModerationNotice => ({
  type: 'av_moderation',
  enabled,
  mediaType,
  room: ROOM,
  actor: `${ROOM}/1f0c9a7e`,
});
const approved: AvModerationNotice = { type: 'av_moderation', mediaType: 'audio', approved: true };
const rejected: AvModerationNotice = { type: 'av_moderation', mediaType: 'audio', removed: true };
const mayAfter = (...notices: readonly AvModerationNotice[]): boolean =>
  maySpeak(notices.reduce((rights, notice) => withNotice(rights, notice), FREE_TO_SPEAK));

test.each([
  ['nothing is reserved', [], true],
  ['microphones are reserved', [switched(true)], false],
  ['only cameras are reserved', [switched(true, 'video')], true],
  ['a moderator has approved it', [switched(true), approved], true],
  ['the approval was taken back', [switched(true), approved, rejected], false],
  ['microphones are free again', [switched(true), switched(false)], true],
  ['they were reserved anew since its approval', [switched(true), approved, switched(false), switched(true)], false],
  [
    'moderators were told who may speak',
    [switched(true), { type: 'av_moderation', mediaType: 'audio', room: ROOM, whitelists: {} }],
    false,
  ],
] as const)('a caller may speak or not when %s', (_what, notices, may) => {
  expect(mayAfter(...(notices as readonly AvModerationNotice[]))).toBe(may);
});
