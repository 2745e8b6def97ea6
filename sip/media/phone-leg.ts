import { EventEmitter } from 'node:events';
import type { LegMedia, MediaAddress } from './leg/leg-media.ts';
import type { LegOptions } from './leg/leg.ts';
import type { SilenceEvent } from './leg/silence-watch.ts';
import type { FromMediaThread, ToMediaThread } from './thread-messages.ts';

export interface PhoneLegEvents {
  /** A key, once per press: 0-9, *, #, A-D. */
  digit: [digit: string];
  /** Nothing has come from the phone for long; with `isOver` there is no hope. Not while it is on hold. */
  silent: [event: SilenceEvent];
  /** The first packet, and the first one after `silent`. */
  heard: [];
  /** It sends more than a phone can mean; told once. */
  flooded: [];
  closed: [];
}

/** One phone's sound. Calls are orders to the media thread, carried out one after the other. */
export class PhoneLeg extends EventEmitter<PhoneLegEvents> {
  readonly id: number;
  /** Where it takes RTP; RTCP is one port above, unless they are negotiated to share. */
  readonly localAddress: MediaAddress;
  readonly #tell: (message: ToMediaThread) => void;
  readonly #playing = new Map<number, (outcome: 'ended' | 'stopped') => void>();
  #lastPromptId = 0;
  #isClosed = false;

  constructor(id: number, localAddress: MediaAddress, tell: (message: ToMediaThread) => void) {
    super();
    this.id = id;
    this.localAddress = localAddress;
    this.#tell = tell;
  }

  /** Before its first media: it is called over another trunk than it was opened for. */
  configure(options: Omit<LegOptions, 'silence'>): void {
    this.#order({ kind: 'configure', leg: this.id, options });
  }

  /** Begins (the first time) or changes what goes on between us and the phone. */
  setMedia(media: LegMedia): void {
    this.#order({ kind: 'setMedia', leg: this.id, media });
  }

  /**
   * Plays after what is playing already, over the sound of the room.
   * @param samples 16 kHz; in shared memory (shared-samples.ts) they are not copied
   * @returns how it ended; closing the leg stops it
   */
  play(samples: Int16Array): Promise<'ended' | 'stopped'> {
    if (this.#isClosed) return Promise.resolve('stopped');
    this.#lastPromptId += 1;
    const promptId = this.#lastPromptId;
    const { promise, resolve } = Promise.withResolvers<'ended' | 'stopped'>();
    this.#playing.set(promptId, resolve);
    this.#order({ kind: 'play', leg: this.id, promptId, samples });
    return promise;
  }

  /** Stops what plays and drops what waits. */
  stopPlay(): void {
    this.#order({ kind: 'stopPlay', leg: this.id });
  }

  /** How loud the room is to the phone; 0 as it is. Prompts keep their level. */
  setVolumeDb(db: number): void {
    this.#order({ kind: 'setRoomGain', leg: this.id, gain: 10 ** (db / 20) });
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#order({ kind: 'closeLeg', leg: this.id });
    this.threadEnded();
  }

  /** The media thread is gone, and the leg with it. */
  threadEnded(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const resolve of this.#playing.values()) resolve('stopped');
    this.#playing.clear();
    this.emit('closed');
  }

  /** What the thread says about this leg. */
  told(message: Extract<FromMediaThread, { leg: number }>): void {
    if (this.#isClosed) return;
    switch (message.kind) {
      case 'digit':
        this.emit('digit', message.digit);
        break;
      case 'silent':
        this.emit('silent', message.event);
        break;
      case 'finished':
        this.#playing.get(message.promptId)?.(message.outcome);
        this.#playing.delete(message.promptId);
        break;
      case 'heard':
      case 'flooded':
        this.emit(message.kind);
    }
  }

  #order(message: ToMediaThread): void {
    if (!this.#isClosed) this.#tell(message);
  }
}
