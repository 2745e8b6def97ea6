import type { LocalSources } from './session/local-sources.ts';
import type { MediaSession } from './session/media-session.ts';

/** Contributions older than this are no sound any more. */
const FRESH_MS = 500;

/** How loud everyone is now, from the receivers' last packets (webrtc-extensions: getSynchronizationSources). */
export class AudioLevels {
  readonly #local: LocalSources;
  #own = 0;
  #isReading = false;

  constructor(local: LocalSources) {
    this.#local = local;
  }

  /** 0 … 1 per endpoint id. */
  read(media: MediaSession | undefined, ownId: string): ReadonlyMap<string, number> {
    const levels = new Map<string, number>();
    if (media === undefined) return levels;
    const now = performance.timeOrigin + performance.now();
    for (const { source } of media.received()) {
      if (source.kind !== 'audio') continue;
      const [latest] = media.receiverOf(source.name)?.getSynchronizationSources() ?? [];
      // Browsers differ in the clock of `timestamp`: it is either relative to the page or absolute.
      const ages = [now, performance.now()].map((clock) => Math.abs(clock - (latest?.timestamp ?? 0)));
      const level = Math.min(...ages) < FRESH_MS ? (latest?.audioLevel ?? 0) : 0;
      levels.set(source.owner, Math.max(levels.get(source.owner) ?? 0, level));
    }
    void this.#readOwn(media);
    levels.set(ownId, this.#local.isMuted('microphone') ? 0 : this.#own);
    return levels;
  }

  /** Our own level comes by statistics only, so it lags by one reading. */
  async #readOwn(media: MediaSession): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const report = await media.senderOf('microphone')?.getStats();
      report?.forEach((entry: { readonly type: string; readonly audioLevel?: number }) => {
        if (entry.type === 'media-source') this.#own = entry.audioLevel ?? 0;
      });
    } finally {
      this.#isReading = false;
    }
  }
}
