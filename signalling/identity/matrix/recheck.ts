import type { Logger } from '#runtime/logger.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import type { Membership } from './membership.ts';
import { isModerator } from './power-levels.ts';
import { logName } from './room-log-name.ts';
import type { RoomStanding } from './room-standing.ts';
import { parseUserId } from './user-id.ts';

/** So that those in one room cost one look. */
const MAX_AGE_MS = 2_000;

/** Somebody in a conference, as its homeserver vouches for it. */
export interface Verified {
  readonly userId: string;
  readonly roomId: string;
  /** As it was when last looked. */
  readonly isModerator: boolean | undefined;
}

export interface RecheckParts<Person extends Verified> {
  readonly membership: Pick<Membership, 'standing'>;
  /** Undefined: the level that changes the room's state. */
  readonly moderatorLevel: number | undefined;
  readonly intervalMs: number;
  /** Everybody in conferences now; somebody may be there several times. */
  people(): Iterable<Person>;
  /** It is in the Matrix room no longer. */
  remove(person: Person): void;
  /** It has come to be in charge there, or is so no longer. */
  changeRole(person: Person, isModerator: boolean): void;
  readonly logger: Logger;
}

/**
 * Looks now and then what those in a conference are in the Matrix room: who has left it or was banned is removed, and who
 * has gained or lost power there gains or loses the moderator's role.
 */
export class Recheck<Person extends Verified> {
  readonly #parts: RecheckParts<Person>;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: RecheckParts<Person>) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#run().then(
        () => this.#next(),
        (error: unknown) => {
          this.#parts.logger.error({ err: error }, 'looking who is in Matrix rooms failed because of a bug');
          this.#next();
        },
      );
    }, this.#parts.intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (!this.#isStopped) this.start();
  }

  /** One after the other: a homeserver is not to feel it. */
  async #run(): Promise<void> {
    for (const person of [...this.#parts.people()]) {
      if (this.#isStopped) return;
      const standing = await this.#standingOf(person);
      const room = logName(person.roomId);
      if (standing?.kind === 'stranger') {
        this.#parts.logger.info({ room }, 'somebody has left the Matrix room, and so the conference');
        this.#parts.remove(person);
      } else if (standing?.kind === 'member') {
        const moderates = isModerator(person.userId, standing.power, this.#parts.moderatorLevel);
        if (moderates === person.isModerator) continue;
        this.#parts.logger.info({ room, moderates }, 'somebody’s power in the Matrix room has changed');
        this.#parts.changeRole(person, moderates);
      }
    }
  }

  /** @returns undefined where a homeserver does not answer: as where it knows the room no longer, the meeting goes on. */
  async #standingOf({ userId, roomId }: Person): Promise<RoomStanding | undefined> {
    const user = parseUserId(userId);
    if (user === undefined) return { kind: 'stranger' };
    try {
      return await this.#parts.membership.standing(roomId, user, MAX_AGE_MS);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      this.#parts.logger.warn({ room: logName(roomId), problem: error.code }, 'cannot see who is in a Matrix room');
      return undefined;
    }
  }
}
