import type { types } from 'mediasoup';
import type { Source } from '#protocol/media/source.ts';
import { layersOf, type StreamMeasurement } from './allocation/layers.ts';
import type { Layer } from './allocation/prioritize.ts';

/** A source that an endpoint sends, with the producer that takes it in. */
export class SentSource {
  readonly source: Source;
  readonly producer: types.Producer;
  /** Its sender says that there is no picture now (camera off). */
  isOff = false;
  /** Per simulcast layer, lowest first. */
  #streams: readonly StreamMeasurement[];
  #layers: readonly Layer[] | undefined;

  /** @param onActivity is told when layers begin or cease to arrive. */
  constructor(source: Source, producer: types.Producer, onActivity: () => void) {
    this.source = source;
    this.producer = producer;
    const encodingCount = producer.rtpParameters.encodings?.length ?? 1;
    this.#streams = Array.from({ length: encodingCount }, () => ({ isActive: false }));
    producer.on('score', (scores) => {
      const active = new Set(scores.filter(({ score }) => score > 0).map(({ encodingIdx }) => encodingIdx));
      if (this.#streams.every(({ isActive }, index) => isActive === active.has(index))) return;
      this.#setStreams(this.#streams.map((stream, index) => ({ ...stream, isActive: active.has(index) })));
      onActivity();
    });
  }

  get name(): string {
    return this.source.name;
  }

  /** Whether receivers can be given a picture or sound at all. */
  get isAvailable(): boolean {
    return !this.isOff && !this.producer.paused && !this.producer.closed;
  }

  get layers(): readonly Layer[] {
    this.#layers ??= layersOf(this.#streams);
    return this.#layers;
  }

  /** Reads how many bits its layers really take. */
  async measure(): Promise<void> {
    const stats = await this.producer.getStats();
    const encodings = this.producer.rtpParameters.encodings ?? [];
    this.#setStreams(
      this.#streams.map((stream, index) => {
        const bitrateBps = stats.find(({ ssrc }) => ssrc === encodings[index]?.ssrc)?.bitrate;
        return bitrateBps === undefined ? stream : { ...stream, bitrateBps };
      }),
    );
  }

  #setStreams(streams: readonly StreamMeasurement[]): void {
    this.#streams = streams;
    this.#layers = undefined;
  }
}
