import type { LocalSources } from './session/local-sources.ts';
import type { ReceivedSource } from '#protocol/media/source.ts';
import type { SendSlotName } from './session/send-slots.ts';

/** Contributions older than this are no sound any more. */
const FRESH_MS = 500;

/** A connection whose sound can be measured. */
export interface AudibleMedia {
  received(): readonly { readonly source: ReceivedSource }[];
  receiverOf(name: string): RTCRtpReceiver | undefined;
  senderOf(slot: SendSlotName): RTCRtpSender | undefined;
}

/** How loud everyone is now, from the receivers' last packets (webrtc-extensions: getSynchronizationSources). */
export class AudioLevels {
  readonly #local: LocalSources;
  #own = 0;
  #isReading = false;

  constructor(local: LocalSources) {
    this.#local = local;
  }

  /**
   * 0 … 1 per endpoint id.
   * @param media the connections in use, the one that we send on first
   */
  read(media: readonly AudibleMedia[], ownId: string): ReadonlyMap<string, number> {
    const levels = new Map<string, number>();
    const [sending] = media;
    if (sending === undefined) return levels;
    const now = performance.timeOrigin + performance.now();
    const sounds = media.flatMap((one) =>
      one.received().flatMap(({ source }) => (source.kind === 'audio' ? [{ source, from: one }] : [])),
    );
    for (const { source, from } of sounds) {
      const [latest] = from.receiverOf(source.name)?.getSynchronizationSources() ?? [];
      // Browsers differ in the clock of `timestamp`: it is either relative to the page or absolute.
      const ages = [now, performance.now()].map((clock) => Math.abs(clock - (latest?.timestamp ?? 0)));
      const level = Math.min(...ages) < FRESH_MS ? (latest?.audioLevel ?? 0) : 0;
      levels.set(source.owner, Math.max(levels.get(source.owner) ?? 0, level));
    }
    void this.#readOwn(sending);
    levels.set(ownId, this.#local.isMuted('microphone') ? 0 : this.#own);
    return levels;
  }

  /** Our own level comes by statistics only, so it lags by one reading. */
  async #readOwn(media: AudibleMedia): Promise<void> {
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
