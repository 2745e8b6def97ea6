import type { HangUpReason } from '../ivr/hang-up-reason.ts';
import type { IvrOutput } from '../ivr/ivr-output.ts';
import type { Sound } from '../ivr/sound.ts';
import { type Player, SoundQueue } from './sound-queue.ts';

/** What one phone is told, and its being hung up once it has heard all of it. */
export class CallVoice {
  readonly #sounds: SoundQueue;
  readonly #onGoodbye: (reason: HangUpReason) => void;
  #farewell: HangUpReason | undefined;

  /**
   * @param onPlayed all has been heard, and the call goes on
   * @param onGoodbye all has been heard, and the call is to end
   */
  constructor(
    player: Player,
    samplesOf: (sound: Sound) => Int16Array,
    events: { readonly onPlayed?: () => void; readonly onGoodbye: (reason: HangUpReason) => void },
  ) {
    this.#onGoodbye = events.onGoodbye;
    this.#sounds = new SoundQueue(player, samplesOf, () => {
      if (this.#farewell === undefined) events.onPlayed?.();
      else this.#onGoodbye(this.#farewell);
    });
  }

  /** @returns false for an output that is about something else */
  carryOut(output: IvrOutput): boolean {
    switch (output.kind) {
      case 'play':
        this.#sounds.play(output.sounds);
        return true;
      case 'stopPlay':
        this.#sounds.stop();
        return true;
      case 'hangUp':
        this.#farewell = output.reason;
        if (this.#sounds.isEmpty) this.#onGoodbye(output.reason);
        return true;
      default:
        return false;
    }
  }

  /** Nothing more is heard, or told. */
  stop(): void {
    this.#sounds.stop();
  }
}
