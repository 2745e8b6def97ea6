/**
 * Events of the meeting to the page: the name on the wire → the name that embedders listen for. Where they are the same
 * but for capitals and hyphens, `publicEventName` finds it.
 */
const IRREGULAR: Readonly<Record<string, string>> = {
  'video-ready-to-close': 'readyToClose',
  'participant-menu-button-clicked': 'participantMenuButtonClick',
};

/** What the page itself keeps, and does not hand on as it came. */
export const INTERNAL_EVENTS: ReadonlySet<string> = new Set([
  'large-video-visibility-changed',
  'local-storage-changed',
  'on-prejoin-video-changed',
  'on-stage-participant-changed',
]);

const EVENTS = [
  'audio-availability-changed',
  'audio-mute-status-changed',
  'audio-only-changed',
  'audio-or-video-sharing-toggled',
  'avatar-changed',
  'breakout-rooms-updated',
  'browser-support',
  'camera-error',
  'chat-updated',
  'compute-pressure-changed',
  'conference-created-timestamp',
  'content-sharing-participants-changed',
  'custom-notification-action-triggered',
  'data-channel-closed',
  'data-channel-opened',
  'device-list-changed',
  'display-name-change',
  'dominant-speaker-changed',
  'email-change',
  'endpoint-text-message-received',
  'error-occurred',
  'face-landmark-detected',
  'feedback-prompt-displayed',
  'feedback-submitted',
  'file-deleted',
  'file-uploaded',
  'filmstrip-display-changed',
  'incoming-message',
  'knocking-participant',
  'log',
  'mic-error',
  'moderation-participant-approved',
  'moderation-participant-rejected',
  'moderation-status-changed',
  'mouse-enter',
  'mouse-leave',
  'mouse-move',
  'non-participant-message-received',
  'notification-triggered',
  'outgoing-message',
  'p2p-status-changed',
  'participant-joined',
  'participant-kicked-out',
  'participant-left',
  'participant-menu-button-clicked',
  'participant-muted',
  'participant-role-changed',
  'participants-pane-toggled',
  'password-required',
  'peer-connection-failure',
  'pip-entered',
  'pip-left',
  'prejoin-screen-loaded',
  'raise-hand-updated',
  'ready',
  'recording-consent-dialog-open',
  'recording-link-available',
  'recording-status-changed',
  'screen-sharing-status-changed',
  'subject-change',
  'suspend-detected',
  'tile-view-changed',
  'toolbar-button-clicked',
  'toolbar-visibility-changed',
  'transcribing-status-changed',
  'transcription-chunk-received',
  'video-availability-changed',
  'video-conference-joined',
  'video-conference-left',
  'video-mute-status-changed',
  'video-quality-changed',
  'video-ready-to-close',
  'whiteboard-status-changed',
] as const;
export type WireEvent = (typeof EVENTS)[number];

const PUBLIC_NAMES = new Map<string, string>(EVENTS.map((name) => [name, IRREGULAR[name] ?? camelCase(name)]));

/** @returns undefined for a name that is no event for embedders */
export function publicEventName(wireName: string): string | undefined {
  return PUBLIC_NAMES.get(wireName);
}

/** The names that embedders can listen for. */
export function publicEventNames(): readonly string[] {
  return [...PUBLIC_NAMES.values(), 'largeVideoChanged', 'prejoinVideoChanged', '_willDispose'];
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/gu, (_match, letter: string) => letter.toUpperCase());
}
