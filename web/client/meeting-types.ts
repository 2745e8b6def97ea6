import type { Credentials } from '#protocol/xmpp-client/scram-login.ts';

/**
 * What web/ui (or a test, or a bot) knows of a meeting. The client behind it has no UI and no framework: state is an
 * immutable value with structural sharing (what did not change is the same object), and a store tells of changes.
 */

/** An observable value. */
export interface Store<Value> {
  get(): Value;
  /** Called after each change, never during `subscribe`. @returns unsubscribe */
  subscribe(listener: (value: Value) => void): () => void;
}

export interface MeetingState {
  readonly phase: MeetingPhase;
  /** The room's name as people read it. */
  readonly roomName: string;
  readonly subject: string;
  /** Unix time in ms at which the meeting began, once known. */
  readonly startedAtMs: number | undefined;
  readonly self: SelfState;
  /** Everyone else, by order of arrival; without the focus. */
  readonly participants: readonly Participant[];
  /** Whom a moderator removed last, if anybody; a new object each time. */
  readonly removed: RemovedPerson | undefined;
  /** Endpoint id of who speaks, own id included; undefined in silence. */
  readonly dominantSpeaker: string | undefined;
  /** Endpoint ids, most recent first. */
  readonly recentSpeakers: readonly string[];
  readonly chat: readonly ChatEntry[];
  /** In the order in which they were asked. */
  readonly polls: readonly Poll[];
  readonly breakout: BreakoutState;
  /** Reactions in the call that show now, oldest first; each goes by itself after some seconds. */
  readonly reactions: readonly CallReaction[];
  /** The room asks newcomers for a password. */
  readonly isLocked: boolean;
  readonly lobby: LobbyState;
  readonly reservations: Reservations;
  /** What moderators keep for themselves in the chat. */
  readonly permissions: RoomPermissions;
  /** How people start who come from now on, moderators excepted. */
  readonly startMuted: StartMuted;
  /** Media goes from one person to the other and not through the bridge. */
  readonly isDirect: boolean;
  /** Trouble that is being mended, worst first; for banners. */
  readonly troubles: readonly Trouble[];
}

export type MeetingPhase =
  /** Nothing begun, or connected in advance (design §10: signalling connects during pre-join). */
  | { readonly name: 'idle' }
  | { readonly name: 'joining' }
  /** The room wants a password; call `join({ password })` again. */
  | { readonly name: 'password-required'; readonly wasWrong: boolean }
  /**
   * Moderators decide who comes in. Not waiting yet: call `lobby.knock`, or `join` with the room's password. While
   * waiting nothing need be done: once let in, the phase goes on to `joining`.
   */
  | { readonly name: 'lobby'; readonly isWaiting: boolean; readonly wasPasswordWrong: boolean }
  /**
   * A host opens this meeting, and none has yet. Nothing need be done: once one has, the phase goes on to `joining`. Who
   * is the host calls `host.logIn`.
   */
  | { readonly name: 'waiting-for-host' }
  | { readonly name: 'joined' }
  /** The end; only a new Meeting can join again. */
  | { readonly name: 'ended'; readonly reason: EndReason };

export type EndReason =
  | { readonly code: 'left' }
  | {
      readonly code: 'kicked';
      readonly by: string | undefined;
      /** Endpoint id. */
      readonly byId?: string | undefined;
      readonly text: string | undefined;
    }
  /** Out for as long as the meeting lasts. */
  | { readonly code: 'banned'; readonly by: string | undefined; readonly byId?: string | undefined }
  /** `by` whom it was ended for everybody, if somebody did. */
  | { readonly code: 'meeting-ended'; readonly by: string | undefined; readonly isOwn?: boolean }
  | { readonly code: 'room-full'; readonly max: number | undefined }
  | { readonly code: 'members-only' }
  /** A moderator did not let this person in. */
  | { readonly code: 'refused-in-lobby' }
  /** Only people with an account or a token enter. */
  | { readonly code: 'login-required' }
  | { readonly code: 'not-allowed'; readonly text: string | undefined }
  | { readonly code: 'token-refused'; readonly problem: TokenProblem; readonly text: string | undefined }
  | { readonly code: 'replaced' }
  /** The server could not be reached, not even after retries. */
  | { readonly code: 'unreachable'; readonly host: string }
  | { readonly code: 'browser-too-old' }
  | { readonly code: 'protocol-error'; readonly text: string };

/** What is wrong with the token of a link; `invalid` is for whoever made it. */
export type TokenProblem =
  | 'expired'
  | 'not-yet-valid'
  | 'other-room'
  | 'invalid'
  /** Of Matrix (matrix note §2.3): not in the room, … */
  | 'not-in-matrix-room'
  /** … of a homeserver whose people may not come, … */
  | 'homeserver-not-allowed'
  /** … used before or run out, so that a new one helps, … */
  | 'matrix-token-used'
  /** … or one of too many that failed. */
  | 'too-many-tries';

/** Why a name and a password do not log in. */
export type LoginProblem =
  | 'wrong'
  /** The server takes no more of them for a while. */
  | 'too-many-tries'
  | 'unreachable'
  /** Not on this page, or not on this server. */
  | 'not-here'
  | 'failed';

export type Trouble =
  /** Signalling is down; `sinceMs` is a performance.now() value, `attempt` counts from 1. */
  | { readonly code: 'signalling-lost'; readonly sinceMs: number; readonly attempt: number; readonly host: string }
  /** ICE or DTLS failed or never came up; signalling and chat work. */
  | { readonly code: 'media-failed'; readonly sinceMs: number; readonly details: string }
  /** Media broke off and is being restored. */
  | { readonly code: 'media-interrupted'; readonly sinceMs: number }
  /** The server moves this meeting or has no bridge now. */
  | { readonly code: 'bridge-moved'; readonly sinceMs: number }
  | { readonly code: 'poor-receive' }
  | { readonly code: 'poor-send' };

export interface SelfState {
  /** Own endpoint id; empty until joined. */
  readonly id: string;
  readonly displayName: string;
  /** The own Matrix user id, if the homeserver has vouched for it. */
  readonly matrixId: string | undefined;
  /** As others see it: of the room token, else what the page said. */
  readonly pictureUrl: string | undefined;
  readonly isModerator: boolean;
  readonly isMicrophoneMuted: boolean;
  readonly isCameraMuted: boolean;
  readonly isSharingScreen: boolean;
  /** Unix ms at which the hand was raised. */
  readonly handRaisedAtMs: number | undefined;
  /** Name of the moderator who lowered this person's hand, until it is raised again; for the notice. */
  readonly handLoweredBy: string | undefined;
  readonly quality: ConnectionQuality;
  /** Who muted this person last by force, until undone; for the notice. */
  readonly mutedBy: { readonly kind: 'audio' | 'video' | 'desktop'; readonly by: string } | undefined;
}

/** 3 good, 2 fair, 1 poor, undefined unknown. */
export type ConnectionQuality = 1 | 2 | 3 | undefined;

export interface Participant {
  readonly id: string;
  /** What this person calls itself: anybody may take any name. */
  readonly displayName: string;
  /** The Matrix user id for which its homeserver has vouched, so nobody else's; undefined for everybody else. */
  readonly matrixId: string | undefined;
  /** Who this is by its room token or account, as the server says; undefined for guests. */
  readonly userId: string | undefined;
  /** Of `https:` or `http:`; whoever fetches it tells that server of the meeting. */
  readonly pictureUrl: string | undefined;
  readonly isModerator: boolean;
  readonly isMicrophoneMuted: boolean;
  readonly isCameraMuted: boolean;
  readonly handRaisedAtMs: number | undefined;
  readonly quality: ConnectionQuality;
  /** In the order in which they were announced: microphone, camera, screen, screen audio … */
  readonly sources: readonly RemoteSource[];
  /** Of somebody who is there by telephone: it has a microphone and nothing else. */
  readonly phone: PhoneState | undefined;
}

export interface RemovedPerson {
  readonly id: string;
  readonly name: string;
  /** Who did it, if that is known. */
  readonly by: { readonly id: string; readonly name: string } | undefined;
}

export interface PhoneState {
  /** How far the call is, in the words of the gateway that made it. */
  readonly status: string | undefined;
  readonly isOnHold: boolean;
}

export interface RemoteSource {
  /** `<endpointId>-v0` … */
  readonly name: string;
  readonly kind: 'audio' | 'video';
  readonly videoType: 'camera' | 'desktop' | undefined;
  readonly isMuted: boolean;
  /** The bridge sends it to us now (lastN, bandwidth); audio always. */
  readonly isForwarded: boolean;
  /** Changes identity only when the receiver's track does. */
  readonly track: MediaStreamTrack;
}

/** What of a newcomer's is off until it turns that on itself. */
export interface StartMuted {
  readonly audio: boolean;
  readonly video: boolean;
}

/** Kinds of media that only moderators send, and those whom they allow. */
export interface Reservations {
  readonly kinds: readonly MuteKind[];
  /** Of those, what this person was allowed. */
  readonly allowedSelf: readonly MuteKind[];
  /** Endpoint ids of those who were allowed; moderators alone know. */
  readonly allowed: Readonly<Partial<Record<MuteKind, readonly string[]>>>;
}

/** Set by moderators for everybody else; what is absent is free. */
export interface RoomPermissions {
  readonly groupChatRestricted?: boolean;
  readonly privateChatRestricted?: boolean;
  /** Whoever may write to nobody in private may still write to moderators. */
  readonly questionsAllowed?: boolean;
  readonly pollCreationRestricted?: boolean;
}

/** Who is no moderator writes to everyone, only to moderators, or not at all. */
export type ChatMode = 'everyone' | 'questions' | 'off';

/** To whom somebody may write. */
export interface ChatRights {
  readonly everyone: boolean;
  /** In private to anybody. */
  readonly people: boolean;
  /** In private to moderators. */
  readonly moderators: boolean;
}

/** The door of the room. */
export interface LobbyState {
  /** Strangers wait until a moderator lets them in. */
  readonly isOn: boolean;
  /** Who waits, longest first; moderators alone know. */
  readonly knockers: readonly Knocker[];
  /** With the moderators while waiting, with those who wait while moderating. */
  readonly messages: readonly LobbyMessage[];
}

export interface Knocker {
  readonly id: string;
  readonly displayName: string;
}

export interface LobbyMessage {
  readonly id: string;
  /** Id of the person who waits; undefined at that person. */
  readonly with: string | undefined;
  readonly fromName: string;
  readonly isOwn: boolean;
  readonly text: string;
  readonly atMs: number;
}

export type ChatEntry =
  | {
      readonly type: 'message';
      readonly id: string;
      /** Endpoint id of the sender, own id for own messages; undefined if gone and from history. */
      readonly from: string | undefined;
      readonly fromName: string;
      /** The verified Matrix user id of another sender that was here when its message came. */
      readonly fromMatrixId: string | undefined;
      readonly isOwn: boolean;
      /** Private with this person (their endpoint id and name). */
      readonly privateWith: { readonly id: string; readonly name: string } | undefined;
      /** Empty once retracted. */
      readonly text: string;
      readonly atMs: number;
      readonly delivery: 'sending' | 'sent' | 'failed';
      /** What other messages call this one by; undefined if its sender gave it no id. */
      readonly messageId: string | undefined;
      /** `messageId` of the message that this one answers, which may be none that is known here. */
      readonly replyTo: string | undefined;
      readonly isEdited: boolean;
      readonly isRetracted: boolean;
      readonly reactions: readonly ChatReaction[];
    }
  | {
      readonly type: 'notice';
      readonly id: string;
      readonly notice: 'joined' | 'left';
      readonly name: string;
      readonly atMs: number;
    };

export interface ChatReaction {
  readonly emoji: string;
  /** Endpoint ids and names, first come first; own id included. */
  readonly by: readonly { readonly id: string; readonly name: string }[];
}

/** Rooms beside the main room of the meeting. */
export interface BreakoutState {
  /** All rooms, the main room first; none while there is no other. */
  readonly rooms: readonly BreakoutRoom[];
  /** Address of the breakout room where we are; undefined in the main room. */
  readonly current: string | undefined;
  /** On the way from one to another. */
  readonly isMoving: boolean;
  /** performance.now() at which everybody is led back and the rooms close; undefined while no end is set. */
  readonly endsAtMs: number | undefined;
}

export interface BreakoutRoom {
  /** Bare JID. */
  readonly jid: string;
  /** Of the main room its subject, often empty. */
  readonly name: string;
  readonly isMain: boolean;
  readonly people: readonly BreakoutPerson[];
}

export interface BreakoutPerson {
  /** Endpoint id, the same in all rooms of the meeting. */
  readonly id: string;
  readonly displayName: string;
  /** The Matrix user id for which its homeserver has vouched; undefined for everybody else. */
  readonly matrixId: string | undefined;
  readonly isModerator: boolean;
}

/** How long somebody has been the dominant speaker. */
export interface SpeakerTime {
  readonly id: string;
  readonly name: string;
  readonly spokenMs: number;
  readonly isHere: boolean;
}

export interface Poll {
  readonly id: string;
  readonly question: string;
  readonly author: { readonly id: string; readonly name: string };
  readonly answers: readonly PollAnswer[];
  /** Asked while we were here. */
  readonly isNew: boolean;
}

export interface PollAnswer {
  readonly name: string;
  /** Endpoint ids and names; own id included, also those who have left. */
  readonly voters: readonly { readonly id: string; readonly name: string }[];
}

/** Jitsi's reactions to what happens in the call, by the names that they have on the wire. */
export const REACTION_KINDS = ['like', 'clap', 'laugh', 'surprised', 'boo', 'silence', 'love'] as const;
export type ReactionKind = (typeof REACTION_KINDS)[number];

export interface CallReaction {
  readonly id: string;
  /** Endpoint id, own ones included. */
  readonly from: string;
  readonly kind: ReactionKind;
  /** performance.now() at which it came. */
  readonly atMs: number;
}

export type MuteKind = 'audio' | 'video' | 'desktop';

export interface JoinOptions {
  readonly displayName?: string;
  readonly password?: string;
}

/** Tells the bridge what is on the screen (design §10): heights in device pixels, 0 or absent for what is not shown. */
export interface VideoWishes {
  /** Source name → wanted height in device pixels. */
  readonly heights: Readonly<Record<string, number>>;
  /** Sources on the stage, most important first. */
  readonly onStage: readonly string[];
  /** Height for sources that are not listed; usually 0. */
  readonly defaultHeight: number;
  /** −1: no limit. */
  readonly lastN: number;
}

/** A command that the server refused, with a reason for people. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: 'not-allowed' | 'not-connected' | 'timeout' | 'gone' | 'failed';

  constructor(code: CommandError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface LobbyControl {
  /** Asks to be let in, in phase `lobby`. */
  knock(displayName: string): void;
  /** Gives up waiting; the phase is `idle` again. */
  stopKnocking(): void;
  /** To the moderators, or as one of them to a person who waits. */
  say(text: string, to?: string): void;
  /** Moderators only: lets those in who still wait. */
  admit(ids: readonly string[]): void;
  /** Moderators only. @throws CommandError */
  deny(id: string): Promise<void>;
  setOn(isOn: boolean): Promise<void>;
}

/** Moderators only; the server refuses others. Everything here throws a CommandError when it does not succeed. */
export interface ModerationControl {
  /** Whoever is muted can unmute itself again. */
  mute(participantId: string, kind: MuteKind): Promise<void>;
  /** @param except somebody who may go on */
  muteEveryone(kind: MuteKind, except?: string): Promise<void>;
  kick(participantId: string, reason?: string): Promise<void>;
  /** Removes somebody who cannot come back as long as this meeting lasts. */
  ban(participantId: string): Promise<void>;
  grantModerator(participantId: string): Promise<void>;
  /** Reserved: only moderators send that kind, and those whom they allow. Others are muted. */
  setReserved(kind: MuteKind, isReserved: boolean): Promise<void>;
  /** Only while that kind is reserved. */
  setAllowed(participantId: string, kind: MuteKind, isAllowed: boolean): Promise<void>;
  setChatMode(mode: ChatMode): Promise<void>;
  /** For those who come later; they may unmute themselves. */
  setStartMuted(startMuted: StartMuted): Promise<void>;
  lowerHand(participantId: string): Promise<void>;
  /** The own one too. */
  lowerAllHands(): Promise<void>;
  /** Ends the meeting for everybody, and for us in phase `ended`. */
  endForAll(): Promise<void>;
}

export interface ChatControl {
  /**
   * @param to endpoint id, for a private message
   * @param replyTo `messageId` of the message that this one answers
   * @returns the entry's id; delivery shows in `chat`
   */
  send(text: string, options?: { readonly to?: string | undefined; readonly replyTo?: string | undefined }): string;
  resend(id: string): void;
  /** Own messages only. @throws CommandError */
  edit(id: string, text: string): Promise<void>;
  /** Own messages; moderators take back those of others too. @throws CommandError */
  retract(id: string): Promise<void>;
  /** Adds this reaction of ours, or takes it back. @throws CommandError */
  toggleReaction(id: string, emoji: string): Promise<void>;
}

export interface PollControl {
  /** @throws CommandError */
  ask(question: string, answers: readonly string[]): Promise<void>;
  /** Replaces an earlier vote. @param choices one for each answer @throws CommandError */
  vote(pollId: string, choices: readonly boolean[]): Promise<void>;
}

/** Rooms by their addresses. All but `join` and `goBack` is for moderators. @throws CommandError */
export interface BreakoutControl {
  add(name: string): Promise<void>;
  rename(room: string, name: string): Promise<void>;
  /** Whoever is inside is led back. */
  remove(room: string): Promise<void>;
  /** @param id endpoint id of somebody in any of the rooms */
  send(id: string, room: string): Promise<void>;
  /** Everybody in that room, or in all, goes to the main room; the rooms stay. */
  bringBack(room?: string): Promise<void>;
  /** Spreads those in the main room who are no moderators evenly over the rooms, by chance. */
  assign(): Promise<void>;
  /** From now on until everybody is led back and the rooms close; replaces what was set before. At most a day. */
  setTimer(durationMs: number): Promise<void>;
  /** The rooms stay until somebody closes them. */
  stopTimer(): Promise<void>;
  join(room: string): Promise<void>;
  goBack(): Promise<void>;
}

/** What another endpoint's application said to ours. */
export interface EndpointText {
  readonly from: string;
  /** Of the sender in the room. */
  readonly jid: string;
  readonly text: string;
}

export interface EndpointTextControl {
  /** @returns false while there is no channel to the bridge */
  send(text: string, to: string): boolean;
  /** @returns unsubscribe */
  onText(listener: (text: EndpointText) => void): () => void;
}

export interface ReactionControl {
  /** Shows at once; several in a row reach the others together. */
  send(kind: ReactionKind): void;
}

/** What a host may show later instead of name and password. */
export interface HostLogin {
  readonly username: string;
  readonly sessionId: string;
}

/** Where a host's log-in is kept from one meeting to the next. */
export interface HostLoginStore {
  read(): HostLogin | undefined;
  write(login: HostLogin | undefined): void;
}

export interface HostControl {
  /**
   * In phase `waiting-for-host`: opens the meeting and goes in. Ended with `login-required`: says whether a new Meeting
   * with this `login` will get in. Never rejects.
   * @returns what is wrong, or undefined
   */
  logIn(credentials: Credentials): Promise<LoginProblem | undefined>;
  /** Forgets the log-in of before, here and at the server. */
  logOut(): void;
  /** Gives up waiting; the phase is `idle` again. */
  stopWaiting(): void;
}

/** Telephones that are called into the meeting. */
export interface PhoneControl {
  /** Whether this person may have one called: its token decides where that says so, else whether it moderates. */
  mayCall(self: Pick<SelfState, 'isModerator'>): boolean;
  /** How far the call is shows in the participant that it becomes. @throws CommandError */
  call(number: string): Promise<void>;
  /** Whether this person had that one called, and so may end the call. */
  isOwn(id: string): boolean;
  /** @throws CommandError */
  hangUp(id: string): Promise<void>;
  /** With which PIN a caller moderates this meeting. Moderators only. @throws CommandError also where there is none */
  hostPin(): Promise<string>;
}

export interface Meeting {
  readonly state: Store<MeetingState>;
  readonly lobby: LobbyControl;
  readonly moderation: ModerationControl;
  readonly chat: ChatControl;
  readonly reactions: ReactionControl;
  readonly polls: PollControl;
  readonly endpointTexts: EndpointTextControl;
  readonly breakout: BreakoutControl;
  readonly host: HostControl;
  readonly phones: PhoneControl;
  /** Opens the signalling connection in advance; errors show in `troubles`. Idempotent. */
  connect(): void;
  /** Resolves when joined or when the phase says why not; never rejects for reasons that the phase carries. */
  join(options?: JoinOptions): Promise<void>;
  leave(): Promise<void>;

  /** Replaces what is sent. undefined: none (no device, or switched off). Works before, during and after joining. */
  setMicrophoneTrack(track: MediaStreamTrack | undefined): Promise<void>;
  setCameraTrack(track: MediaStreamTrack | undefined): Promise<void>;
  /** Starts or (undefined) stops sharing; the stream may carry sound too. */
  setScreen(stream: { readonly video: MediaStreamTrack; readonly audio?: MediaStreamTrack } | undefined): Promise<void>;
  /** Muting keeps the source and its SSRCs (wire note §5.5). Camera mute with a track set stops sending it. */
  setMicrophoneMuted(isMuted: boolean): void;
  setCameraMuted(isMuted: boolean): void;

  setDisplayName(name: string): void;
  /** Address of a picture of this person, for others. */
  setPicture(url: string | undefined): void;
  setHandRaised(isRaised: boolean): void;
  setVideoWishes(wishes: VideoWishes): void;

  /** Moderators only. @throws CommandError */
  setPassword(password: string | undefined): Promise<void>;
  setSubject(subject: string): void;

  /** Replaces a token that will run out by a newer one of the same person; shown where the next one is asked for. */
  setToken(token: string): void;
  /** Tries again at once what waits for its next try (banner button "Try now"). */
  retryNow(): void;
  /** 0 … 1 per endpoint id, own included; read at most 10 times a second, not part of `state`. */
  audioLevels(): ReadonlyMap<string, number>;
  /** Who has spoken for how long, the longest first; as often as it is shown, not part of `state`. */
  speakerTimes(): readonly SpeakerTime[];
  /** For "Details": candidate pair, transport, round trip, bitrates. Text lines in English. */
  connectionDetails(): Promise<readonly string[]>;
}

export interface MeetingOptions {
  /** `ws(s)://host[/tenant]/xmpp-websocket` */
  readonly webSocketUrl: string;
  readonly xmppDomain: string;
  /** The room as in protocol/xmpp/room-name.ts. */
  readonly room: { readonly node: string; readonly displayName: string; readonly tenant?: string };
  readonly displayName: string;
  readonly token?: string;
  /** Of an account on the server; else a guest, or whom the token names. */
  readonly login?: Credentials;
  readonly hostLogin?: HostLoginStore;
  /** Random id of the browser; lasting, so that bans and a host's log-in hold for it. */
  readonly machineUid: string;
  /** Two people talk without the bridge while they are two (wire note §5.12). Default false. */
  readonly usesPeerToPeer?: boolean;
  /** Simulates a foreign Jitsi client for tests: no `a=ice-lite` in the SDP. Default true. */
  readonly useIceLite?: boolean;
}
