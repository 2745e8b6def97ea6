import type { PhoneLeg } from '../media/phone-leg.ts';
import type { RoomMixer } from '../media/room-mixer.ts';
import type { RoomSession } from '../room/room-session.ts';

/** A phone of a room: its connection to it, and its sound. */
export interface RoomMember {
  readonly session: Pick<RoomSession, 'sourceName' | 'setReceiving'>;
  readonly leg: PhoneLeg;
}

/**
 * One meeting and this gateway's phones in it. They share one mixer and one socket towards the bridge, and one of them
 * receives for all: what the meeting says is sent to this gateway once.
 */
export class SharedRoom {
  readonly mixer: RoomMixer;
  readonly #onEmpty: () => void;
  /** Phones that are in the meeting, in the order they came. */
  readonly #members: RoomMember[] = [];
  #receiver: RoomMember | undefined;
  /** Phones on their way in, or waiting in the lobby, or in the meeting. */
  #users = 0;

  constructor(mixer: RoomMixer, onEmpty: () => void) {
    this.mixer = mixer;
    this.#onEmpty = onEmpty;
  }

  /** Whether somebody who joins now is to receive for all. */
  get needsReceiver(): boolean {
    return this.#receiver === undefined;
  }

  /** The room stays until as many have let go of it as have held it. */
  hold(): void {
    this.#users++;
  }

  release(): void {
    this.#users--;
    if (this.#users > 0) return;
    this.mixer.close();
    this.#onEmpty();
  }

  /** A phone is in the meeting. Idempotent. */
  enter(member: RoomMember): void {
    if (this.#members.includes(member)) return;
    this.#members.push(member);
    this.mixer.add(member.leg);
    this.#settle();
  }

  /** A phone has gone, or goes. Idempotent. */
  exit(member: RoomMember): void {
    const index = this.#members.indexOf(member);
    if (index < 0) return;
    this.#members.splice(index, 1);
    this.mixer.remove(member.leg);
    if (this.#receiver === member) {
      this.#receiver = undefined;
      this.mixer.setSources([]);
    }
    this.#settle();
  }

  /** What a session says may arrive at the shared socket. */
  onSources(member: RoomMember, ssrcs: readonly number[]): void {
    if (this.#receiver === member) this.mixer.setSources(ssrcs);
  }

  /** The phone that has been there longest receives, and is sent none of this gateway's phones. */
  #settle(): void {
    const receiver = this.#members[0];
    const own = this.#members.map(({ session }) => session.sourceName);
    for (const member of this.#members) {
      if (member !== receiver) member.session.setReceiving(false);
    }
    this.#receiver = receiver;
    receiver?.session.setReceiving(true, own);
  }
}
