import { EventEmitter } from 'node:events';
import type { MediaAddress } from './leg/leg-media.ts';
import type { RoomMedia } from './mixer/room.ts';
import type { PhoneLeg } from './phone-leg.ts';
import type { ToMediaThread } from './thread-messages.ts';

/** One room's sound at this gateway. Calls are orders to the media thread, carried out one after the other. */
export class RoomMixer extends EventEmitter<{ closed: [] }> {
  readonly id: number;
  /** Where the sfu sends, and where all uplinks come from. */
  readonly localAddress: MediaAddress;
  readonly #tell: (message: ToMediaThread) => void;
  #isClosed = false;

  constructor(id: number, localAddress: MediaAddress, tell: (message: ToMediaThread) => void) {
    super();
    this.id = id;
    this.localAddress = localAddress;
    this.#tell = tell;
  }

  /** From now on the leg hears the room without itself, and the room's other legs hear it. */
  add(leg: PhoneLeg): void {
    this.#order({ kind: 'add', room: this.id, leg: leg.id });
  }

  /** The leg hears its prompts only. */
  remove(leg: PhoneLeg): void {
    this.#order({ kind: 'remove', room: this.id, leg: leg.id });
  }

  /**
   * Where the leg's sound goes in the sfu, and what arrives from there; undefined while there is no such place. The stream's
   * numbers run on as long as the ssrc stays the same. With another codec it must be another one.
   */
  setUplink(leg: PhoneLeg, ssrc: number, media: RoomMedia | undefined): void {
    this.#order({ kind: 'setUplink', room: this.id, leg: leg.id, ssrc, media });
  }

  /** Neither the sfu nor the other legs hear a muted one. */
  setMuted(leg: PhoneLeg, isMuted: boolean): void {
    this.#order({ kind: 'setMuted', room: this.id, leg: leg.id, isMuted });
  }

  /** Whom of the room the legs hear, by synchronisation source: all of them each time. */
  setSources(ssrcs: readonly number[]): void {
    this.#order({ kind: 'setSources', room: this.id, ssrcs });
  }

  /** Idempotent. Its legs stay open. */
  close(): void {
    this.#order({ kind: 'closeRoom', room: this.id });
    this.threadEnded();
  }

  /** The media thread is gone, and the room with it. */
  threadEnded(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('closed');
  }

  #order(message: ToMediaThread): void {
    if (!this.#isClosed) this.#tell(message);
  }
}
