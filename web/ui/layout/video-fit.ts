import type { Size } from './grid.ts';

/**
 * Cover while at most a quarter of the picture is lost, so a portrait phone in a wide tile shows the whole person. A 4:3
 * tile, whose sides were rounded down, must not lose by a hair: it cuts just a quarter of 16:9.
 */
const MAX_CUT = 0.26;

export function videoFit(tile: Size, video: Size): 'cover' | 'contain' {
  if (video.width === 0 || video.height === 0 || tile.width === 0 || tile.height === 0) return 'cover';
  const tileAspect = tile.width / tile.height;
  const videoAspect = video.width / video.height;
  const kept = Math.min(tileAspect, videoAspect) / Math.max(tileAspect, videoAspect);
  return 1 - kept <= MAX_CUT ? 'cover' : 'contain';
}
