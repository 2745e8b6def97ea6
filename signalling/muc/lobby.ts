import type { Occupant, Room } from './room.ts';

/**
 * Where people wait to be let into a room for members only (wire note §7.4): its knockers, and those moderators of the
 * room who are looking. It holds data; the rules are in lobby-rules.ts.
 */
export class Lobby {
  /** Bare JID. */
  readonly jid: string;
  /** The room it belongs to. */
  readonly room: Room;
  readonly #byNick = new Map<string, Occupant>();
  readonly #byJid = new Map<string, Occupant>();

  constructor(jid: string, room: Room) {
    this.jid = jid;
    this.room = room;
  }

  get occupants(): Iterable<Occupant> {
    return this.#byNick.values();
  }

  get size(): number {
    return this.#byNick.size;
  }

  byNick(nick: string): Occupant | undefined {
    return this.#byNick.get(nick);
  }

  /** @param jid full real JID. */
  byJid(jid: string): Occupant | undefined {
    return this.#byJid.get(jid);
  }

  /** Whether someone moderates the room now; looked up each time, as moderators come and go. */
  isHost(jid: string): boolean {
    return this.room.byJid(jid)?.role === 'moderator';
  }

  /** Full JIDs of the moderators who are looking. */
  hosts(): string[] {
    return [...this.#byJid.keys()].filter((jid) => this.isHost(jid));
  }

  knockers(): Occupant[] {
    return [...this.#byNick.values()].filter(({ jid }) => !this.isHost(jid));
  }

  put(occupant: Occupant): void {
    this.#byNick.set(occupant.nick, occupant);
    this.#byJid.set(occupant.jid, occupant);
  }

  remove(occupant: Occupant): void {
    this.#byNick.delete(occupant.nick);
    this.#byJid.delete(occupant.jid);
  }
}
