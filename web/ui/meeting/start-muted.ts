import type { MeetingState, StartMuted } from '../../client/meeting-types.ts';
import { announce } from '../parts/announcer.ts';
import { t } from '../i18n/messages.ts';
import type { Session } from './session.ts';

/** Whoever comes into a meeting that people start muted is muted before anything is sent, and told so. */
export function startMuted(session: Session, before: MeetingState, after: MeetingState): void {
  const { media } = session;
  // What is wanted, as a device may still be opening.
  const wanted = { audio: media.wantsMicrophone.peek(), video: media.wantsCamera.peek() };
  const { audio, video } = switchedOff(before, after, wanted);
  if (audio) void media.setMicrophone(false);
  if (video) void media.setCamera(false);
  if (!audio && !video) return;
  const one = audio ? 'muted.start-microphone' : 'muted.start-camera';
  const text = t(audio && video ? 'muted.start-both' : one);
  announce(text);
  session.toasts.show(
    text,
    audio
      ? { label: t('muted.unmute'), run: () => void session.setMicrophone(true) }
      : { label: t('muted.camera-on'), run: () => void session.setCamera(true) },
  );
}

/** Once, on coming in: who joins again after an outage goes on as before. Moderators start as they like. */
export function switchedOff(before: MeetingState, after: MeetingState, wanted: StartMuted): StartMuted {
  const comesIn = before.phase.name !== 'joined' && after.phase.name === 'joined' && !after.self.isModerator;
  return {
    audio: comesIn && after.startMuted.audio && wanted.audio,
    video: comesIn && after.startMuted.video && wanted.video,
  };
}
