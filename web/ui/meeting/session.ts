import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { type CallReaction, CommandError, type Meeting, type MeetingState } from '../../client/meeting-types.ts';
import { needsAllowance } from '../../client/moderation/reservations.ts';
import { moreTime } from '../breakout/closing-time.tsx';
import { ClosingWarning, isNearEnd } from '../breakout/closing-warning.ts';
import type { LocalMedia } from '../devices/local-media.ts';
import { t } from '../i18n/messages.ts';
import { roomTitle } from '#protocol/xmpp/room-title.ts';
import type { AppForm } from '../layout/form.ts';
import { announce } from '../parts/announcer.ts';
import type { Telephone } from '../phone/telephone.ts';
import { PollDrafts } from '../polls/poll-drafts.ts';
import { changeSettings, settings } from '../storage/settings.ts';
import { explainAllowance, noteAllowances } from './allowance.ts';
import { arrivals, presenceSentence, sentencesOf } from './announcements.ts';
import { AudioOutput } from './audio-output.ts';
import { type Banner, bannerOf, isOutage } from './banners.ts';
import { reactionSentences } from './call-reactions.tsx';
import { noteChatRights } from './chat-rights.ts';
import { startMuted } from './start-muted.ts';
import { ChatTask } from './chat-task.ts';
import { HandLowering } from './hand-lowering.ts';
import { hasKnocked } from './lobby-news.ts';
import type { ModerationDialog } from './moderation-dialogs.tsx';
import { nameOf } from './people.ts';
import { captureScreen } from './screen-share.ts';
import { playSound } from './sounds.ts';
import { storeSignal } from './store-signal.ts';
import { Toasts } from './toasts.ts';
import { EVERY_TOOL, type ToolChoice } from './tool-choice.ts';

export type Panel = 'chat' | 'participants' | 'polls';
export type DialogName =
  | { readonly name: 'settings'; readonly tab?: string }
  | { readonly name: 'invite' }
  | { readonly name: 'leave' }
  | { readonly name: 'rename-breakout'; readonly room: string }
  | { readonly name: 'breakout-timer' }
  | { readonly name: 'speaker-stats' }
  | { readonly name: 'call-phone' }
  | { readonly name: 'join-by-phone' }
  | { readonly name: 'details'; readonly lines: readonly string[] }
  | { readonly name: 'connection'; readonly lines: readonly string[] }
  | ModerationDialog;

const JOINED_TOGETHER_MS = 3000;
const REACTED_TOGETHER_MS = 2000;
const TICK_MS = 500;

/** One meeting as the page lives it: the client's state, this person's devices, and what is open on the screen. */
export class Session {
  readonly meeting: Meeting;
  readonly media: LocalMedia;
  /** What others need to come here: no fragment, no query. */
  readonly link: string;
  readonly telephone: Telephone;
  readonly state: ReadonlySignal<MeetingState>;
  readonly toasts = new Toasts();
  readonly audio = new AudioOutput();
  readonly form = signal<AppForm>('wide');
  readonly panel = signal<Panel | undefined>(undefined);
  readonly dialog = signal<DialogName | undefined>(undefined);
  readonly pinned = signal<string | undefined>(undefined);
  readonly chosenScreen = signal<string | undefined>(undefined);
  readonly page = signal(0);
  /** Beside the stage, the others in small. */
  readonly hasStrip = signal(true);
  readonly chatTo = signal<string | undefined>(undefined);
  readonly chatTask = new ChatTask();
  readonly pollDrafts = new PollDrafts();
  readonly unread = signal(0);
  /** Entry after which "New messages" stands. */
  readonly lastSeenEntry = signal<string | undefined>(undefined);
  /** Tile id → height in device pixels, as last laid out. */
  readonly shown = signal<ReadonlyMap<string, number>>(new Map());
  /** What embeds us shows us nowhere now: then no pictures need come. */
  readonly isOutOfSight = signal(false);
  readonly isTalkLocked = signal(false);
  readonly nowMs = signal(performance.now());
  readonly joinedAtMs = Date.now();
  readonly banner: ReadonlySignal<Banner | undefined>;
  readonly tools = signal<ToolChoice>(EVERY_TOOL);
  /** What the meeting is called on this page alone. */
  readonly localSubject = signal('');
  /** What it shall be called for everybody, once this person may say so. */
  readonly wantedSubject = signal('');
  /** What the meeting is called here. */
  readonly title = computed(
    () =>
      this.localSubject.value ||
      this.state.value.subject ||
      this.wantedSubject.value ||
      roomTitle(this.state.value.roomName),
  );

  private readonly backSinceMs = signal<number | undefined>(undefined);
  private readonly disposers: (() => void)[] = [];
  private readonly handLowering = new HandLowering();
  private readonly closingWarning = new ClosingWarning();
  /** Takes its notice back. */
  private withdrawClosing: (() => void) | undefined;
  private screenTracks: readonly MediaStreamTrack[] = [];
  private came: { joined: string[]; left: string[] } = { joined: [], left: [] };
  private cameTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly reacted: CallReaction[] = [];
  private reactedTimer: ReturnType<typeof setTimeout> | undefined;
  private mutedBySeen: MeetingState['self']['mutedBy'];

  constructor(meeting: Meeting, media: LocalMedia, link: string, telephone: Telephone) {
    this.meeting = meeting;
    this.media = media;
    this.link = link;
    this.telephone = telephone;
    const { value, dispose } = storeSignal(meeting.state);
    this.state = value;
    this.banner = computed(() =>
      bannerOf(
        {
          troubles: this.state.value.troubles,
          isSoundBlocked: this.audio.isBlocked.value,
          isCameraOn: media.isCameraOn.value,
          backSinceMs: this.backSinceMs.value,
        },
        this.nowMs.value,
      ),
    );
    const timer = setInterval(() => this.tick(), TICK_MS);
    this.disposers.push(dispose, () => clearInterval(timer));
    this.connectMedia();
    this.followState();
    this.followBanner();
    media.onDeviceGone = ({ kind, label, replacement }) => {
      const text =
        replacement === undefined
          ? t('device.gone-none', { device: label })
          : t('device.gone', { device: label, replacement });
      const tab = kind === 'microphone' ? 'sound' : 'video';
      this.toasts.show(text, {
        label: t('device.change'),
        run: () => {
          this.dialog.value = { name: 'settings', tab };
        },
      });
    };
  }

  close(): void {
    for (const dispose of this.disposers) dispose();
    clearTimeout(this.cameTimer);
    clearTimeout(this.reactedTimer);
    this.stopScreenTracks();
    this.audio.close();
    this.toasts.close();
    this.media.onDeviceGone = () => undefined;
  }

  async setMicrophone(isLive: boolean): Promise<void> {
    this.isTalkLocked.value = false;
    if (isLive && explainAllowance(this, 'audio')) return;
    await this.media.setMicrophone(isLive);
    if (isLive && this.media.microphoneProblem.peek()) this.explainMissing('microphone');
  }

  async setCamera(isOn: boolean): Promise<void> {
    if (isOn && explainAllowance(this, 'video')) return;
    await this.media.setCamera(isOn);
    if (isOn && this.media.cameraProblem.peek()) this.explainMissing('camera');
  }

  async shareScreen(): Promise<void> {
    if (this.state.peek().self.isSharingScreen) {
      await this.stopSharing();
      return;
    }
    if (explainAllowance(this, 'desktop')) return;
    const capture = await captureScreen();
    if (capture.kind === 'ok') {
      const { video, audio } = capture;
      video.addEventListener('ended', () => void this.stopSharing());
      this.screenTracks = audio ? [video, audio] : [video];
      await this.tell(this.meeting.setScreen(audio ? { video, audio } : { video }));
    } else if (capture.kind === 'blocked-by-system') {
      this.toasts.show(t('share.blocked-by-system'));
    } else if (capture.kind === 'failed') {
      this.toasts.show(t('share.failed'));
    }
  }

  /** The server calls telephones, for this person too. */
  get canCallPhones(): boolean {
    return this.telephone.canCall && this.meeting.phones.mayCall(this.state.value.self);
  }

  async stopSharing(): Promise<void> {
    this.stopScreenTracks();
    await this.tell(this.meeting.setScreen(undefined));
  }

  chooseSpeaker(speakerId: string): void {
    changeSettings({ speakerId });
  }

  toggleHand(): void {
    const isRaised = this.state.peek().self.handRaisedAtMs !== undefined;
    this.meeting.setHandRaised(!isRaised);
  }

  togglePanel(panel: Panel): void {
    this.panel.value = this.panel.peek() === panel ? undefined : panel;
  }

  writePrivately(id: string): void {
    batch(() => {
      this.chatTo.value = id;
      this.panel.value = 'chat';
    });
  }

  pin(id: string): void {
    this.pinned.value = this.pinned.peek() === id ? undefined : id;
  }

  /**
   * Runs a command and tells the person when the server refused it.
   * @returns whether it was done
   */
  async tell(command: Promise<void>): Promise<boolean> {
    try {
      await command;
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.toasts.show(t(error.code === 'not-allowed' ? 'command.not-allowed' : 'command.failed'));
      return false;
    }
  }

  private explainMissing(kind: 'microphone' | 'camera'): void {
    const problem = (kind === 'microphone' ? this.media.microphoneProblem : this.media.cameraProblem).peek();
    if (!problem) return;
    const texts = {
      microphone: {
        'not-found': t('problem.no-microphone'),
        busy: t('problem.busy-microphone'),
        other: t('problem.microphone-blocked'),
      },
      camera: {
        'not-found': t('problem.no-camera'),
        busy: t('problem.busy-camera'),
        other: t('problem.camera-blocked'),
      },
    }[kind];
    this.toasts.show(problem === 'not-found' || problem === 'busy' ? texts[problem] : texts.other, {
      label: t('common.try-again'),
      run: () => void (kind === 'microphone' ? this.setMicrophone(true) : this.setCamera(true)),
    });
  }

  private connectMedia(): void {
    const { media, meeting } = this;
    this.disposers.push(
      effect(() => {
        void this.tell(meeting.setMicrophoneTrack(media.microphone.value));
      }),
      effect(() => {
        void this.tell(meeting.setCameraTrack(media.camera.value));
      }),
      effect(() => {
        if (media.isMicrophoneLive.value && needsAllowance(this.state.value, 'audio')) void media.setMicrophone(false);
      }),
      effect(() => {
        if (media.isCameraOn.value && needsAllowance(this.state.value, 'video')) void media.setCamera(false);
      }),
      effect(() => meeting.setMicrophoneMuted(!media.isMicrophoneLive.value)),
      effect(() => meeting.setCameraMuted(!media.isCameraOn.value)),
      effect(() => {
        const sounds = this.state.value.participants
          .flatMap((person) => person.sources)
          .filter((source) => source.kind === 'audio');
        this.audio.setTracks(new Set(sounds.map((source) => source.track)));
      }),
      effect(() => this.audio.setSpeaker(settings.value.speakerId)),
      effect(() => {
        const { phase, self } = this.state.value;
        const subject = this.wantedSubject.value;
        if (subject === '' || phase.name !== 'joined' || !self.isModerator) return;
        meeting.setSubject(subject);
        this.wantedSubject.value = '';
      }),
    );
  }

  private followState(): void {
    let before = this.state.peek();
    this.disposers.push(
      effect(() => {
        const after = this.state.value;
        this.onChange(before, after);
        before = after;
      }),
    );
  }

  private onChange(before: MeetingState, after: MeetingState): void {
    if (before === after) return;
    for (const { text, urgency } of sentencesOf(before, after)) announce(text, urgency);
    // Nobody came or went: one is elsewhere.
    const isSameRoom = !before.breakout.isMoving && !after.breakout.isMoving;
    if (before.phase.name === 'joined' && after.phase.name === 'joined' && isSameRoom) this.noteArrivals(before, after);
    this.noteMessages(before, after);
    // Another room has other rules; what is reserved there is said once one is inside.
    if (isSameRoom) {
      noteAllowances(this, before, after);
      noteChatRights(this, before, after);
    }
    this.noteMuted(after);
    startMuted(this, before, after);
    this.noteHands(before, after);
    this.noteKnocks(before, after);
    this.noteReactions(before, after);
    this.notePolls(before, after);
    this.noteRoom(before, after);
    const { pinned } = this;
    const id = pinned.peek();
    if (id !== undefined && !isPresent(after, id)) {
      pinned.value = undefined;
      announce(t('announce.unpinned'));
    }
    if (before.self.isSharingScreen && !after.self.isSharingScreen) this.stopScreenTracks();
    const to = this.chatTo.peek();
    if (to !== undefined && !isPresent(after, to)) this.chatTo.value = undefined;
  }

  private noteArrivals(before: MeetingState, after: MeetingState): void {
    if (before.participants === after.participants) return;
    const { joined, left } = arrivals(before, after);
    if (joined.length + left.length === 0) return;
    if (joined.length > 0) playSound('join');
    this.came.joined.push(...joined);
    this.came.left.push(...left);
    this.cameTimer ??= setTimeout(() => {
      this.cameTimer = undefined;
      const { joined: in_, left: out } = this.came;
      this.came = { joined: [], left: [] };
      if (!settings.peek().announcesPeople) return;
      if (in_.length > 0) announce(presenceSentence('joined', in_));
      if (out.length > 0) announce(presenceSentence('left', out));
    }, JOINED_TOGETHER_MS);
  }

  private noteMessages(before: MeetingState, after: MeetingState): void {
    if (before.chat === after.chat) return;
    if (this.panel.peek() === 'chat') return;
    const known = new Set(before.chat.map((entry) => entry.id));
    const fresh = after.chat.filter((entry) => entry.type === 'message' && !entry.isOwn && !known.has(entry.id));
    this.unread.value += fresh.length;
  }

  private noteMuted(after: MeetingState): void {
    const { mutedBy } = after.self;
    if (mutedBy === this.mutedBySeen) return;
    this.mutedBySeen = mutedBy;
    if (!mutedBy) return;
    const name = nameOf(mutedBy.by);
    if (mutedBy.kind === 'desktop') {
      this.stopScreenTracks();
      this.toasts.show(t('muted.screen', { name }));
      return;
    }
    const isSound = mutedBy.kind === 'audio';
    void (isSound ? this.media.setMicrophone(false) : this.media.setCamera(false));
    const text = t(isSound ? 'muted.microphone' : 'muted.camera', { name });
    announce(text, 'assertive');
    this.toasts.show(text, {
      label: t(isSound ? 'muted.unmute' : 'muted.camera-on'),
      run: () => void (isSound ? this.setMicrophone(true) : this.setCamera(true)),
    });
  }

  private noteHands(before: MeetingState, after: MeetingState): void {
    const { handLoweredBy } = after.self;
    if (handLoweredBy !== undefined && before.self.handLoweredBy === undefined) {
      this.toasts.show(t('hand.lowered-by', { name: nameOf(handLoweredBy) }));
    }
    if (before.participants === after.participants) return;
    const raised = (state: MeetingState) => state.participants.filter((p) => p.handRaisedAtMs !== undefined).length;
    if (raised(after) > raised(before)) playSound('hand');
  }

  private noteKnocks(before: MeetingState, after: MeetingState): void {
    if (hasKnocked(before, after)) playSound('knock');
  }

  private notePolls(before: MeetingState, after: MeetingState): void {
    if (before.polls === after.polls) return;
    const known = new Set(before.polls.map(({ id }) => id));
    for (const { id, isNew, author, question } of after.polls) {
      if (!isNew || known.has(id) || author.id === after.self.id) continue;
      const text = t('polls.asked', { name: nameOf(author.name), question });
      announce(text);
      if (this.panel.peek() === 'polls') continue;
      this.toasts.show(text, {
        label: t('polls.answer'),
        run: () => {
          this.panel.value = 'polls';
        },
      });
    }
  }

  private noteRoom(before: MeetingState, after: MeetingState): void {
    if (!before.breakout.isMoving || after.breakout.isMoving) return;
    const { rooms, current } = after.breakout;
    const room = rooms.find(({ jid }) => jid === current);
    const text = current === undefined ? t('breakout.back') : t('breakout.here', { name: room?.name ?? '' });
    announce(text, 'assertive');
    this.toasts.show(text);
  }

  private noteReactions(before: MeetingState, after: MeetingState): void {
    if (before.reactions === after.reactions) return;
    const known = new Set(before.reactions);
    this.reacted.push(...after.reactions.filter((one) => !known.has(one) && one.from !== after.self.id));
    if (this.reacted.length === 0) return;
    this.reactedTimer ??= setTimeout(() => {
      this.reactedTimer = undefined;
      for (const sentence of reactionSentences(this.reacted.splice(0), this.state.peek())) announce(sentence);
    }, REACTED_TOGETHER_MS);
  }

  private followBanner(): void {
    let wasOutage = false;
    this.disposers.push(
      effect(() => {
        const banner = this.banner.value;
        const isNow = isOutage(banner);
        if (isNow && !wasOutage && banner) announce(t('banner.lost'), 'assertive');
        const hasTrouble = this.state.value.troubles.length > 0;
        if (wasOutage && !isNow && !hasTrouble) {
          // Read outside of tracking: this effect must not follow its own write.
          this.backSinceMs.value = performance.now();
        }
        wasOutage = isNow || (wasOutage && hasTrouble);
      }),
    );
  }

  private tick(): void {
    this.nowMs.value = performance.now();
    this.warnOfClosing();
    const { self, dominantSpeaker } = this.state.peek();
    const isSpeaking = dominantSpeaker === self.id && !self.isMicrophoneMuted;
    if (!this.handLowering.shouldLower(self.handRaisedAtMs !== undefined, isSpeaking, this.nowMs.peek())) return;
    this.meeting.setHandRaised(false);
    this.toasts.show(t('hand.lowered'), {
      label: t('common.undo'),
      run: () => this.meeting.setHandRaised(true),
    });
  }

  private warnOfClosing(): void {
    const { breakout, self } = this.state.peek();
    const isConcerned = breakout.current !== undefined || self.isModerator;
    if (!isNearEnd(breakout, this.nowMs.peek())) {
      this.withdrawClosing?.();
      this.withdrawClosing = undefined;
    }
    if (!this.closingWarning.isDue(breakout, isConcerned, this.nowMs.peek())) return;
    const text = t('breakout.closes-soon');
    announce(text, 'assertive');
    const putOff = { label: t('breakout.more-time'), run: () => void this.tell(moreTime(this)) };
    this.withdrawClosing = this.toasts.show(text, self.isModerator ? putOff : undefined);
  }

  private stopScreenTracks(): void {
    for (const track of this.screenTracks) track.stop();
    this.screenTracks = [];
  }
}

/** Whether a tile's id, a person or a screen, is still in the meeting. */
function isPresent(state: MeetingState, id: string): boolean {
  return state.participants.some((person) => person.id === id || person.sources.some((source) => source.name === id));
}
