import { AudioLevels, type AudibleMedia } from '../audio-levels.ts';
import type { LocalSources } from '../session/local-sources.ts';
import { nextSpeaker, NOBODY } from './dominant-speaker.ts';

const INTERVAL_MS = 250;

/** Listens to both sides of a direct session for as long as it is in use. */
export class SpeakerLoop {
  readonly #timer: ReturnType<typeof setInterval>;
  #state = NOBODY;

  /** @param tell endpoint id of who speaks, undefined in silence, and of who spoke last */
  constructor(
    media: AudibleMedia,
    local: LocalSources,
    ownId: string,
    tell: (speaker: string | undefined, latest: string) => void,
  ) {
    const levels = new AudioLevels(local);
    this.#timer = setInterval(() => {
      const before = this.#state;
      this.#state = nextSpeaker(before, levels.read([media], ownId));
      const { latest, isSilent } = this.#state;
      if (latest === undefined || (latest === before.latest && isSilent === before.isSilent)) return;
      tell(isSilent ? undefined : latest, latest);
    }, INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
