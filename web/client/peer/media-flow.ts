import type { MediaKind } from '#protocol/media/source.ts';
import { parseSourceName } from '#protocol/media/source.ts';

/** Where media of named sources arrives. */
export interface FlowingMedia {
  receiverOf(name: string): RTCRtpReceiver | undefined;
}

/**
 * Says when media of sources arrives on a way: pictures count once they are decoded, since packets alone show nothing.
 * A source flows once its number rose between two looks.
 */
export class MediaFlow {
  readonly #media: FlowingMedia;
  readonly #counts = new Map<string, number>();
  readonly #flowing = new Set<string>();

  constructor(media: FlowingMedia) {
    this.#media = media;
  }

  /** @returns whether all of these sources flow by now */
  async look(names: readonly string[]): Promise<boolean> {
    await Promise.all(names.map((name) => this.#lookAt(name)));
    return names.every((name) => this.#flowing.has(name));
  }

  async #lookAt(name: string): Promise<void> {
    if (this.#flowing.has(name)) return;
    const receiver = this.#media.receiverOf(name);
    const kind = parseSourceName(name)?.kind;
    if (receiver === undefined || kind === undefined) return;
    const count = await arrived(receiver, kind);
    const before = this.#counts.get(name);
    this.#counts.set(name, count);
    if (before !== undefined && count > before) this.#flowing.add(name);
  }
}

async function arrived(receiver: RTCRtpReceiver, kind: MediaKind): Promise<number> {
  let count = 0;
  (await receiver.getStats()).forEach((entry: RTCInboundRtpStreamStats) => {
    if (entry.type !== 'inbound-rtp') return;
    count += (kind === 'video' ? entry.framesDecoded : entry.packetsReceived) ?? 0;
  });
  return count;
}
