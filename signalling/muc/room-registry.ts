import { randomUUID } from 'node:crypto';
import { Room, type Occupant } from './room.ts';

export interface RoomRegistryOptions {
  readonly maxRooms: number;
  readonly historyMessages: number;
  readonly emptyRoomSeconds: number;
  /** Nobody but the focus has been in the room for that long. */
  abandoned(room: Room): void;
}

/** The rooms of this node and who is in which. */
export class RoomRegistry {
  readonly #options: RoomRegistryOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #roomsByJid = new Map<string, Set<Room>>();
  readonly #emptyTimers = new Map<Room, NodeJS.Timeout>();

  constructor(options: RoomRegistryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#rooms.size;
  }

  get occupantCount(): number {
    let count = 0;
    for (const room of this.#rooms.values()) count += room.size;
    return count;
  }

  get all(): Iterable<Room> {
    return this.#rooms.values();
  }

  get(jid: string): Room | undefined {
    return this.#rooms.get(jid);
  }

  /** Rooms a session is in. @param jid full JID. */
  roomsOf(jid: string): readonly Room[] {
    return [...(this.#roomsByJid.get(jid) ?? [])];
  }

  roomCountOf(jid: string): number {
    return this.#roomsByJid.get(jid)?.size ?? 0;
  }

  /** @returns undefined when there are too many rooms. */
  create(jid: string, lobbyJid: string, nowMs: number, main?: Room): Room | undefined {
    if (this.#rooms.size >= this.#options.maxRooms) return undefined;
    const { historyMessages } = this.#options;
    const room = new Room({ jid, lobbyJid, meetingId: randomUUID(), createdAtMs: nowMs, historyMessages, main });
    this.#rooms.set(jid, room);
    return room;
  }

  /** To be called after an occupant came in. */
  entered(room: Room, who: Pick<Occupant, 'jid'>): void {
    const rooms = this.#roomsByJid.get(who.jid) ?? new Set<Room>();
    rooms.add(room);
    this.#roomsByJid.set(who.jid, rooms);
    this.#watchEmptiness(room);
  }

  /** To be called after occupants left; forgets a room that nobody is in. */
  left(room: Room, jids: Iterable<string>): void {
    for (const jid of jids) {
      const rooms = this.#roomsByJid.get(jid);
      rooms?.delete(room);
      if (rooms?.size === 0) this.#roomsByJid.delete(jid);
    }
    this.#watchEmptiness(room);
  }

  /** To be called after a room is held no longer. */
  release(room: Room): void {
    if (this.#rooms.get(room.jid) === room) this.#watchEmptiness(room);
  }

  close(): void {
    for (const timer of this.#emptyTimers.values()) clearTimeout(timer);
    this.#emptyTimers.clear();
  }

  #watchEmptiness(room: Room): void {
    if (room.size === 0 && (!room.isHeld || room.hasEnded)) this.#rooms.delete(room.jid);
    if (room.size === 0 || room.peopleCount > 0) {
      clearTimeout(this.#emptyTimers.get(room));
      this.#emptyTimers.delete(room);
    } else if (!this.#emptyTimers.has(room)) {
      const timer = setTimeout(() => {
        this.#emptyTimers.delete(room);
        this.#options.abandoned(room);
      }, this.#options.emptyRoomSeconds * 1000);
      timer.unref();
      this.#emptyTimers.set(room, timer);
    }
  }
}
