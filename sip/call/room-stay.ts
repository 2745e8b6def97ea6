import { EventEmitter } from 'node:events';
import { Wake } from '../transaction/wake.ts';
import {
  type AnnouncementInput,
  type AnnouncementState,
  startAnnouncements,
  stepAnnouncements,
} from '../ivr/announcements.ts';
import type { IvrOutput, IvrStep } from '../ivr/ivr-output.ts';
import { type HostResult, type MenuInput, type MenuState, NEW_MENU, stepMenu } from '../ivr/menu.ts';
import type { JoinRefusal, RoomEnd } from '../ivr/room-outcome.ts';
import type { PhoneLeg } from '../media/phone-leg.ts';
import { newEndpointId } from '../room/endpoint-id.ts';
import type { UplinkSource } from '../room/plain-answer.ts';
import type { JoinRefusal as JoinOutcome } from '../room/join-refusal.ts';
import { type RoomEnd as SessionEnd, RoomSession } from '../room/room-session.ts';
import type { CallSurroundings } from './call-surroundings.ts';
import type { RoomMember, SharedRoom } from './shared-room.ts';

export interface StayOptions {
  /** Bare address. */
  readonly room: string;
  readonly leg: PhoneLeg;
  readonly uplink: UplinkSource;
  /** Masked already. */
  readonly displayName: string;
  readonly password?: string | undefined;
  /** The caller has shown the host PIN. */
  readonly isHost?: boolean;
  /** Default: a new one. */
  readonly endpointId?: string;
  /** Bare address of who had the phone called from the meeting. */
  readonly dialledBy?: string | undefined;
  /** First status text of a phone that is called from the meeting. */
  readonly status?: string;
  /** Whether the phone hears the meeting as soon as it is in; a phone that is still ringing does not. */
  readonly isAnswered: boolean;
}

export interface RoomStayEvents {
  /** From the lobby into the meeting. */
  admitted: [];
  /** What the menu and the announcements want done, but for what the stay does itself. */
  outputs: [readonly IvrOutput[]];
  /** Ended by the meeting while in its lobby; in the meeting the announcements say so and hang up. */
  endedInLobby: [reason: RoomEnd];
}

export type StayResult =
  | { readonly kind: 'joined' | 'lobby'; readonly stay: RoomStay }
  | { readonly kind: 'refused'; readonly reason: JoinRefusal };

const VOLUME_LIMIT_DB = 12;
const LOCK_RESULTS = { locked: 'locked', open: 'unlocked', failed: 'not-possible' } as const;

/** One phone in one meeting: its session there, its place in the mixer, its keys and what it is told. */
export class RoomStay extends EventEmitter<RoomStayEvents> {
  readonly session: RoomSession;
  readonly #surroundings: CallSurroundings;
  readonly #shared: SharedRoom;
  readonly #member: RoomMember;
  readonly #menuWake: Wake;
  readonly #announcementWake: Wake;
  #menu: MenuState = NEW_MENU;
  #announcements: AnnouncementState | undefined;
  #uplink: UplinkSource;
  #media: Parameters<SharedRoom['mixer']['setUplink']>[2];
  #isMuted = false;
  #isHandRaised = false;
  #isAnswered: boolean;
  #isInRoom = false;
  #volumeDb = 0;
  #isOver = false;

  /** @throws MediaError when there is no socket for the meeting's sound; what the signal was aborted with */
  static async begin(surroundings: CallSurroundings, options: StayOptions, signal: AbortSignal): Promise<StayResult> {
    const shared = await surroundings.rooms.hold(options.room);
    let isKept = false;
    try {
      const { displayName, password, status, dialledBy, isHost = false } = options;
      const result = await RoomSession.join(
        surroundings.connection,
        {
          room: options.room,
          endpointId: options.endpointId ?? newEndpointId(),
          displayName,
          isHost,
          media: shared.mixer.localAddress,
          uplink: options.uplink,
          // Who only rings hears nothing yet; once it is answered the room sees to who receives.
          isReceiving: options.isAnswered && shared.needsReceiver,
          ...(password === undefined ? {} : { password }),
          ...(status === undefined ? {} : { status }),
          ...(dialledBy === undefined ? {} : { dialledBy }),
        },
        signal,
      );
      if (result.kind === 'refused') return { kind: 'refused', reason: refusalOf(result.reason) };
      const stay = new RoomStay(surroundings, shared, result.session, options);
      isKept = true;
      if (result.kind === 'joined') stay.#enter();
      return { kind: result.kind, stay };
    } finally {
      if (!isKept) shared.release();
    }
  }

  private constructor(surroundings: CallSurroundings, shared: SharedRoom, session: RoomSession, options: StayOptions) {
    super();
    this.#surroundings = surroundings;
    this.#shared = shared;
    this.session = session;
    this.#member = { session, leg: options.leg };
    this.#uplink = options.uplink;
    this.#isAnswered = options.isAnswered;
    this.#menuWake = new Wake(surroundings.now, () => this.#onMenu({ kind: 'time' }));
    this.#announcementWake = new Wake(surroundings.now, () => this.#announce({ kind: 'time' }));
    this.#listen(session);
  }

  /** A key while in the meeting. */
  press(digit: string): void {
    this.#onMenu({ kind: 'digit', digit });
  }

  /** The phone that was called has been picked up. */
  setAnswered(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    if (this.#isInRoom) this.#shared.enter(this.#member);
    this.#sendUplink();
    this.#sayWhetherMuted();
  }

  /** The phone's codec changed. */
  async setUplink(uplink: UplinkSource): Promise<void> {
    const { mixer } = this.#shared;
    mixer.setUplink(this.#member.leg, this.#uplink.ssrc, undefined);
    this.#uplink = uplink;
    // What was said under the other codec's number is not said any more; the session tells the new one.
    this.#media = undefined;
    await this.session.setUplink(uplink);
    this.#sendUplink();
  }

  setOnHold(isOnHold: boolean): void {
    this.session.setOnHold(isOnHold);
  }

  /** What the menu or the entry put out and is the stay's to do. @returns false for what is not */
  carryOut(output: IvrOutput): boolean {
    switch (output.kind) {
      case 'setMuted':
        this.#setMuted(output.isMuted);
        return true;
      case 'setHand':
        this.#isHandRaised = output.isRaised;
        this.session.setHand(output.isRaised);
        return true;
      case 'muteOthers':
        this.#asHost(async () => ((await this.session.muteOthers()) ? 'others-muted' : 'not-possible'));
        return true;
      case 'toggleLock':
        this.#asHost(async () => LOCK_RESULTS[(await this.session.toggleLock()) ?? 'failed']);
        return true;
      case 'changeVolume':
        this.#volumeDb = Math.max(-VOLUME_LIMIT_DB, Math.min(VOLUME_LIMIT_DB, this.#volumeDb + output.byDb));
        this.#member.leg.setVolumeDb(this.#volumeDb);
        return true;
      default:
        return false;
    }
  }

  /** Leaves meeting or lobby. Idempotent; nobody sees the phone there any more when it resolves. */
  async leave(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#menuWake.at(undefined);
    this.#announcementWake.at(undefined);
    this.#shared.mixer.setUplink(this.#member.leg, this.#uplink.ssrc, undefined);
    this.#shared.exit(this.#member);
    try {
      await this.session.leave();
    } finally {
      this.#shared.release();
    }
  }

  #listen(session: RoomSession): void {
    session.on('admitted', () => {
      this.#enter();
      this.emit('admitted');
    });
    session.on('media', (media) => {
      this.#media = media;
      this.#sendUplink();
    });
    session.on('mediaEnded', () => {
      this.#media = undefined;
      this.#sendUplink();
    });
    session.on('sources', (sources) => this.#shared.onSources(this.#member, [...sources.keys()]));
    session.on('muted', () => {
      this.#isMuted = true;
      this.#shared.mixer.setMuted(this.#member.leg, true);
      this.#announce({ kind: 'mutedByModerator' });
    });
    session.on('unmuteAllowed', () => this.#isMuted && this.#announce({ kind: 'unmuteAllowed' }));
    session.on('handLowered', () => {
      this.#isHandRaised = false;
      this.#announce({ kind: 'handLowered' });
    });
    session.on('peopleChanged', () => this.#announce({ kind: 'people', ...this.#people }));
    session.on('ended', (end) => {
      if (this.#isOver) return;
      const reason = endOf(end);
      if (this.#isInRoom) this.#announce({ kind: 'ended', reason });
      else this.emit('endedInLobby', reason);
    });
  }

  get #people(): { people: number; others: number } {
    const { people, others } = this.session;
    return { people, others };
  }

  #enter(): void {
    this.#isInRoom = true;
    if (this.#isAnswered) this.#shared.enter(this.#member);
    this.#sendUplink();
    const { tonesUpToPeople, allowOnlyPhones } = this.#surroundings.config.dialIn;
    const step = startAnnouncements({ tonesUpToPeople, allowOnlyPhones }, this.#people, this.#surroundings.now());
    this.#takeAnnouncements(step);
    if (this.session.isMuted) {
      this.#isMuted = true;
      this.#shared.mixer.setMuted(this.#member.leg, true);
    }
    this.#sayWhetherMuted();
  }

  /** The meeting may have who comes in begin with the microphone off. */
  #sayWhetherMuted(): void {
    if (this.#isAnswered && this.#isInRoom && this.#isMuted) this.#announce({ kind: 'startsMuted' });
  }

  #sendUplink(): void {
    if (this.#isOver) return;
    const media = this.#isAnswered && this.#isInRoom ? this.#media : undefined;
    this.#shared.mixer.setUplink(this.#member.leg, this.#uplink.ssrc, media);
  }

  #setMuted(isMuted: boolean): void {
    const result = this.session.setMuted(isMuted);
    if (result === 'done') {
      this.#isMuted = isMuted;
      this.#shared.mixer.setMuted(this.#member.leg, isMuted);
    }
    this.#onMenu({ kind: 'muteAnswered', isMuted, result });
  }

  #asHost(act: () => Promise<HostResult>): void {
    act()
      .then((result) => this.#onMenu({ kind: 'hostAnswered', result }))
      .catch((error: unknown) => this.#surroundings.logger.error({ err: error }, 'a host on the phone was not obeyed'));
  }

  #onMenu(input: MenuInput): void {
    if (this.#isOver) return;
    const { people, isModerator: isHost } = this.session;
    const facts = { isMuted: this.#isMuted, isHandRaised: this.#isHandRaised, isHost, people };
    const step = stepMenu(this.#menu, input, facts, this.#surroundings.now());
    this.#menu = step.state;
    this.#menuWake.at(step.wakeAtMs);
    this.#put(step.outputs);
  }

  #announce(input: AnnouncementInput): void {
    if (this.#isOver || this.#announcements === undefined) return;
    this.#takeAnnouncements(stepAnnouncements(this.#announcements, input, this.#surroundings.now()));
  }

  #takeAnnouncements(step: IvrStep<AnnouncementState>): void {
    this.#announcements = step.state;
    this.#announcementWake.at(step.wakeAtMs);
    this.#put(step.outputs);
  }

  #put(outputs: readonly IvrOutput[]): void {
    const others = outputs.filter((output) => !this.carryOut(output));
    if (others.length > 0) this.emit('outputs', others);
  }
}

/** Who was cancelled hears nothing more, whatever it is called. */
function refusalOf(reason: JoinOutcome): JoinRefusal {
  return reason === 'cancelled' ? 'unreachable' : reason;
}

function endOf(end: SessionEnd): RoomEnd {
  return end === 'not-admitted' ? 'lobby-denied' : end;
}
