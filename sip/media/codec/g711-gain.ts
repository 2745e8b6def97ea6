import { decodeG711, encodeG711, type G711Law } from './g711.ts';

const EVERY_CODE = Uint8Array.from({ length: 256 }, (_, code) => code);

/** Makes G.711 louder or softer without decoding it: one code for another. */
export class G711Gain {
  readonly #law: G711Law;
  #gainDb = 0;
  #codes: Uint8Array = EVERY_CODE;

  constructor(law: G711Law, gainDb: number) {
    this.#law = law;
    this.gainDb = gainDb;
  }

  get gainDb(): number {
    return this.#gainDb;
  }

  set gainDb(gainDb: number) {
    if (gainDb === this.#gainDb) return;
    this.#gainDb = gainDb;
    const samples = new Int16Array(EVERY_CODE.length);
    decodeG711(this.#law, EVERY_CODE, samples);
    const factor = 10 ** (gainDb / 20);
    this.#codes = encodeG711(
      this.#law,
      samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * factor)))),
    );
  }

  /** The payload itself where nothing is to be changed. */
  apply(payload: Uint8Array): Uint8Array {
    return this.#gainDb === 0 ? payload : payload.map((code) => this.#codes[code] ?? code);
  }
}
