import { z } from 'zod';
import { OutboundError } from '../outbound/outbound-error.ts';
import { askHomeserver, type Homeserver } from './homeserver.ts';
import { jsonAnswer } from './json-answer.ts';
import type { RoomPower } from './power-levels.ts';
import type { RoomSource, RoomStanding } from './room-standing.ts';
import { readCreation, readPowerLevels } from './room-state.ts';

/** A hundred thousand people. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Somebody may have come into the room just now, so a no is no older than this. */
const FRESH_REFUSAL_MS = 2_000;
/** Both bound what is remembered. */
const MAX_ROOMS = 200;
const MAX_PEOPLE = 500_000;

const memberList = z.object({ members: z.array(z.string()) });
const stateList = z.object({
  state: z.array(
    z.object({ type: z.string(), state_key: z.string().optional(), sender: z.string(), content: z.unknown() }),
  ),
});

interface RoomFacts {
  readonly members: ReadonlySet<string>;
  readonly power: RoomPower;
  readonly atMs: number;
}

/** Asks Synapse as an administrator of it (Synapse admin API, "Room Members", "Room State"). */
export class SynapseAdmin implements RoomSource {
  readonly #server: Homeserver & { readonly baseUrl: string };
  readonly #now: () => number;
  readonly #rooms = new Map<string, RoomFacts>();
  readonly #pending = new Map<string, Promise<RoomFacts | undefined>>();

  constructor(server: Homeserver & { readonly baseUrl: string }, now: () => number) {
    this.#server = server;
    this.#now = now;
  }

  async standing(roomId: string, userId: string, maxAgeMs: number): Promise<RoomStanding> {
    const known = this.#rooms.get(roomId);
    const ageMs = known === undefined ? Infinity : this.#now() - known.atMs;
    const isFresh = ageMs < (known?.members.has(userId) === true ? maxAgeMs : FRESH_REFUSAL_MS);
    const facts = isFresh ? known : await (this.#pending.get(roomId) ?? this.#ask(roomId));
    if (facts === undefined) return { kind: 'unknown-room' };
    return facts.members.has(userId) ? { kind: 'member', power: facts.power } : { kind: 'stranger' };
  }

  #ask(roomId: string): Promise<RoomFacts | undefined> {
    const pending = this.#fetch(roomId).finally(() => this.#pending.delete(roomId));
    this.#pending.set(roomId, pending);
    return pending;
  }

  async #fetch(roomId: string): Promise<RoomFacts | undefined> {
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}`;
    const [members, levels, creation] = await Promise.all([
      this.#get(`${path}/members`, memberList),
      this.#get(`${path}/state?type=m.room.power_levels`, stateList),
      this.#get(`${path}/state?type=m.room.create`, stateList),
    ]);
    if (members === undefined) {
      this.#rooms.delete(roomId);
      return undefined;
    }
    const facts = { members: new Set(members.members), power: powerIn(levels, creation), atMs: this.#now() };
    this.#remember(roomId, facts);
    return facts;
  }

  /** @returns undefined for a room that the server does not know. */
  async #get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer | undefined> {
    const { status, body } = await askHomeserver(this.#server, path, { maxBytes: MAX_BYTES, isAuthorized: true });
    if (status === 404) return undefined;
    if (status === 401 || status === 403) {
      throw new OutboundError('bad-status', `answered ${status}: adminToken is not that of a server administrator`);
    }
    if (status !== 200) throw new OutboundError('bad-status', `answered with status ${status}`);
    return jsonAnswer(body, schema);
  }

  #remember(roomId: string, facts: RoomFacts): void {
    this.#rooms.delete(roomId);
    this.#rooms.set(roomId, facts);
    let people = 0;
    for (const { members } of this.#rooms.values()) people += members.size;
    for (const [oldest, { members }] of this.#rooms) {
      if (this.#rooms.size <= MAX_ROOMS && people <= MAX_PEOPLE) break;
      people -= members.size;
      this.#rooms.delete(oldest);
    }
  }
}

type State = z.infer<typeof stateList> | undefined;

/** Servers of before answer with the whole state whatever is asked for. */
function powerIn(levels: State, creation: State): RoomPower {
  const find = (list: State, type: string) =>
    list?.state.find((event) => event.type === type && (event.state_key ?? '') === '');
  const created = find(creation, 'm.room.create');
  const power = find(levels, 'm.room.power_levels');
  return {
    levels: power === undefined ? undefined : readPowerLevels(power.content),
    creation: created === undefined ? undefined : readCreation(created.content, created.sender),
  };
}
