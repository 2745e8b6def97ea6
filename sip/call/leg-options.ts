import type { TrunkConfig } from '../config.ts';
import type { PhoneLeg } from '../media/phone-leg.ts';

/** What a trunk's configuration says about sound. */
export type TrunkSound = Pick<TrunkConfig, 'natLatch' | 'srtp' | 'gainDb' | 'automaticGain' | 'toneKeys'>;

/** How the sound of its telephones is taken. */
export function legOptionsOf(sound: TrunkSound): Parameters<PhoneLeg['configure']>[0] {
  const { natLatch, gainDb, automaticGain, toneKeys } = sound;
  return { natLatch, gainDb, isGainAutomatic: automaticGain, hearsToneKeys: toneKeys };
}
