import type { Trouble } from '../../client/meeting-types.ts';

/** What stands above the tiles, at most one: the worst thing that is so now. */
export type Banner =
  | { readonly code: 'lost' }
  | { readonly code: 'unreachable'; readonly host: string }
  | { readonly code: 'media-failed'; readonly details: string }
  | { readonly code: 'bridge-moved' }
  | { readonly code: 'poor-receive' }
  | { readonly code: 'poor-send' }
  | { readonly code: 'sound-blocked' }
  | { readonly code: 'back' };

/** A short break mends itself before anybody need read of it (design §4, Reconnecting). */
const PATIENCE_MS = 2000;
/** After this long one may want to leave (design §8, 15). */
const UNREACHABLE_MS = 60_000;
/** How long "You are connected again" stays. */
export const BACK_MS = 2000;

export interface BannerInput {
  readonly troubles: readonly Trouble[];
  readonly isSoundBlocked: boolean;
  readonly isCameraOn: boolean;
  /** performance.now() at which a banner about the connection went away. */
  readonly backSinceMs: number | undefined;
}

export function bannerOf(input: BannerInput, nowMs: number): Banner | undefined {
  const find = <Code extends Trouble['code']>(code: Code) =>
    input.troubles.find((trouble): trouble is Extract<Trouble, { code: Code }> => trouble.code === code);
  const lost = find('signalling-lost');
  if (lost && nowMs - lost.sinceMs >= UNREACHABLE_MS) return { code: 'unreachable', host: lost.host };
  if (lost && nowMs - lost.sinceMs >= PATIENCE_MS) return { code: 'lost' };
  const failed = find('media-failed');
  if (failed) return { code: 'media-failed', details: failed.details };
  const moved = find('bridge-moved');
  if (moved && nowMs - moved.sinceMs >= PATIENCE_MS) return { code: 'bridge-moved' };
  const interrupted = find('media-interrupted');
  if (interrupted && nowMs - interrupted.sinceMs >= PATIENCE_MS) return { code: 'lost' };
  if (input.isSoundBlocked) return { code: 'sound-blocked' };
  if (input.backSinceMs !== undefined && nowMs - input.backSinceMs < BACK_MS) return { code: 'back' };
  if (find('poor-receive')) return { code: 'poor-receive' };
  if (find('poor-send') && input.isCameraOn) return { code: 'poor-send' };
  return undefined;
}

/** Whether a banner tells of a broken connection, so that its end is worth "connected again". */
export function isOutage(banner: Banner | undefined): boolean {
  return banner !== undefined && ['lost', 'unreachable', 'media-failed', 'bridge-moved'].includes(banner.code);
}
