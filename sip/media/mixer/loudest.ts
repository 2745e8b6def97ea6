import { SILENCE_LEVEL } from '../rtp/audio-level.ts';

/** Up to so many sources all are mixed. */
const MAX_UNCHOSEN = 6;
const CHOSEN = 4;
/** Whoever was chosen stays for so long, so that the ends of words are not cut. */
const HANGOVER_MS = 500;

/** What choosing needs to know of a source, and what it remembers about it. */
export interface Loudness {
  /** As the packets say, -dBov: 0 is loudest. */
  level: number;
  /** When it was last among the loudest. */
  chosenAtMs: number;
}

/**
 * Which sources of a room are worth decoding: all of a small one, else those of the four loudest now, and who was among them
 * half a second ago and has not been displaced.
 */
export function chooseLoudest<Source extends Loudness>(sources: readonly Source[], nowMs: number): readonly Source[] {
  if (sources.length <= MAX_UNCHOSEN) return sources;
  const isLingering = (source: Source): boolean => nowMs - source.chosenAtMs < HANGOVER_MS;
  const ranked = sources
    .filter((source) => source.level < SILENCE_LEVEL || isLingering(source))
    .toSorted((a, b) => a.level - b.level || b.chosenAtMs - a.chosenAtMs);
  const loudest = ranked.slice(0, CHOSEN);
  for (const source of loudest) if (source.level < SILENCE_LEVEL) source.chosenAtMs = nowMs;
  const lingering = ranked.slice(CHOSEN).filter(isLingering);
  return [...loudest, ...lingering.slice(0, MAX_UNCHOSEN - CHOSEN)];
}
