import type { OutgoingEvent } from '#protocol/iframe-api/outgoing-event.ts';
import type { WireEvent } from '#protocol/iframe-api/events.ts';
import type { ChatEntry, EndReason, MeetingState, Participant, SelfState } from '../../client/meeting-types.ts';
import type { MediaProblem } from '../devices/media-problem.ts';
import { t } from '../i18n/messages.ts';
import { listedDevices } from './device-names.ts';
import { endError } from './end-error.ts';
import { type Facts, isAudioAvailable, isVideoAvailable } from './facts.ts';
import { roomMap, userContext } from './rooms.ts';

/**
 * What the embedding page is told when things went from one state to another, in the order in which it expects it: its own
 * devices, the way in, who is there, what they do, the way out. Each change is told once, after it happened.
 */
export function eventsOf(before: Facts, after: Facts): readonly OutgoingEvent[] {
  return [
    ...deviceEvents(before, after),
    ...doorEvents(before, after),
    ...peopleEvents(before, after),
    ...meetingEvents(before, after),
    ...pageEvents(before, after),
    ...endEvents(before, after),
  ];
}

function event(name: WireEvent, fields: OutgoingEvent['fields'] = {}): OutgoingEvent {
  return { name, fields };
}

/** That event if this is not what it was. */
function ifChanged<Value>(before: Value, after: Value, make: (value: Value) => OutgoingEvent): OutgoingEvent[] {
  return Object.is(before, after) ? [] : [make(after)];
}

function deviceEvents(before: Facts, after: Facts): OutgoingEvent[] {
  const mediaError = (name: 'mic-error' | 'camera-error') => (problem: MediaProblem | undefined) =>
    event(name, { type: ERROR_TYPES[problem ?? 'busy'], message: problem });
  return [
    ...ifChanged(isAudioAvailable(before), isAudioAvailable(after), (available) =>
      event('audio-availability-changed', { available }),
    ),
    ...ifChanged(isVideoAvailable(before), isVideoAvailable(after), (available) =>
      event('video-availability-changed', { available }),
    ),
    ...ifChanged(before.isAudioMuted, after.isAudioMuted, (muted) => event('audio-mute-status-changed', { muted })),
    ...ifChanged(before.isVideoMuted, after.isVideoMuted, (muted) => event('video-mute-status-changed', { muted })),
    ...(after.microphoneProblem === undefined
      ? []
      : ifChanged(before.microphoneProblem, after.microphoneProblem, mediaError('mic-error'))),
    ...(after.cameraProblem === undefined
      ? []
      : ifChanged(before.cameraProblem, after.cameraProblem, mediaError('camera-error'))),
    ...deviceListEvents(before, after),
  ];
}

/** The browser is asked for the list often, and mostly gives the same. */
function deviceListEvents(before: Facts, after: Facts): OutgoingEvent[] {
  if (before.devices === after.devices) return [];
  const devices = listedDevices(after.devices);
  return ifChanged(JSON.stringify(listedDevices(before.devices)), JSON.stringify(devices), () =>
    event('device-list-changed', { devices }),
  );
}

/** Names of Jitsi's library for why a device cannot be had. */
const ERROR_TYPES: Readonly<Record<MediaProblem, string>> = {
  blocked: 'gum.permission_denied',
  dismissed: 'gum.permission_denied',
  'blocked-by-system': 'gum.permission_denied',
  'not-permitted': 'gum.permission_denied',
  insecure: 'gum.permission_denied',
  'not-found': 'gum.not_found',
  busy: 'gum.general',
};

function isIn({ state }: Facts): boolean {
  return state?.phase.name === 'joined';
}

function doorEvents(before: Facts, after: Facts): OutgoingEvent[] {
  const { state } = after;
  if (state === undefined || state.phase.name === before.state?.phase.name) return [];
  if (state.phase.name === 'password-required') return [event('password-required')];
  if (state.phase.name !== 'joined') return [];
  const { email, avatarUrl = state.self.pictureUrl } = after;
  const joined = event('video-conference-joined', {
    roomName: after.roomName,
    ...nameFields(state.self, true),
    ...(email === undefined ? {} : { email }),
    ...(avatarUrl === undefined ? {} : { avatarURL: avatarUrl }),
    breakoutRoom: state.breakout.current !== undefined,
    visitor: false,
  });
  return [joined];
}

function nameFields({ id, displayName }: Pick<Participant, 'id' | 'displayName'>, isSelf: boolean) {
  const name = displayName.trim() === '' ? t('person.unnamed') : displayName;
  return { id, displayName, formattedDisplayName: isSelf ? t('tile.name-you', { name }) : name };
}

function role(person: Pick<Participant | SelfState, 'id' | 'isModerator'>): OutgoingEvent {
  return event('participant-role-changed', { id: person.id, role: person.isModerator ? 'moderator' : 'participant' });
}

/** Who came, went or changed, oneself among them; everybody who is there counts as having come when one joins. */
function peopleEvents(before: Facts, after: Facts): OutgoingEvent[] {
  if (!isIn(after) || after.state === undefined) return [];
  const wasIn = isIn(before);
  const others = wasIn ? (before.state?.participants ?? []) : [];
  const { removed } = after.state;
  return [
    ...selfEvents(wasIn ? before : undefined, after, after.state.self),
    ...(removed === undefined || removed === before.state?.removed
      ? []
      : [kickedEvent({ id: removed.id, name: removed.name, local: false }, removed.by)]),
    ...(others === after.state.participants ? [] : othersEvents(others, after.state.participants)),
  ];
}

function selfEvents(before: Facts | undefined, after: Facts, self: SelfState): OutgoingEvent[] {
  const was = before?.state?.self;
  const { id } = self;
  return [
    ...(was === undefined
      ? self.isModerator
        ? [role(self)]
        : []
      : ifChanged(was.isModerator, self.isModerator, () => role(self))),
    ...(was === undefined ? [] : ifChanged(was.displayName, self.displayName, () => nameChange(self, true))),
    ...ifChanged(was?.handRaisedAtMs, self.handRaisedAtMs, () => handEvent(self)),
    ...ifChanged(was?.isSharingScreen ?? false, self.isSharingScreen, (on) =>
      event('screen-sharing-status-changed', { on, details: on ? { sourceType: 'screen' } : {} }),
    ),
    ...(before === undefined
      ? []
      : [
          ...ifChanged(before.email, after.email, (email) => event('email-change', { id, email: email ?? null })),
          ...ifChanged(before.avatarUrl, after.avatarUrl, (avatarURL) =>
            event('avatar-changed', { id, avatarURL: avatarURL ?? null }),
          ),
        ]),
  ];
}

function othersEvents(before: readonly Participant[], after: readonly Participant[]): OutgoingEvent[] {
  const known = new Map(before.map((person) => [person.id, person]));
  const present = new Set(after.map(({ id }) => id));
  const left = before.filter(({ id }) => !present.has(id)).map(({ id }) => event('participant-left', { id }));
  const changes = after.flatMap((person) => personEvents(known.get(person.id), person));
  return [...left, ...changes];
}

function personEvents(was: Participant | undefined, person: Participant): OutgoingEvent[] {
  if (was === person) return [];
  const { id } = person;
  const muted = (mediaType: 'audio' | 'video', isMuted: boolean) =>
    event('participant-muted', { id, isMuted, mediaType });
  if (was === undefined) {
    return [
      event('participant-joined', { ...nameFields(person, false), ...userContext(person.matrixId ?? person.userId) }),
      ...(person.pictureUrl === undefined ? [] : [pictureEvent(person)]),
      ...(person.isModerator ? [role(person)] : []),
      ...(person.handRaisedAtMs === undefined ? [] : [handEvent(person)]),
    ];
  }
  return [
    ...ifChanged(was.displayName, person.displayName, () => nameChange(person, false)),
    ...ifChanged(was.pictureUrl, person.pictureUrl, () => pictureEvent(person)),
    ...ifChanged(was.isModerator, person.isModerator, () => role(person)),
    ...ifChanged(was.isMicrophoneMuted, person.isMicrophoneMuted, (isMuted) => muted('audio', isMuted)),
    ...ifChanged(was.isCameraMuted, person.isCameraMuted, (isMuted) => muted('video', isMuted)),
    ...ifChanged(was.handRaisedAtMs, person.handRaisedAtMs, () => handEvent(person)),
  ];
}

function nameChange(person: Pick<Participant, 'id' | 'displayName'>, isSelf: boolean): OutgoingEvent {
  const { id, displayName, formattedDisplayName } = nameFields(person, isSelf);
  return event('display-name-change', { id, displayname: displayName, formattedDisplayName });
}

function pictureEvent({ id, pictureUrl }: Pick<Participant, 'id' | 'pictureUrl'>): OutgoingEvent {
  return event('avatar-changed', { id, avatarURL: pictureUrl ?? null });
}

function handEvent({ id, handRaisedAtMs }: Pick<Participant, 'id' | 'handRaisedAtMs'>): OutgoingEvent {
  return event('raise-hand-updated', { id, handRaised: handRaisedAtMs ?? 0 });
}

function meetingEvents(before: Facts, after: Facts): OutgoingEvent[] {
  const was = before.state;
  const { state } = after;
  if (!isIn(after) || state === undefined || was === state) return [];
  const sharing = sharingIds(state);
  return [
    ...ifChanged(was?.subject ?? '', state.subject, (subject) => event('subject-change', { subject })),
    ...(state.startedAtMs === undefined
      ? []
      : ifChanged(was?.startedAtMs, state.startedAtMs, (timestamp) =>
          event('conference-created-timestamp', { timestamp }),
        )),
    ...(state.dominantSpeaker === undefined
      ? []
      : ifChanged(was?.dominantSpeaker, state.dominantSpeaker, (id) => event('dominant-speaker-changed', { id }))),
    ...ifChanged((was === undefined ? [] : sharingIds(was)).join(), sharing.join(), () =>
      event('content-sharing-participants-changed', { data: sharing }),
    ),
    ...moderationEvents(was, state),
    ...((was?.breakout.rooms ?? []).length === 0 && state.breakout.rooms.length === 0
      ? []
      : ifChanged(was?.breakout.rooms, state.breakout.rooms, () =>
          event('breakout-rooms-updated', { rooms: roomMap(state) }),
        )),
    ...ifChanged(was?.isDirect ?? false, state.isDirect, (isP2p) => event('p2p-status-changed', { isP2p })),
    ...newItems(was?.lobby.knockers ?? [], state.lobby.knockers).map(({ id, displayName }) =>
      event('knocking-participant', { participant: { id, name: displayName } }),
    ),
    ...newMessages(was?.chat ?? [], state.chat).map(messageEvent),
  ];
}

/** What moderators keep for themselves, and whom they allow it; who is none hears that of oneself only. */
function moderationEvents(was: MeetingState | undefined, { self, reservations }: MeetingState): OutgoingEvent[] {
  const before = was?.reservations;
  if (before === reservations) return [];
  return MODERATED.flatMap((mediaType) => {
    const allowedBefore = [...(before?.allowed[mediaType] ?? []), ...ownAllowance(before, self.id, mediaType)];
    const allowed = [...(reservations.allowed[mediaType] ?? []), ...ownAllowance(reservations, self.id, mediaType)];
    const enabled = reservations.kinds.includes(mediaType);
    const told = (name: 'moderation-participant-approved' | 'moderation-participant-rejected') => (id: string) =>
      event(name, { id, mediaType });
    return [
      ...ifChanged(before?.kinds.includes(mediaType) ?? false, enabled, () =>
        event('moderation-status-changed', { mediaType, enabled }),
      ),
      // A switch clears the list: that refuses nobody.
      ...(enabled && before?.kinds.includes(mediaType) === true
        ? [
            ...allowed.filter((id) => !allowedBefore.includes(id)).map(told('moderation-participant-approved')),
            ...allowedBefore.filter((id) => !allowed.includes(id)).map(told('moderation-participant-rejected')),
          ]
        : []),
    ];
  });
}

const MODERATED = ['audio', 'video', 'desktop'] as const;

function ownAllowance(
  reservations: MeetingState['reservations'] | undefined,
  id: string,
  kind: (typeof MODERATED)[number],
): string[] {
  return reservations?.allowedSelf.includes(kind) === true ? [id] : [];
}

/** Who shares a screen now, oneself included. */
export function sharingIds({ self, participants }: MeetingState): readonly string[] {
  const others = participants.filter(({ sources }) =>
    sources.some(({ videoType, isMuted }) => videoType === 'desktop' && !isMuted),
  );
  return [...(self.isSharingScreen ? [self.id] : []), ...others.map(({ id }) => id)];
}

function newItems<Item extends { readonly id: string }>(before: readonly Item[], after: readonly Item[]): Item[] {
  if (before === after) return [];
  const known = new Set(before.map(({ id }) => id));
  return after.filter(({ id }) => !known.has(id));
}

type Message = Extract<ChatEntry, { type: 'message' }>;

/** What was said since; the talk of another room, where one has just gone, is nothing new. */
function newMessages(before: readonly ChatEntry[], after: readonly ChatEntry[]): Message[] {
  const known = before.at(-1)?.id;
  if (before === after || (known !== undefined && !after.some(({ id }) => id === known))) return [];
  return newItems(before, after).filter((entry) => entry.type === 'message');
}

function messageEvent({ isOwn, text, privateWith, from, fromName, messageId }: Message): OutgoingEvent {
  const common = { message: text, privateMessage: privateWith !== undefined };
  if (isOwn) return event('outgoing-message', common);
  return event('incoming-message', {
    ...common,
    from: from ?? null,
    nick: fromName,
    ...(messageId === undefined ? {} : { messageId }),
  });
}

function pageEvents(before: Facts, after: Facts): OutgoingEvent[] {
  const hasChatChanged = before.isChatOpen !== after.isChatOpen || before.unreadCount !== after.unreadCount;
  return [
    ...ifChanged(before.isTileView, after.isTileView, (enabled) => event('tile-view-changed', { enabled })),
    ...ifChanged(before.isAudioOnly, after.isAudioOnly, (enabled) => event('audio-only-changed', { enabled })),
    ...(after.videoQuality === undefined
      ? []
      : ifChanged(before.videoQuality, after.videoQuality, (videoQuality) =>
          event('video-quality-changed', { videoQuality }),
        )),
    ...ifChanged(before.isStripShown, after.isStripShown, (visible) => event('filmstrip-display-changed', { visible })),
    ...ifChanged(before.isParticipantsPaneOpen, after.isParticipantsPaneOpen, (open) =>
      event('participants-pane-toggled', { open }),
    ),
    ...(hasChatChanged ? [event('chat-updated', { isOpen: after.isChatOpen, unreadCount: after.unreadCount })] : []),
  ];
}

/**
 * The end: who was inside has left; then either the view may be closed, or an error says why not even that. Never both:
 * Element takes each of them as the sign to close.
 */
function endEvents(before: Facts, after: Facts): OutgoingEvent[] {
  const phase = after.state?.phase;
  if (phase?.name !== 'ended' || before.state?.phase.name === 'ended') return [];
  const { reason } = phase;
  // The person is asked to log in, here.
  if (reason.code === 'login-required') return [];
  const error = endError(reason);
  return [
    ...(reason.code === 'kicked' || reason.code === 'banned' ? [ownKick(after, reason)] : []),
    ...(isIn(before) ? [event('video-conference-left', { roomName: after.roomName })] : []),
    error === undefined ? event('video-ready-to-close') : event('error-occurred', { error }),
  ];
}

function ownKick({ state }: Facts, { by, byId }: Extract<EndReason, { code: 'kicked' | 'banned' }>): OutgoingEvent {
  const { id = '', displayName = '' } = state?.self ?? {};
  return kickedEvent({ id, name: displayName, local: true }, { id: byId, name: by ?? '' });
}

function kickedEvent(kicked: object, by: { readonly id: string | undefined; readonly name: string } | undefined) {
  const { id, name = '' } = by ?? {};
  return event('participant-kicked-out', { kicked, kicker: { ...(id === undefined ? {} : { id }), name } });
}
