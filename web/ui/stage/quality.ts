import type { ConnectionQuality } from '../../client/meeting-types.ts';

/** What a connection's quality means to people; only the lower two are shown (design §5). */
export type Quality = 'good' | 'fair' | 'poor';

export function qualityOf(quality: ConnectionQuality): Quality {
  if (quality === 1) return 'poor';
  return quality === 2 ? 'fair' : 'good';
}

/** Bars lit of four. */
export const QUALITY_BARS: Readonly<Record<Quality, number>> = { good: 4, fair: 2, poor: 1 };
