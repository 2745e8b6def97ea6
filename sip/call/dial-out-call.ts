import { randomUUID } from 'node:crypto';
import type { PhoneLeg } from '../media/phone-leg.ts';
import type { NameAddress } from '../message/message.ts';
import type { Uri } from '../message/uri.ts';
import type { HangUpReason } from '../ivr/hang-up-reason.ts';
import { reasonHeader } from '../ivr/hang-up-reason.ts';
import type { IvrOutput } from '../ivr/ivr-output.ts';
import { isTrunksFault } from '../dial-route.ts';
import { newEndpointId } from '../room/endpoint-id.ts';
import { Wake } from '../transaction/wake.ts';
import type { Target } from '../transport/source.ts';
import type { Credentials } from '../ua/call-ways.ts';
import type { OutgoingInvite } from '../ua/outgoing-invite.ts';
import type { Session } from '../ua/session.ts';
import type { UserAgent } from '../ua/user-agent.ts';
import { CallNegotiation } from './call-negotiation.ts';
import { callStatusOf } from './call-status.ts';
import type { CallSurroundings } from './call-surroundings.ts';
import { CallVoice } from './call-voice.ts';
import { legOptionsOf, type TrunkSound } from './leg-options.ts';
import { localMediaOf } from './local-media.ts';
import { PhoneKeys } from './phone-keys.ts';
import { PhoneMedia } from './phone-media.ts';
import { RoomStay } from './room-stay.ts';
import { watchLeg } from './watch-leg.ts';

/** One trunk that the number may be called over. */
export interface DialOutWay {
  /** Its name. */
  readonly trunk: string;
  readonly uri: Uri;
  readonly from: NameAddress;
  readonly user: string;
  /** Where it is, the best first. @throws the DNS's error */
  readonly targets: () => Promise<readonly Target[]>;
  readonly credentials?: Credentials;
  readonly sound: TrunkSound;
}

export interface DialOutOptions {
  readonly agent: UserAgent;
  /** Tried in this order. */
  readonly ways: readonly [DialOutWay, ...DialOutWay[]];
  /** Bare address of the meeting. */
  readonly room: string;
  readonly password: string | undefined;
  /** Bare address of who has it called. */
  readonly dialledBy: string | undefined;
  /** In full. */
  readonly number: string;
  /** Masked already. */
  readonly displayName: string;
  readonly language: string;
  readonly maxCallMs: number;
  readonly onEnd: (call: DialOutCall) => void;
}

/** Nobody lets a phone ring longer. */
const RING_MS = 90_000;
const NO_ANSWER = callStatusOf(487);
/** So that people can read why the call came to nothing. */
const STATUS_STAYS_MS = 5_000;

/** A phone that is called from a meeting: there from the start, with the state of its call for all to see. */
export class DialOutCall {
  readonly id = randomUUID();
  readonly startedAtMs: number;
  readonly endpointId = newEndpointId();
  readonly #surroundings: CallSurroundings;
  readonly #options: DialOutOptions;
  readonly #leg: PhoneLeg;
  readonly #media: PhoneMedia;
  readonly #voice: CallVoice;
  readonly #keys: PhoneKeys;
  readonly #deadline: Wake;
  readonly #abort = new AbortController();
  /** The one that is tried, or that has led somewhere. */
  #way: DialOutWay;
  #stay: RoomStay | undefined;
  #invite: OutgoingInvite | undefined;
  #session: Session | undefined;
  #goodbye: NodeJS.Timeout | undefined;
  #ending: Promise<void> | undefined;
  #hasRungOut = false;
  #outcome = 'Disconnected';
  #isOver = false;

  /** @throws MediaError when there is no port for its sound */
  static async prepare(surroundings: CallSurroundings, options: DialOutOptions): Promise<DialOutCall> {
    const media = await surroundings.media();
    return new DialOutCall(surroundings, options, await media.openLeg(legOptionsOf(options.ways[0].sound)));
  }

  private constructor(surroundings: CallSurroundings, options: DialOutOptions, leg: PhoneLeg) {
    this.#surroundings = surroundings;
    this.startedAtMs = surroundings.now();
    this.#options = options;
    [this.#way] = options.ways;
    this.#leg = leg;
    this.#media = new PhoneMedia(leg, {
      onUplink: (uplink) => void this.#stay?.setUplink(uplink).catch((error: unknown) => this.#bug(error)),
      onHold: (isOnHold) => this.#stay?.setOnHold(isOnHold),
    });
    this.#voice = new CallVoice(leg, (sound) => surroundings.prompts.samples(options.language, sound), {
      onGoodbye: (reason) => this.#sayGoodbye(reason),
    });
    this.#deadline = new Wake(surroundings.now, () => this.#onDeadline());
    this.#keys = new PhoneKeys(leg, surroundings.now, (key) => this.#stay?.press(key));
    watchLeg(leg, surroundings.logger, this.id, (headers) => this.#session?.hangUp(headers));
  }

  get trunk(): string {
    return this.#way.trunk;
  }

  /** In full: the number that is shown to who is called, and the one called. */
  get parties(): { readonly caller: string; readonly called: string } {
    return { caller: this.#way.user, called: this.#options.number };
  }

  /** What the meeting last read of the call. */
  get outcome(): string {
    return this.#outcome;
  }

  /** Of SIP, once it is dialled. */
  get callId(): string | undefined {
    return this.#invite?.callId;
  }

  /** As the meeting sees the phone. */
  get name(): string {
    return this.#options.displayName;
  }

  /** Of the meeting it is called from. */
  get room(): string {
    return this.#options.room;
  }

  /** Enters the meeting and calls. */
  async start(): Promise<void> {
    const { room, password, displayName, dialledBy } = this.#options;
    const result = await RoomStay.begin(
      this.#surroundings,
      {
        room,
        password,
        displayName,
        dialledBy,
        leg: this.#leg,
        uplink: this.#media.uplink,
        endpointId: this.endpointId,
        status: 'Initializing Call',
        isAnswered: false,
      },
      this.#abort.signal,
    );
    if (result.kind === 'refused') {
      this.#outcome = 'Failed';
      return this.#end();
    }
    const { stay } = result;
    if (this.#isOver) return stay.leave();
    this.#stay = stay;
    stay.on('outputs', (outputs) => outputs.forEach((output) => this.#carryOut(output)));
    stay.on('endedInLobby', () => this.#finish());
    stay.session.once('hangUp', () => this.#cut());
    // Who has answered is told first, by the announcements, and hung up after that.
    stay.session.once('ended', () => this.#session === undefined && this.#finish());
    this.#deadline.at(this.#surroundings.now() + RING_MS);
    await this.#dial(this.#options.ways);
  }

  /** Ends the call from our side, ringing or answered. Idempotent; the phone is out of the meeting when it resolves. */
  async hangUp(): Promise<void> {
    this.#invite?.cancel();
    this.#session?.hangUp();
    await this.#end();
  }

  /** Over the first of these trunks, and the next one where that is to blame for a failure. */
  async #dial([way, ...others]: readonly DialOutWay[]): Promise<void> {
    if (way === undefined) return;
    this.#way = way;
    const { uri, from, user, credentials, sound } = way;
    const targets = await this.#targetsOf(way);
    const remote = targets[0]?.address ?? '';
    this.#leg.configure(legOptionsOf(sound));
    const local = await localMediaOf(this.#surroundings, this.#leg, remote, sound.srtp);
    // It may have been ended meanwhile, or have taken too long already.
    if (this.#isOver || this.#goodbye !== undefined) return;
    if (this.#hasRungOut) return this.#showEnd(NO_ANSWER);
    let hasRung = false;
    const invite = this.#options.agent.dial({
      uri,
      from,
      user,
      targets,
      negotiation: new CallNegotiation(local, (media) => this.#media.set(media)),
      ...(credentials === undefined ? {} : { credentials }),
    });
    this.#invite = invite;
    invite.once('ringing', () => {
      hasRung = true;
      this.#stay?.session.setStatus('Ringing');
    });
    invite.once('answered', (session) => this.#onAnswered(session));
    invite.once('failed', ({ status, reason }) => {
      if (others.length === 0 || !isTrunksFault(status, hasRung)) return this.#showEnd(callStatusOf(status));
      this.#surroundings.logger.warn(
        { trunk: way.trunk, status, reason },
        'a trunk could not call: another one is tried',
      );
      this.#dial(others).catch((error: unknown) => this.#bug(error));
    });
    invite.start();
  }

  /** None where its name leads nowhere now: the call fails as if nobody had answered. */
  async #targetsOf({ targets, trunk }: DialOutWay): Promise<readonly Target[]> {
    try {
      return await targets();
    } catch (error) {
      this.#surroundings.logger.warn({ trunk, err: error }, 'the name of a trunk’s server leads nowhere');
      return [];
    }
  }

  #onAnswered(session: Session): void {
    this.#session = session;
    this.#keys.listenTo(session);
    session.once('ended', () => this.#showEnd('Disconnected'));
    this.#stay?.session.setStatus('Connected');
    this.#stay?.setAnswered();
    this.#deadline.at(this.#surroundings.now() + this.#options.maxCallMs);
  }

  /** A moderator, or who made it, has had enough of it. */
  #cut(): void {
    this.#showEnd('Disconnected');
    this.#invite?.cancel();
    this.#session?.hangUp();
  }

  #onDeadline(): void {
    if (this.#session !== undefined) return this.#session.hangUp();
    this.#hasRungOut = true;
    this.#invite?.cancel();
  }

  #carryOut(output: IvrOutput): void {
    // Nobody hears yet what is said while it rings.
    if (output.kind === 'play' && this.#session === undefined) return;
    if (!this.#voice.carryOut(output)) this.#stay?.carryOut(output);
  }

  #sayGoodbye(reason: HangUpReason): void {
    this.#invite?.cancel();
    this.#session?.hangUp([{ name: 'reason', value: reasonHeader(reason) }]);
  }

  /** The call is over; why stands in the meeting for a while. */
  #showEnd(status: string): void {
    if (this.#isOver || this.#goodbye !== undefined) return;
    this.#deadline.at(undefined);
    this.#leg.close();
    this.#outcome = status;
    this.#stay?.session.setStatus(status);
    this.#goodbye = setTimeout(() => this.#finish(), STATUS_STAYS_MS);
  }

  /** Callers share one end. */
  #end(): Promise<void> {
    this.#ending ??= this.#clear();
    return this.#ending;
  }

  async #clear(): Promise<void> {
    this.#isOver = true;
    this.#abort.abort();
    this.#deadline.at(undefined);
    clearTimeout(this.#goodbye);
    this.#voice.stop();
    try {
      await this.#stay?.leave();
    } finally {
      this.#leg.close();
      this.#options.onEnd(this);
    }
  }

  #finish(): void {
    this.hangUp().catch((error: unknown) => this.#surroundings.logger.error({ err: error }, 'a call out did not end'));
  }

  /** Ends this call, and no other. */
  #bug(error: unknown): void {
    this.#surroundings.logger.error({ err: error }, 'a call out had to be ended');
    this.#finish();
  }
}
