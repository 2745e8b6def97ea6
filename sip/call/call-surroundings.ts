import type { Logger } from '#runtime/logger.ts';
import type { SipConfig } from '../config.ts';
import type { Caller } from '../dialin/pin-guard.ts';
import type { PinTarget } from '../dialin/pins.ts';
import type { PromptSet } from '../ivr/prompt-set.ts';
import type { MediaThread } from '../media/media-thread.ts';
import type { RoomConnection } from '../room/room-connection.ts';
import type { RoomTable } from './room-table.ts';

/** What calls have of the gateway. */
export interface CallSurroundings {
  readonly config: SipConfig;
  readonly logger: Logger;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** The thread that carries sound; another one after it died. */
  readonly media: () => Promise<MediaThread>;
  readonly rooms: RoomTable;
  readonly connection: RoomConnection;
  readonly prompts: PromptSet;
  /** The meeting to which a PIN leads. */
  readonly resolvePin: (pin: string, caller: Caller) => Promise<PinTarget | undefined>;
  /** The address that someone there is told for sound. */
  readonly addressTowards: (remote: string) => Promise<string>;
}
