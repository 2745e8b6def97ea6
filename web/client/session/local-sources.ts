import { Emitter } from '#protocol/emitter.ts';
import { SEND_SLOTS, sendSlot, sourceNameOf, type SendSlotName } from './send-slots.ts';

/** One entry of the `SourceInfo` in presence (wire note §4.2). */
export interface SourceState {
  readonly muted: boolean;
  readonly videoType?: 'desktop';
}

interface LocalSource {
  readonly track: MediaStreamTrack | undefined;
  readonly isMuted: boolean;
  /** Had a track once: it is announced and keeps its SSRCs from then on (wire note §5.5). */
  readonly isKnown: boolean;
}

/** What this person sends or could send, whatever sessions come and go. */
export class LocalSources extends Emitter<{ changed: [slot: SendSlotName] }> {
  readonly #sources = new Map<SendSlotName, LocalSource>(
    SEND_SLOTS.map(({ slot }) => [slot, { track: undefined, isMuted: false, isKnown: false }]),
  );

  setTrack(slot: SendSlotName, track: MediaStreamTrack | undefined): void {
    const source = this.#get(slot);
    if (source.track === track) return;
    this.#set(slot, { ...source, track, isKnown: source.isKnown || track !== undefined });
  }

  setMuted(slot: SendSlotName, isMuted: boolean): void {
    const source = this.#get(slot);
    if (source.isMuted !== isMuted) this.#set(slot, { ...source, isMuted });
  }

  track(slot: SendSlotName): MediaStreamTrack | undefined {
    return this.#get(slot).track;
  }

  /** The track to send; undefined while muted: packets stop and the SSRCs stay. */
  trackToSend(slot: SendSlotName): MediaStreamTrack | undefined {
    const { track, isMuted } = this.#get(slot);
    return isMuted ? undefined : track;
  }

  /** Muted by choice or for want of a track. */
  isMuted(slot: SendSlotName): boolean {
    return this.trackToSend(slot) === undefined;
  }

  /** What was muted by choice, track or not. */
  isMutedByChoice(slot: SendSlotName): boolean {
    return this.#get(slot).isMuted;
  }

  isKnown(slot: SendSlotName): boolean {
    return this.#get(slot).isKnown;
  }

  /** By source name, for presence. */
  states(endpoint: string): Readonly<Record<string, SourceState>> {
    return Object.fromEntries(
      SEND_SLOTS.filter(({ slot }) => this.isKnown(slot)).map((slot) => [
        sourceNameOf(slot, endpoint),
        {
          muted: this.isMuted(slot.slot),
          ...(slot.videoType === 'desktop' ? { videoType: 'desktop' as const } : {}),
        },
      ]),
    );
  }

  #get(slot: SendSlotName): LocalSource {
    const source = this.#sources.get(sendSlot(slot).slot);
    if (source === undefined) throw new Error(`no source for ${slot}`);
    return source;
  }

  #set(slot: SendSlotName, source: LocalSource): void {
    this.#sources.set(slot, source);
    this.emit('changed', slot);
  }
}
