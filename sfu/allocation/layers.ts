import type { Layer } from './prioritize.ts';

/**
 * The layers of a 720p camera in Jitsi clients (wire note §5.6). Captures of other sizes scale differently, but clients
 * ask in these steps; until a stream has been measured its bitrate is the sender's limit.
 */
const NOMINAL_LAYERS = [
  { height: 180, bitrateBps: 200_000 },
  { height: 360, bitrateBps: 500_000 },
  { height: 720, bitrateBps: 1_500_000 },
] as const;

/** What is known of one stream of a source. */
export interface StreamMeasurement {
  readonly isActive: boolean;
  /** bit/s; undefined or 0 while nothing has been measured. */
  readonly bitrateBps?: number;
}

/** @param streams per simulcast layer, lowest first; one entry for a source without simulcast. */
export function layersOf(streams: readonly StreamMeasurement[]): readonly Layer[] {
  // A single stream is the whole picture: the highest, which every wish above 0 gets.
  const nominal = streams.length === 1 ? NOMINAL_LAYERS.slice(-1) : NOMINAL_LAYERS.slice(0, streams.length);
  // Before its first packets a source counts as sending everything.
  const isKnown = streams.some(({ isActive }) => isActive);
  return nominal.map(({ height, bitrateBps }, index) => {
    const stream = streams[index];
    return {
      height,
      bitrateBps: stream?.bitrateBps === undefined || stream.bitrateBps === 0 ? bitrateBps : stream.bitrateBps,
      isActive: !isKnown || stream?.isActive === true,
    };
  });
}
