import type { TrunkConfig } from '../config.ts';
import type { MediaThread } from '../media/media-thread.ts';

/** How the sound of a trunk's telephones is taken. */
export function legOptionsOf({
  natLatch,
  gainDb,
  automaticGain,
}: Pick<TrunkConfig, 'natLatch' | 'gainDb' | 'automaticGain'>): NonNullable<Parameters<MediaThread['openLeg']>[0]> {
  return { natLatch, gainDb, isGainAutomatic: automaticGain };
}
