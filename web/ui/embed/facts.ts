import type { MeetingState } from '../../client/meeting-types.ts';
import type { DeviceList } from '../devices/device-list.ts';
import type { MediaProblem } from '../devices/media-problem.ts';
import { settings, type VideoQuality } from '../storage/settings.ts';
import type { EmbeddedAttempt } from './attempt.ts';
import type { Profile } from './profile.ts';

/** Everything that the embedding page is told of, at one moment. */
export interface Facts {
  readonly roomName: string;
  /** Undefined before there is a client. */
  readonly state: MeetingState | undefined;
  readonly isAudioMuted: boolean;
  readonly isVideoMuted: boolean;
  readonly microphoneProblem: MediaProblem | undefined;
  readonly cameraProblem: MediaProblem | undefined;
  readonly devices: DeviceList;
  readonly isTileView: boolean;
  readonly isAudioOnly: boolean;
  /** Lines that pictures may have; undefined while none come. */
  readonly videoQuality: number | undefined;
  readonly isStripShown: boolean;
  readonly isChatOpen: boolean;
  readonly isParticipantsPaneOpen: boolean;
  readonly unreadCount: number;
  readonly email: string | undefined;
  readonly avatarUrl: string | undefined;
}

/** As Jitsi's page calls them. */
const VIDEO_HEIGHTS: Readonly<Record<VideoQuality, number | undefined>> = {
  best: 2160,
  saver: 180,
  'sound-only': undefined,
};

/** Reads signals: inside of an effect, the effect runs again when one of them changes. */
export function factsOf(attempt: EmbeddedAttempt, profile: Profile): Facts {
  const { media } = attempt;
  const session = attempt.session.value;
  const { view, quality } = settings.value;
  return {
    roomName: attempt.roomName,
    state: attempt.state.value,
    isAudioMuted: !media.isMicrophoneLive.value,
    isVideoMuted: !media.isCameraOn.value,
    microphoneProblem: media.microphoneProblem.value,
    cameraProblem: media.cameraProblem.value,
    devices: media.devices.value,
    isTileView: view === 'grid',
    isAudioOnly: quality === 'sound-only',
    videoQuality: VIDEO_HEIGHTS[quality],
    isStripShown: session?.hasStrip.value ?? true,
    isChatOpen: session?.panel.value === 'chat',
    isParticipantsPaneOpen: session?.panel.value === 'participants',
    unreadCount: session?.unread.value ?? 0,
    email: profile.email.value,
    avatarUrl: profile.avatarUrl.value,
  };
}

export function isAudioAvailable({ microphoneProblem, devices }: Facts): boolean {
  return microphoneProblem === undefined && devices.microphones.length > 0;
}

export function isVideoAvailable({ cameraProblem, devices }: Facts): boolean {
  return cameraProblem === undefined && devices.cameras.length > 0;
}
