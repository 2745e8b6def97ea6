/** What the room is turned down to behind a prompt: -12 dB. */
const DUCKED_GAIN = 0.25;

interface Prompt {
  readonly id: number;
  readonly samples: Int16Array;
  position: number;
}

/** What a phone is told, one prompt after the other, over the sound of the room. */
export class PromptPlayer {
  readonly #queue: Prompt[] = [];
  readonly #onFinished: (id: number, outcome: 'ended' | 'stopped') => void;
  #roomGain = 1;

  constructor(onFinished: (id: number, outcome: 'ended' | 'stopped') => void) {
    this.#onFinished = onFinished;
  }

  play(id: number, samples: Int16Array): void {
    this.#queue.push({ id, samples, position: 0 });
  }

  stop(): void {
    for (const prompt of this.#queue.splice(0)) this.#onFinished(prompt.id, 'stopped');
  }

  /** Turns the room down where something is said, and adds that. */
  mixOver(sum: Int32Array): void {
    const wantedGain = this.#queue.length > 0 ? DUCKED_GAIN : 1;
    if (this.#roomGain !== 1 || wantedGain !== 1) {
      const step = (wantedGain - this.#roomGain) / sum.length;
      for (let index = 0; index < sum.length; index += 1) {
        sum[index] = Math.round((sum[index] ?? 0) * (this.#roomGain + step * (index + 1)));
      }
      this.#roomGain = wantedGain;
    }
    let offset = 0;
    while (offset < sum.length) {
      const prompt = this.#queue[0];
      if (prompt === undefined) return;
      const length = Math.min(sum.length - offset, prompt.samples.length - prompt.position);
      for (let index = 0; index < length; index += 1) {
        sum[offset + index] = (sum[offset + index] ?? 0) + (prompt.samples[prompt.position + index] ?? 0);
      }
      offset += length;
      prompt.position += length;
      if (prompt.position < prompt.samples.length) return;
      this.#queue.shift();
      this.#onFinished(prompt.id, 'ended');
    }
  }
}
