import type { BreakoutMessage } from '#protocol/xmpp/breakout-rooms.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import { isAtLeastMember } from '../muc/affiliation.ts';
import { displayName } from '../muc/lobby-rules.ts';
import type { Occupant, Room } from '../muc/room.ts';

const MAX_ROOMS = 50;
const MAX_NAME_LENGTH = 255;
/** People who may enter breakout rooms, those who left included. */
const MAX_ADMITTED = 10_000;

export type BreakoutRefusal = 'too-many' | 'bad-name' | 'unknown';

/** The breakout rooms of one meeting. Who has been in one of its rooms may enter the others. */
export class BreakoutMeeting {
  readonly main: Room;
  /** Names by bare address. */
  readonly #names = new Map<string, string>();
  /** Bare real addresses. */
  readonly #admitted = new Set<string>();
  #counter = 0;

  constructor(main: Room) {
    this.main = main;
    for (const who of main.occupants) this.admit(who);
  }

  get jids(): readonly string[] {
    return [...this.#names.keys()];
  }

  has(jid: string): boolean {
    return this.#names.has(jid);
  }

  admit({ jid }: Pick<Occupant, 'jid'>): void {
    if (this.#admitted.size < MAX_ADMITTED) this.#admitted.add(bareOf(jid));
  }

  hasAdmitted(jid: string): boolean {
    // Where there is a lobby, those inside are members until they are kicked.
    const isKicked = this.main.lobby !== undefined && !isAtLeastMember(this.main.affiliationOf(jid));
    return this.#admitted.has(bareOf(jid)) && !isKicked;
  }

  add(jid: string, name: string): BreakoutRefusal | undefined {
    if (this.#names.size >= MAX_ROOMS) return 'too-many';
    if (!isName(name)) return 'bad-name';
    this.#names.set(jid, name);
    this.#counter += 1;
    return undefined;
  }

  rename(jid: string, name: string): BreakoutRefusal | undefined {
    if (!this.#names.has(jid)) return 'unknown';
    if (!isName(name)) return 'bad-name';
    this.#names.set(jid, name);
    return undefined;
  }

  remove(jid: string): BreakoutRefusal | undefined {
    return this.#names.delete(jid) ? undefined : 'unknown';
  }

  /**
   * @param roomOf the breakout rooms that somebody is in.
   * @param remainingMs until they close, where an end is set.
   */
  describe(roomOf: (jid: string) => Room | undefined, remainingMs?: number): BreakoutMessage {
    const { main } = this;
    const entries = [
      { jid: main.jid, name: main.subject?.text ?? '', isMainRoom: true, participants: participantsOf(main) } as const,
      ...[...this.#names].map(([jid, name]) => ({ jid, name, participants: participantsOf(roomOf(jid)) })),
    ].map((room) => [idOf(room.jid), { id: idOf(room.jid), ...room }] as const);
    return {
      type: 'breakout_rooms',
      event: 'features/breakout-rooms/update',
      roomCounter: this.#counter,
      rooms: Object.fromEntries(entries),
      ...(remainingMs === undefined ? {} : { remainingMs }),
    };
  }
}

function isName(name: string): boolean {
  return name.trim() !== '' && name.length <= MAX_NAME_LENGTH;
}

function idOf(jid: string): string {
  return jid.slice(0, jid.indexOf('@'));
}

type Update = Extract<BreakoutMessage, { rooms: unknown }>;
function participantsOf(room: Room | undefined): Update['rooms'][string]['participants'] {
  const people = [...(room?.occupants ?? [])].filter(({ nick }) => nick !== FOCUS_NICK);
  return Object.fromEntries(
    people.map(({ nick, jid, role, payload, identity }) => {
      const name = displayName(payload);
      const matrixId = identity?.kind === 'token' ? identity.token.matrix?.userId : undefined;
      return [
        `${room?.jid}/${nick}`,
        {
          jid,
          role,
          ...(name === undefined ? {} : { displayName: name }),
          ...(matrixId === undefined ? {} : { matrixId }),
        },
      ];
    }),
  );
}
