import type { WireCommand } from '#protocol/iframe-api/commands.ts';
import { ownFields } from '#protocol/iframe-api/own-fields.ts';
import { log } from '../../client/log.ts';
import type { MuteKind } from '../../client/meeting-types.ts';
import { cleanName } from '../clean-name.ts';
import { parseConfig } from '../link/url-params.ts';
import { SELF_TILE, sharedScreens } from '../meeting/people.ts';
import type { Session } from '../meeting/session.ts';
import { overrideSettings, settings } from '../storage/settings.ts';
import type { CommandArguments } from './arguments.ts';
import type { EmbeddedAttempt } from './attempt.ts';
import type { Notices } from './notices.ts';
import type { Profile } from './profile.ts';
import { roomNamed } from './rooms.ts';

/** Pictures of fewer lines save data. */
const SAVER_BELOW_HEIGHT = 360;

export type PageCommand = (attempt: EmbeddedAttempt, args: CommandArguments, profile: Profile) => void;

/** Commands that can be carried out as soon as the page is there, before one has joined. */
export const PAGE_COMMANDS: Partial<Readonly<Record<WireCommand, PageCommand>>> = {
  'avatar-url': (attempt, args, { avatarUrl }) => {
    const url = args.text(0, 2_048);
    if (url === '') avatarUrl.value = undefined;
    else if (url !== undefined && URL.parse(url)?.protocol === 'https:') avatarUrl.value = url;
    attempt.setPicture(avatarUrl.peek());
  },
  'display-name': (attempt, args) => {
    const name = args.text(0);
    if (name !== undefined) attempt.rename(cleanName(name));
  },
  email: (_attempt, args, { email }) => {
    email.value = cleanName(args.text(0) ?? '') || undefined;
  },
  'local-subject': (attempt, args) => attempt.overwriteConfig({ localSubject: cleanName(args.text(0) ?? '') }),
  'overwrite-config': (attempt, args) => attempt.overwriteConfig(parseConfig(args.value(0))),
  password: (attempt, args) => {
    const password = args.text(0, 256);
    const phase = attempt.state.peek()?.phase;
    if (password === undefined || phase === undefined) return;
    if (phase.name === 'password-required' || phase.name === 'lobby') void attempt.join(undefined, password);
    const session = attempt.session.peek();
    if (phase.name !== 'joined' || session === undefined) return;
    asModerator('password', session, () => {
      void session.tell(session.meeting.setPassword(password === '' ? undefined : password));
    });
  },
  'set-audio-only': (_attempt, args) => {
    const isOn = args.flag(0);
    if (isOn !== undefined) overrideSettings({ quality: isOn ? 'sound-only' : 'best' });
  },
  'set-tile-view': (_attempt, args) => {
    const isOn = args.flag(0);
    if (isOn !== undefined) overrideSettings({ view: isOn ? 'grid' : 'speaker' });
  },
  'set-video-quality': (_attempt, args) => {
    const height = args.number(0);
    if (height !== undefined) overrideSettings({ quality: height < SAVER_BELOW_HEIGHT ? 'saver' : 'best' });
  },
  subject: (attempt, args) => attempt.overwriteConfig({ subject: cleanName(args.text(0) ?? '') }),
  'toggle-audio': ({ media, session }) => {
    // On, or about to be: the browser may not have answered yet.
    const isLive = media.wantsMicrophone.peek() && media.microphoneProblem.peek() === undefined;
    void (session.peek() ?? media).setMicrophone(!isLive);
  },
  'toggle-tile-view': () => overrideSettings({ view: settings.peek().view === 'grid' ? 'speaker' : 'grid' }),
  'toggle-video': ({ media, session }) => {
    const isOn = media.wantsCamera.peek() && media.cameraProblem.peek() === undefined;
    void (session.peek() ?? media).setCamera(!isOn);
  },
  'video-hangup': (attempt) => attempt.leave(),
};

export type MeetingCommand = (session: Session, args: CommandArguments, notices: Notices) => void;

/** Commands that wait until one has joined. */
export const MEETING_COMMANDS: Partial<Readonly<Record<WireCommand, MeetingCommand>>> = {
  'add-breakout-room': forModerators((session, args) => session.meeting.breakout.add(cleanName(args.text(0) ?? ''))),
  'answer-knocking-participant': forModerators((session, args) => {
    const id = args.text(0);
    const isApproved = args.flag(1);
    if (id === undefined || isApproved === undefined) return undefined;
    if (!isApproved) return session.meeting.lobby.deny(id);
    session.meeting.lobby.admit([id]);
    return undefined;
  }),
  'ask-to-unmute': forModerators((session, args) => allow(session, args.text(0), 'audio')),
  'approve-video': forModerators((session, args) => allow(session, args.text(0), 'video')),
  'auto-assign-to-breakout-rooms': forModerators((session) => session.meeting.breakout.assign()),
  'cancel-private-chat': (session) => {
    session.chatTo.value = undefined;
  },
  'close-breakout-room': forModerators((session, args) =>
    session.meeting.breakout.bringBack(room(session, args.text(0))),
  ),
  'end-conference': forModerators((session) => session.meeting.moderation.endForAll()),
  'grant-moderator': forModerators((session, args) => {
    const id = args.text(0);
    return id === undefined ? undefined : session.meeting.moderation.grantModerator(id);
  }),
  'hide-notification': (_session, args, notices) => notices.hide(args.value(0)),
  'initiate-private-chat': (session, args) => {
    const id = args.text(0);
    if (id !== undefined && isPresent(session, id)) session.writePrivately(id);
  },
  'join-breakout-room': (session, args) => {
    const to = room(session, args.text(0));
    const { breakout } = session.meeting;
    void session.tell(to === undefined ? breakout.goBack() : breakout.join(to));
  },
  'kick-participant': forModerators((session, args) => {
    const id = args.text(0);
    return id === undefined ? undefined : session.meeting.moderation.kick(id);
  }),
  'mute-everyone': forModerators((session, args) => {
    const kind = muteKind(args.value(0) ?? 'audio');
    return kind === undefined ? undefined : session.meeting.moderation.muteEveryone(kind);
  }),
  'mute-remote-participant': forModerators((session, args) => {
    const id = args.text(0);
    const kind = muteKind(args.value(1) ?? 'audio');
    return id === undefined || kind === undefined ? undefined : session.meeting.moderation.mute(id, kind);
  }),
  'pin-participant': pin,
  'reject-participant': forModerators((session, args) => {
    const id = args.text(0);
    const kind = muteKind(args.value(1));
    return id === undefined || kind === undefined ? undefined : session.meeting.moderation.mute(id, kind);
  }),
  'remove-breakout-room': forModerators((session, args) => {
    const which = room(session, args.text(0));
    return which === undefined ? undefined : session.meeting.breakout.remove(which);
  }),
  'send-chat-message': (session, args) => {
    const text = args.text(0);
    const to = args.text(1);
    if (text !== undefined && text.trim() !== '') session.meeting.chat.send(text, to ? { to } : {});
  },
  'send-endpoint-text-message': (session, args) => {
    const to = args.text(0);
    const text = args.text(1, 16_384);
    if (to !== undefined && text !== undefined) session.meeting.endpointTexts.send(text, to);
  },
  'send-participant-to-room': forModerators((session, args) => {
    const id = args.text(0);
    const to = room(session, args.text(1));
    return id === undefined || to === undefined ? undefined : session.meeting.breakout.send(id, to);
  }),
  'set-large-video-participant': pin,
  'show-notification': ({ toasts }, args, notices) => notices.show(toasts, args.value(0)),
  'toggle-chat': (session) => session.togglePanel('chat'),
  'toggle-film-strip': ({ hasStrip }) => {
    hasStrip.value = !hasStrip.peek();
  },
  'toggle-lobby': forModerators((session, args) => {
    const isOn = args.flag(0);
    return isOn === undefined ? undefined : session.meeting.lobby.setOn(isOn);
  }),
  'toggle-moderation': forModerators((session, args) => {
    const isOn = args.flag(0);
    const kind = muteKind(args.value(1) ?? 'audio');
    return isOn === undefined || kind === undefined ? undefined : session.meeting.moderation.setReserved(kind, isOn);
  }),
  'toggle-participants-pane': (session, args) => {
    const isOpen = session.panel.peek() === 'participants';
    if ((args.flag(0) ?? !isOpen) !== isOpen) session.togglePanel('participants');
  },
  'toggle-raise-hand': (session) => session.toggleHand(),
  'toggle-share-screen': (session, args) => {
    const { enable } = ownFields(args.value(0));
    const isSharing = session.state.peek().self.isSharingScreen;
    if (enable !== isSharing) void session.shareScreen();
  },
};

/** Nothing happens here when somebody else asks; the server would refuse it anyway. */
function forModerators(run: (session: Session, args: CommandArguments) => Promise<void> | undefined): MeetingCommand {
  return (session, args) => {
    asModerator('this command', session, () => {
      const command = run(session, args);
      if (command !== undefined) void session.tell(command);
    });
  };
}

function asModerator(what: string, session: Session, run: () => void): void {
  if (session.state.peek().self.isModerator) run();
  else log.warn(`only moderators may use ${what}`);
}

function muteKind(value: unknown): MuteKind | undefined {
  return value === 'audio' || value === 'video' || value === 'desktop' ? value : undefined;
}

function allow(session: Session, id: string | undefined, kind: MuteKind): Promise<void> | undefined {
  return id === undefined ? undefined : session.meeting.moderation.setAllowed(id, kind, true);
}

function isPresent(session: Session, id: string): boolean {
  return session.state.peek().participants.some((person) => person.id === id);
}

function room(session: Session, name: string | undefined): string | undefined {
  return name === undefined || name === '' ? undefined : roomNamed(session.state.peek(), name);
}

/** Somebody's picture, or their screen; without an id whoever speaks. */
function pin(session: Session, args: CommandArguments): void {
  const id = args.text(0);
  const state = session.state.peek();
  if (id === undefined || id === '') {
    session.pinned.value = undefined;
  } else if (id === state.self.id || id === 'local') {
    session.pinned.value = SELF_TILE;
  } else if (isPresent(session, id)) {
    const screen = args.text(1) === 'desktop' ? sharedScreens(state).find(({ owner }) => owner.id === id) : undefined;
    session.pinned.value = screen?.id ?? id;
  }
}
