import { BotAccount } from './bot-account.ts';
import type { Homeserver } from './homeserver.ts';
import type { RoomSource, RoomStanding } from './room-standing.ts';
import { SynapseAdmin } from './synapse-admin.ts';
import type { UserId } from './user-id.ts';

/** Who is in which Matrix room, as those homeservers of the configuration say that may look. */
export class Membership {
  readonly #sources: readonly { readonly serverName: string; readonly source: RoomSource }[];

  constructor(homeservers: readonly Homeserver[], now: () => number) {
    this.#sources = homeservers.flatMap((server) => {
      const { serverName, baseUrl, roomAccess } = server;
      if (baseUrl === undefined || roomAccess === undefined) return [];
      const reached = { ...server, baseUrl };
      const source = roomAccess.kind === 'bot' ? new BotAccount(reached) : new SynapseAdmin(reached, now);
      return [{ serverName, source }];
    });
  }

  get isKnown(): boolean {
    return this.#sources.length > 0;
  }

  /**
   * Asks the user's own homeserver first, and others while a room is unknown: it may be one of another server.
   * @param maxAgeMs how old a yes may be.
   * @throws OutboundError where a server that might know does not answer, and no other knows.
   */
  async standing(roomId: string, user: UserId, maxAgeMs: number): Promise<RoomStanding> {
    const own = ({ serverName }: { serverName: string }): boolean => serverName === user.server;
    const ordered = [...this.#sources.filter(own), ...this.#sources.filter((one) => !own(one))];
    let failure: unknown;
    for (const { source } of ordered) {
      try {
        const standing = await source.standing(roomId, user.text, maxAgeMs);
        if (standing.kind !== 'unknown-room') return standing;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return { kind: 'unknown-room' };
  }
}
