import { z } from 'zod';
import { OutboundError } from '../outbound/outbound-error.ts';
import { askHomeserver, type Homeserver } from './homeserver.ts';
import { jsonAnswer } from './json-answer.ts';
import type { RoomSource, RoomStanding } from './room-standing.ts';
import { readCreation, readPowerLevels } from './room-state.ts';

const MAX_BYTES = 1024 * 1024;

const membership = z.object({ membership: z.string() });
const event = z.object({ sender: z.string().optional(), content: z.unknown().optional() });

/**
 * Asks any homeserver as an account that is in the room (Matrix client-server API, "Getting events for a room"): the least
 * power that does, for the price of an invitation.
 */
export class BotAccount implements RoomSource {
  readonly #server: Homeserver & { readonly baseUrl: string };

  constructor(server: Homeserver & { readonly baseUrl: string }) {
    this.#server = server;
  }

  async standing(roomId: string, userId: string): Promise<RoomStanding> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state`;
    const member = await this.#get(`${path}/m.room.member/${encodeURIComponent(userId)}`);
    if (member === 'not-inside') return { kind: 'unknown-room' };
    if (member === undefined || jsonAnswer(member, membership).membership !== 'join') return { kind: 'stranger' };
    const [levels, creation] = await Promise.all([
      this.#get(`${path}/m.room.power_levels/`),
      // With the whole event (its sender is the creator from version 11 on); servers of before answer with the content.
      this.#get(`${path}/m.room.create/?format=event`),
    ]);
    const created = Buffer.isBuffer(creation) ? jsonAnswer(creation, event) : undefined;
    return {
      kind: 'member',
      power: {
        levels: Buffer.isBuffer(levels) ? readPowerLevels(jsonAnswer(levels, z.unknown())) : undefined,
        creation:
          created === undefined || !Buffer.isBuffer(creation)
            ? undefined
            : readCreation(created.content ?? jsonAnswer(creation, z.unknown()), created.sender),
      },
    };
  }

  /** @returns undefined for an event that does not exist, `not-inside` where the account may not look. */
  async #get(path: string): Promise<Buffer | 'not-inside' | undefined> {
    const { status, body } = await askHomeserver(this.#server, path, { maxBytes: MAX_BYTES, isAuthorized: true });
    if (status === 200) return body;
    if (status === 404) return undefined;
    if (status === 403) return 'not-inside';
    if (status === 401) throw new OutboundError('bad-status', 'answered 401: botToken is no account’s (any more)');
    throw new OutboundError('bad-status', `answered with status ${status}`);
  }
}
