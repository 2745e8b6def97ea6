import { randomUUID } from 'node:crypto';
import {
  FEATURE_RENAME,
  readBreakoutRequest,
  type BreakoutMessage,
  type BreakoutRequest,
} from '#protocol/xmpp/breakout-rooms.ts';
import { child } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { componentMessage } from '#protocol/xmpp/json-message.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { BreakoutRules } from '../muc/breakout-rules.ts';
import { destroy } from '../muc/leave.ts';
import type { Occupant, Room, Send } from '../muc/room.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { BreakoutMeeting, type BreakoutRefusal } from './breakout-meeting.ts';
import { BreakoutTimer } from './breakout-timer.ts';
import { MALFORMED, ONLY_MODERATORS, UNKNOWN_MESSAGE, type ModuleRooms, type RoomModule } from './room-module.ts';

/** Clients get one picture of all rooms for what happens within this time (wire note §7.5). */
const UPDATE_MS = 300;
/** The same for each person, as each of them gets a picture of all. */
const UPDATE_MS_PER_PERSON = 5;
/** How long a meeting without anybody waits for those who are on their way from one room to another. */
const LINGER_MS = 5_000;

/** What breakout rooms need of the rooms. */
export interface BreakoutRoomsParts extends Pick<ModuleRooms, 'act'> {
  roomOf(jid: string): Room | undefined;
  /** A main room is kept no longer if nobody is in it. */
  release(room: Room): void;
}

interface Open {
  readonly meeting: BreakoutMeeting;
  readonly timer: BreakoutTimer;
  moderatorLeftAtMs: number;
  update: NodeJS.Timeout | undefined;
  end: NodeJS.Timeout | undefined;
}

/**
 * Rooms beside the main room of a meeting (wire note §7.5). Moderators make and close them and move people; a room comes
 * into being when somebody enters, as every room does. The meeting lasts as long as somebody is in any of its rooms. Where
 * moderators have set an end, everybody is led back then, and the rooms are closed.
 */
export class BreakoutRooms implements RoomModule, BreakoutRules {
  readonly host: string;
  readonly identityType = 'breakout_rooms';
  readonly features = [FEATURE_RENAME];
  readonly #rooms: BreakoutRoomsParts;
  /** By the addresses of all rooms of a meeting. */
  readonly #meetings = new Map<string, Open>();
  readonly #closings = new Set<NodeJS.Timeout>();

  constructor(host: string, rooms: BreakoutRoomsParts) {
    this.host = host;
    this.#rooms = rooms;
  }

  mainOf(jid: string): Room | undefined {
    const main = this.#meetings.get(jid)?.meeting.main;
    return main?.jid === jid ? undefined : main;
  }

  judgeEntry(jid: string, breakoutJid: string): StanzaError | undefined {
    const open = this.#meetings.get(breakoutJid);
    if (open !== undefined && open.meeting.has(breakoutJid) && open.meeting.hasAdmitted(jid)) return undefined;
    return stanzaError('cancel', 'not-allowed', 'Breakout rooms are for those who are in the meeting.');
  }

  isModerated(room: Room): boolean {
    const open = this.#meetings.get(room.jid);
    if (open === undefined) return false;
    if (performance.now() - open.moderatorLeftAtMs < LINGER_MS) return true;
    return this.#roomsOf(open).some((one) =>
      [...one.occupants].some(({ role, nick }) => role === 'moderator' && nick !== FOCUS_NICK),
    );
  }

  receive(room: Room, actor: Occupant, message: Parameters<RoomModule['receive']>[2]): readonly Send[] | StanzaError {
    if (child(message, 'breakout_rooms') === undefined) return UNKNOWN_MESSAGE;
    if (actor.role !== 'moderator') return ONLY_MODERATORS;
    const request = readBreakoutRequest(message);
    if (request === undefined) return MALFORMED;
    if (request.action === 'add') return this.#add(room, request.name);
    const open = this.#meetings.get(room.jid);
    if (open === undefined) return REFUSALS.unknown;
    if (request.action === 'move-to-room') return this.#move(open, request.participant, request.room.toLowerCase());
    if (request.action === 'set-timer' || request.action === 'stop-timer') return this.#setEnd(open, request);
    const target = request.room.toLowerCase();
    const { meeting } = open;
    const refusal = request.action === 'rename' ? meeting.rename(target, request.name) : meeting.remove(target);
    if (refusal !== undefined) return REFUSALS[refusal];
    this.#updateSoon(open);
    if (meeting.jids.length === 0) open.timer.stop();
    return request.action === 'rename' ? [] : this.#close(open, target);
  }

  entered(room: Room, who: Occupant): readonly Send[] {
    const open = this.#meetings.get(room.jid);
    if (open === undefined || who.nick === FOCUS_NICK) return [];
    clearTimeout(open.end);
    open.end = undefined;
    open.meeting.admit(who);
    this.#updateSoon(open);
    return [];
  }

  changed(room: Room): readonly Send[] {
    const open = this.#meetings.get(room.jid);
    if (open !== undefined) this.#updateSoon(open);
    return [];
  }

  left(room: Room, who: Occupant): readonly Send[] {
    const open = this.#meetings.get(room.jid);
    if (open === undefined) return [];
    if (who.role === 'moderator' && who.nick !== FOCUS_NICK) open.moderatorLeftAtMs = performance.now();
    if (room.hasEnded && room === open.meeting.main) {
      this.#end(open);
      return [];
    }
    this.#updateSoon(open);
    if (this.#peopleIn(open) === 0 && open.end === undefined) {
      open.end = setTimeout(() => this.#end(open), LINGER_MS);
      open.end.unref();
    }
    return [];
  }

  /** The breakout rooms of a main room that exist now; none of any other room. */
  breakoutsOf(room: Room): readonly Room[] {
    const open = this.#meetings.get(room.jid);
    return open?.meeting.main === room ? this.#roomsOf(open).filter((one) => one !== room) : [];
  }

  /** The meeting of a room is over; what is left of it but this room ends. @param actorNick who ended it */
  endOthers(room: Room, actorNick?: string): void {
    const open = this.#meetings.get(room.jid);
    if (open !== undefined) this.#end(open, room, actorNick);
  }

  close(): void {
    for (const { update, end, timer } of this.#meetings.values()) {
      clearTimeout(update);
      clearTimeout(end);
      timer.stop();
    }
    for (const timer of this.#closings) clearTimeout(timer);
  }

  #add(room: Room, name: string): readonly Send[] | StanzaError {
    const known = this.#meetings.get(room.jid);
    const open: Open = known ?? {
      meeting: new BreakoutMeeting(room),
      timer: new BreakoutTimer(() => this.#timeIsUp(open)),
      moderatorLeftAtMs: -Infinity,
      update: undefined,
      end: undefined,
    };
    const jid = `${randomUUID()}@${this.host}`;
    const refusal = open.meeting.add(jid, name);
    if (refusal !== undefined) return REFUSALS[refusal];
    this.#meetings.set(jid, open);
    if (known === undefined) {
      this.#meetings.set(room.jid, open);
      room.isHeld = true;
    }
    this.#updateSoon(open);
    return [];
  }

  #move(open: Open, participant: string, target: string): readonly Send[] | StanzaError {
    const { meeting } = open;
    if (target !== meeting.main.jid && !meeting.has(target)) return REFUSALS.unknown;
    const who = this.#roomsOf(open)
      .flatMap((room) => [...room.occupants].map((one) => ({ ...one, address: `${room.jid}/${one.nick}` })))
      .find(({ jid, address }) => jid === participant || address === participant);
    if (who === undefined || who.nick === FOCUS_NICK) return stanzaError('cancel', 'item-not-found');
    return [this.#moving([who.jid], target)];
  }

  #setEnd(
    open: Open,
    request: Extract<BreakoutRequest, { action: 'set-timer' | 'stop-timer' }>,
  ): readonly Send[] | StanzaError {
    if (open.meeting.jids.length === 0) return REFUSALS.unknown;
    if (request.action === 'set-timer') open.timer.set(request.durationMs);
    else open.timer.stop();
    this.#updateSoon(open);
    return [];
  }

  #timeIsUp(open: Open): void {
    const { meeting } = open;
    for (const jid of meeting.jids) {
      meeting.remove(jid);
      this.#rooms.act(meeting.main, () => this.#close(open, jid));
    }
    this.#updateSoon(open);
  }

  /** Whoever is inside is led back, and put out when it does not go. */
  #close(open: Open, jid: string): readonly Send[] {
    const { main } = open.meeting;
    const room = this.#rooms.roomOf(jid);
    if (room === undefined) {
      this.#meetings.delete(jid);
      return [];
    }
    const timer = setTimeout(() => {
      this.#closings.delete(timer);
      this.#meetings.delete(jid);
      this.#rooms.act(room, () => destroy(room, 'This breakout room is closed.', main.jid));
    }, LINGER_MS);
    timer.unref();
    this.#closings.add(timer);
    return [this.#moving(people(room), main.jid)];
  }

  #end(open: Open, except?: Room, actorNick?: string): void {
    const { meeting } = open;
    clearTimeout(open.update);
    clearTimeout(open.end);
    open.timer.stop();
    const rooms = this.#roomsOf(open);
    for (const [jid, one] of this.#meetings) if (one === open) this.#meetings.delete(jid);
    meeting.main.isHeld = false;
    for (const room of rooms) {
      if (room === except) continue;
      this.#rooms.act(room, () => destroy(room, 'The meeting has been terminated', undefined, actorNick));
    }
    this.#rooms.release(meeting.main);
  }

  /** The rooms of a meeting that exist now, also one that is about to be closed. */
  #roomsOf(open: Open): Room[] {
    const breakouts = [...this.#meetings].flatMap(([jid, one]) =>
      one === open ? (this.#rooms.roomOf(jid) ?? []) : [],
    );
    return [...new Set([open.meeting.main, ...breakouts])];
  }

  #peopleIn(open: Open): number {
    return this.#roomsOf(open).reduce((sum, { peopleCount }) => sum + peopleCount, 0);
  }

  #updateSoon(open: Open): void {
    open.update ??= setTimeout(
      () => {
        open.update = undefined;
        const message = open.meeting.describe((jid) => this.#rooms.roomOf(jid), open.timer.remainingMs);
        const to = this.#roomsOf(open).flatMap(people);
        this.#rooms.act(open.meeting.main, () => [this.#say(to, message)]);
      },
      UPDATE_MS + UPDATE_MS_PER_PERSON * this.#peopleIn(open),
    );
    open.update.unref();
  }

  #moving(to: readonly string[], roomJid: string): Send {
    return this.#say(to, { type: 'breakout_rooms', event: 'features/breakout-rooms/move-to-room', roomJid });
  }

  #say(to: readonly string[], message: BreakoutMessage): Send {
    return { stanza: new OutgoingStanza(componentMessage(this.host, message)), to };
  }
}

const REFUSALS: Readonly<Record<BreakoutRefusal, StanzaError>> = {
  unknown: stanzaError('cancel', 'item-not-found', 'There is no such room in this meeting.'),
  'bad-name': stanzaError('modify', 'not-acceptable', 'This is no name for a room.'),
  'too-many': stanzaError('wait', 'resource-constraint', 'This meeting has as many rooms as it can.'),
};

function people(room: Room): string[] {
  return [...room.occupants].flatMap(({ nick, jid }) => (nick === FOCUS_NICK ? [] : [jid]));
}
