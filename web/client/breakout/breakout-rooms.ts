import { encodeBreakoutRequest, MAX_BREAKOUT_MS, type BreakoutRequest } from '#protocol/xmpp/breakout-rooms.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { commandError } from '../end-reasons.ts';
import { log } from '../log.ts';
import type { StateStore } from '../meeting-state.ts';
import { CommandError, type BreakoutControl } from '../meeting-types.ts';
import { readComponentMessage } from '../room/component-message.ts';
import { assignEvenly } from './assignment.ts';
import { closingTime, readBreakoutNews } from './breakout-messages.ts';

export interface BreakoutPorts {
  /** The component's address, and that of the rooms. */
  readonly host: string;
  /** Bare JID of the meeting's main room. */
  readonly main: string;
  readonly state: StateStore;
  /** @throws RequestError */
  readonly request: (message: XmlElement) => Promise<void>;
  /** Leaves the room where we are for that one. */
  readonly moveTo: (room: string) => Promise<void>;
}

/** Rooms beside the main room of a meeting (wire note §7.5): going there, and as a moderator making them. */
export class BreakoutRooms implements BreakoutControl {
  readonly #ports: BreakoutPorts;
  /** Occupant addresses by endpoint id. */
  #addresses: ReadonlyMap<string, string> = new Map();

  constructor(ports: BreakoutPorts) {
    this.#ports = ports;
  }

  async add(name: string): Promise<void> {
    await this.#ask({ action: 'add', name });
  }

  async rename(room: string, name: string): Promise<void> {
    await this.#ask({ action: 'rename', room, name });
  }

  async remove(room: string): Promise<void> {
    await this.#ask({ action: 'remove', room });
  }

  async send(id: string, room: string): Promise<void> {
    const participant = this.#addresses.get(id);
    if (participant === undefined) throw new CommandError('gone', 'this person is not here any more');
    await this.#ask({ action: 'move-to-room', participant, room });
  }

  async bringBack(room?: string): Promise<void> {
    const { main, state } = this.#ports;
    const people = state.value.breakout.rooms
      .filter(({ jid }) => jid !== main && (room === undefined || jid === room))
      .flatMap((one) => one.people);
    await Promise.all(people.map(({ id }) => this.send(id, main)));
  }

  async assign(): Promise<void> {
    const { rooms } = this.#ports.state.value.breakout;
    const waiting = rooms.find(({ isMain }) => isMain)?.people.filter(({ isModerator }) => !isModerator) ?? [];
    const targets = rooms.filter(({ isMain }) => !isMain).map(({ jid }) => jid);
    const plan = assignEvenly(
      waiting.map(({ id }) => id),
      targets,
      Math.random,
    );
    await Promise.all(Array.from(plan, ([id, room]) => this.send(id, room)));
  }

  async setTimer(durationMs: number): Promise<void> {
    await this.#ask({
      action: 'set-timer',
      durationMs: Math.min(Math.max(1, Math.round(durationMs)), MAX_BREAKOUT_MS),
    });
  }

  async stopTimer(): Promise<void> {
    await this.#ask({ action: 'stop-timer' });
  }

  async join(room: string): Promise<void> {
    await this.#ports.moveTo(room);
  }

  async goBack(): Promise<void> {
    await this.#ports.moveTo(this.#ports.main);
  }

  /** @returns true if the stanza was about breakout rooms */
  receive(stanza: XmlElement): boolean {
    const { host, main, state, moveTo } = this.#ports;
    const message = readComponentMessage(stanza, host);
    const news = message === undefined ? undefined : readBreakoutNews(message);
    if (news === undefined) return false;
    if (news.kind === 'update') {
      this.#addresses = news.addresses;
      // The main room alone is no choice of rooms.
      const rooms = news.rooms.some(({ isMain }) => !isMain) ? news.rooms : [];
      const { breakout } = state.value;
      const endsAtMs = closingTime(news.remainingMs, breakout.endsAtMs, performance.now());
      state.patch({ breakout: { ...breakout, rooms, endsAtMs } });
    } else if (news.room === main || news.room.endsWith(`@${host}`)) {
      moveTo(news.room).catch((error: unknown) => log.warn('could not go where a moderator sent us', error));
    }
    return true;
  }

  async #ask(request: BreakoutRequest): Promise<void> {
    try {
      await this.#ports.request(xml('message', { to: this.#ports.host }, encodeBreakoutRequest(request)));
    } catch (error) {
      throw commandError(error);
    }
  }
}
