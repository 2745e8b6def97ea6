import type { Sound } from '../ivr/sound.ts';

/** What sounds are played on; PhoneLeg fits. */
export interface Player {
  play(samples: Int16Array): Promise<'ended' | 'stopped'>;
  stopPlay(): void;
}

/** The sounds a caller is to hear, one after the other; tells when all have been heard. */
export class SoundQueue {
  readonly #player: Player;
  readonly #samplesOf: (sound: Sound) => Int16Array;
  readonly #onPlayed: () => void;
  #waiting = 0;
  /** Of a time before the last stop: its end says nothing. */
  #generation = 0;

  constructor(player: Player, samplesOf: (sound: Sound) => Int16Array, onPlayed: () => void) {
    this.#player = player;
    this.#samplesOf = samplesOf;
    this.#onPlayed = onPlayed;
  }

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  play(sounds: readonly Sound[]): void {
    const generation = this.#generation;
    for (const sound of sounds) {
      this.#waiting++;
      void this.#player.play(this.#samplesOf(sound)).then(() => {
        if (generation !== this.#generation) return;
        this.#waiting--;
        if (this.#waiting === 0) this.#onPlayed();
      });
    }
  }

  /** What plays ends, what waits is dropped; nothing is told. */
  stop(): void {
    this.#generation++;
    this.#waiting = 0;
    this.#player.stopPlay();
  }
}
