import { randomUUID } from 'node:crypto';
import { type EntryInput, type EntryState, startEntry, stepEntry } from '../ivr/entry.ts';
import { type HangUpReason, reasonHeader } from '../ivr/hang-up-reason.ts';
import type { IvrOutput, IvrStep } from '../ivr/ivr-output.ts';
import type { JoinRefusal } from '../ivr/room-outcome.ts';
import type { PhoneLeg } from '../media/phone-leg.ts';
import { type Uri, uriUser } from '../message/uri.ts';
import { cleanDisplayName } from '../protection/display-name.ts';
import { Wake } from '../transaction/wake.ts';
import type { IncomingInvite } from '../ua/incoming-invite.ts';
import type { Session, SessionEnd } from '../ua/session.ts';
import type { CallTarget } from './call-target.ts';
import { CallNegotiation } from './call-negotiation.ts';
import type { CallSurroundings } from './call-surroundings.ts';
import { CallVoice } from './call-voice.ts';
import { legOptionsOf, type TrunkSound } from './leg-options.ts';
import { localMediaOf } from './local-media.ts';
import { PhoneKeys } from './phone-keys.ts';
import { PhoneMedia } from './phone-media.ts';
import { RoomStay, type StayResult } from './room-stay.ts';
import { watchLeg } from './watch-leg.ts';

export interface DialInOptions {
  readonly invite: IncomingInvite;
  /** Name of the trunk it came by. */
  readonly trunk: string;
  readonly sound: TrunkSound;
  readonly target: CallTarget;
  /** Masked already. */
  readonly displayName: string;
  readonly onEnd: (call: DialInCall, end: SessionEnd | 'refused') => void;
}

/** Seconds after which a caller may try again when there is no port left. */
const RETRY_AFTER = { name: 'retry-after', value: '30' };

/** One call from a phone: answered, led through the entry, then in a meeting until one side hangs up. */
export class DialInCall {
  readonly id = randomUUID();
  readonly startedAtMs: number;
  readonly #surroundings: CallSurroundings;
  readonly #options: DialInOptions;
  readonly #leg: PhoneLeg;
  readonly #media: PhoneMedia;
  readonly #voice: CallVoice;
  readonly #keys: PhoneKeys;
  readonly #entryWake: Wake;
  readonly #abort = new AbortController();
  #entry: EntryState | undefined;
  #session: Session | undefined;
  #stay: RoomStay | undefined;
  #room: string | undefined;
  /** The PIN was the host's. */
  #isHost = false;
  #ending: Promise<void> | undefined;
  #isOver = false;

  /** Answers the call. Nothing is left behind when there is none after all. */
  static async take(surroundings: CallSurroundings, options: DialInOptions): Promise<DialInCall | undefined> {
    const { invite, sound } = options;
    let leg: PhoneLeg;
    try {
      const media = await surroundings.media();
      leg = await media.openLeg(legOptionsOf(sound));
    } catch (error) {
      surroundings.logger.warn({ err: error }, 'a call is refused: there is no port for its sound');
      invite.reject(503, [RETRY_AFTER]);
      return undefined;
    }
    const call = new DialInCall(surroundings, options, leg);
    try {
      return (await call.#answer()) ? call : undefined;
    } catch (error) {
      await call.#end();
      throw error;
    }
  }

  private constructor(surroundings: CallSurroundings, options: DialInOptions, leg: PhoneLeg) {
    this.#surroundings = surroundings;
    this.#options = options;
    this.#leg = leg;
    const { prompts, now } = surroundings;
    this.startedAtMs = now();
    this.#media = new PhoneMedia(leg, {
      onUplink: (uplink) => void this.#stay?.setUplink(uplink).catch((error: unknown) => this.#bug(error)),
      onHold: (isOnHold) => this.#stay?.setOnHold(isOnHold),
    });
    this.#voice = new CallVoice(leg, (sound) => prompts.samples(options.target.language, sound), {
      onPlayed: () => this.#step({ kind: 'played' }),
      onGoodbye: (reason) => this.#sayGoodbye(reason),
    });
    this.#entryWake = new Wake(now, () => this.#step({ kind: 'time' }));
    this.#keys = new PhoneKeys(leg, now, (key) => this.#onDigit(key));
    watchLeg(leg, surroundings.logger, this.id, (headers) => this.#session?.hangUp(headers));
  }

  get trunk(): string {
    return this.#options.trunk;
  }

  /** In full: the caller's number or account, and what it called. */
  get parties(): { readonly caller: string; readonly called: string } {
    const { from, uri } = this.#options.invite.request;
    return { caller: partyOf(from.uri), called: partyOf(uri) };
  }

  /** Of SIP. */
  get callId(): string {
    return this.#options.invite.request.callId;
  }

  /** As the meeting sees the phone. */
  get name(): string {
    return this.#options.displayName;
  }

  /** Of the meeting it is or was last in, or in the lobby of. */
  get room(): string | undefined {
    return this.#room;
  }

  /** Ends the call from our side. The phone is out of its meeting when it resolves. */
  async hangUp(): Promise<void> {
    this.#session?.hangUp();
    await this.#end();
  }

  async #answer(): Promise<boolean> {
    const { invite, sound, target } = this.#options;
    const local = await localMediaOf(this.#surroundings, this.#leg, invite.source.address, sound.srtp);
    const negotiation = new CallNegotiation(local, (media) => this.#media.set(media));
    const { room, password } = target;
    const { pinDigits } = this.#surroundings.config.dialIn;
    const start = startEntry(
      { pinDigits, ...(room === undefined ? {} : { room }), ...(password === undefined ? {} : { password }) },
      this.#surroundings.now(),
    );
    if (room !== undefined) return this.#enterFirst(room, start, negotiation);
    if (!this.#accept(negotiation)) return this.#giveUp();
    this.#take(start);
    return true;
  }

  /** @returns whether there is a call */
  #accept(negotiation: CallNegotiation): boolean {
    const { invite, onEnd } = this.#options;
    const session = invite.accept(negotiation);
    if (session === undefined) return false;
    this.#session = session;
    this.#keys.listenTo(session);
    session.once('ended', (end) => {
      this.#end().catch((error: unknown) => this.#bug(error));
      onEnd(this, end);
    });
    return true;
  }

  /**
   * Where nothing is to be asked it rings until the phone is in the meeting (§2 of the specification). Who cannot come in hears so
   * from their own exchange, unless there is something that they can do about it.
   */
  async #enterFirst(room: string, start: IvrStep<EntryState>, negotiation: CallNegotiation): Promise<boolean> {
    const { invite, target } = this.#options;
    invite.ring();
    invite.once('cancelled', () => this.#abort.abort());
    this.#entry = start.state;
    const result = await this.#begin(room, target.password, false);
    const status = result.kind === 'refused' ? REFUSAL_STATUS[result.reason] : undefined;
    if (status !== undefined) invite.reject(status);
    if (!this.#accept(negotiation)) return this.#giveUp();
    this.#entryWake.at(start.wakeAtMs);
    this.#stay?.setAnswered();
    this.#step(result.kind === 'refused' ? result : { kind: result.kind });
    return true;
  }

  async #giveUp(): Promise<false> {
    await this.#end();
    return false;
  }

  #onDigit(digit: string): void {
    if (this.#entry?.phase === 'in-room') this.#stay?.press(digit);
    else this.#step({ kind: 'digit', digit });
  }

  #step(input: EntryInput): void {
    if (this.#entry === undefined || this.#isOver) return;
    this.#take(stepEntry(this.#entry, input, this.#surroundings.now()));
  }

  #take({ state, outputs, wakeAtMs }: IvrStep<EntryState>): void {
    this.#entry = state;
    this.#entryWake.at(wakeAtMs);
    for (const output of outputs) this.#carryOut(output);
  }

  #carryOut(output: IvrOutput): void {
    if (this.#voice.carryOut(output)) return;
    switch (output.kind) {
      case 'resolvePin':
        this.#resolve(output.pin).catch((error: unknown) => this.#bug(error));
        break;
      case 'join':
        this.#join(output.room, output.password).catch((error: unknown) => this.#onJoinFailed(error));
        break;
      case 'leave':
        this.#leave().catch((error: unknown) => this.#bug(error));
        break;
      default:
        this.#stay?.carryOut(output);
    }
  }

  #sayGoodbye(reason: HangUpReason): void {
    this.#session?.hangUp([{ name: 'reason', value: reasonHeader(reason) }]);
  }

  async #resolve(pin: string): Promise<void> {
    const { invite, trunk } = this.#options;
    const target = await this.#surroundings.resolvePin(pin, { source: invite.source.address, trunk });
    this.#isHost = target?.kind === 'host';
    this.#step({ kind: 'pinResolved', room: target?.room });
  }

  async #join(room: string, password: string | undefined): Promise<void> {
    const result = await this.#begin(room, password, true);
    this.#step(result.kind === 'refused' ? result : { kind: result.kind });
  }

  async #begin(room: string, password: string | undefined, isAnswered: boolean): Promise<StayResult> {
    const options = {
      room,
      password,
      isHost: this.#isHost,
      leg: this.#leg,
      uplink: this.#media.uplink,
      displayName: this.#options.displayName,
      isAnswered,
    };
    const result = await RoomStay.begin(this.#surroundings, options, this.#abort.signal);
    if (result.kind === 'refused') return result;
    const { stay } = result;
    // The caller may have hung up, or given up waiting, meanwhile.
    if (this.#isOver || this.#entry?.phase !== 'joining') {
      await stay.leave();
      return { kind: 'refused', reason: 'unreachable' };
    }
    this.#stay = stay;
    this.#room = room;
    stay.on('outputs', (outputs) => outputs.forEach((output) => this.#carryOut(output)));
    stay.on('admitted', () => this.#step({ kind: 'admitted' }));
    stay.session.once('hangUp', () => this.#session?.hangUp());
    stay.on('endedInLobby', (reason) => this.#step({ kind: 'ended', reason }));
    if (this.#media.isOnHold) stay.setOnHold(true);
    return result;
  }

  #onJoinFailed(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#surroundings.logger.error({ err: error }, 'a phone could not join its meeting');
    this.#step({ kind: 'refused', reason: 'unreachable' });
  }

  async #leave(): Promise<void> {
    const stay = this.#stay;
    this.#stay = undefined;
    await stay?.leave();
  }

  /** Callers share one end. */
  #end(): Promise<void> {
    this.#ending ??= this.#clear();
    return this.#ending;
  }

  async #clear(): Promise<void> {
    this.#isOver = true;
    this.#abort.abort();
    this.#entryWake.at(undefined);
    this.#voice.stop();
    try {
      await this.#leave();
    } finally {
      this.#leg.close();
    }
  }

  /** Ends this call, and no other. */
  #bug(error: unknown): void {
    this.#surroundings.logger.error({ err: error }, 'a call had to be ended');
    this.#session?.hangUp();
  }
}

/** What a caller wrote goes nowhere uncut. */
function partyOf(uri: Uri): string {
  return cleanDisplayName(uriUser(uri) ?? '');
}

/** Of those that no key can mend. */
const REFUSAL_STATUS: Partial<Record<JoinRefusal, number>> = {
  'room-full': 486,
  'not-allowed': 403,
  banned: 403,
  encrypted: 488,
  'no-focus': 503,
  unreachable: 503,
};
