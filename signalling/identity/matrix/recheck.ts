import type { Logger } from '#runtime/logger.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import type { Membership } from './membership.ts';
import { logName } from './room-log-name.ts';
import { parseUserId } from './user-id.ts';

/** So that those in one room cost one look. */
const MAX_AGE_MS = 2_000;

/** Somebody in a conference, as its homeserver vouches for it. */
export interface Verified {
  readonly userId: string;
  readonly roomId: string;
}

export interface RecheckParts<Person extends Verified> {
  readonly membership: Pick<Membership, 'standing'>;
  readonly intervalMs: number;
  /** Everybody in conferences now; somebody may be there several times. */
  people(): Iterable<Person>;
  /** It is in the Matrix room no longer. */
  remove(person: Person): void;
  readonly logger: Logger;
}

/** Looks now and then whether those in a conference are still in the Matrix room, and removes who has left or was banned. */
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
      if (!(await this.#isGone(person))) continue;
      this.#parts.logger.info(
        { room: logName(person.roomId) },
        'somebody has left the Matrix room, and so the conference',
      );
      this.#parts.remove(person);
    }
  }

  /** Where a homeserver does not answer, or knows the room no longer, a meeting goes on. */
  async #isGone({ userId, roomId }: Person): Promise<boolean> {
    const user = parseUserId(userId);
    if (user === undefined) return true;
    try {
      return (await this.#parts.membership.standing(roomId, user, MAX_AGE_MS)).kind === 'stranger';
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      this.#parts.logger.warn({ room: logName(roomId), problem: error.code }, 'cannot see who is in a Matrix room');
      return false;
    }
  }
}
