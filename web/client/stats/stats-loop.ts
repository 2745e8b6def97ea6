import { Emitter } from '#protocol/emitter.ts';
import { log } from '../log.ts';
import { lookAt, type MeasuredMedia } from './look-at.ts';
import { ratesBetween, type MediaRates, type MediaStatistics } from './media-statistics.ts';

const INTERVAL_MS = 2_000;

/** Looks at a session's statistics as long as it lasts. */
export class StatsLoop extends Emitter<{ rates: [MediaRates, MediaStatistics] }> {
  readonly #media: MeasuredMedia;
  readonly #timer: ReturnType<typeof setInterval>;
  #last: MediaStatistics | undefined;

  constructor(media: MeasuredMedia) {
    super();
    this.#media = media;
    this.#timer = setInterval(() => void this.#look(), INTERVAL_MS);
  }

  get last(): MediaStatistics | undefined {
    return this.#last;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const statistics = await lookAt(this.#media);
      const before = this.#last;
      this.#last = statistics;
      if (before !== undefined) this.emit('rates', ratesBetween(before, statistics), statistics);
    } catch (error) {
      log.debug('statistics are not available', error);
    }
  }
}
