/** Which simulcast layers a video sender encodes, and how, as a pure rule (wire note §5.6). Lowest layer first. */
export interface SendingLayer {
  readonly active: boolean;
  readonly maxBitrateBps: number;
  readonly scaleResolutionDownBy: number;
  readonly maxFramerate: number;
}

const LOW_HEIGHT = 180;
const MIDDLE_HEIGHT = 360;
const CAMERA_BITRATES_BPS = [200_000, 500_000, 1_500_000] as const;
const CAMERA_FRAME_RATE = 30;
/** Text wants sharpness, not motion. */
const SCREEN_BITRATE_BPS = 2_500_000;
const SCREEN_FRAME_RATE = 15;

/**
 * @param height short side of what the camera gives
 * @param maxHeight largest height that anyone wants: 0 nobody, −1 no limit (wire note §6.1 SenderSourceConstraints)
 */
export function cameraLayers(height: number, maxHeight: number): readonly SendingLayer[] {
  // A small camera is divided by 4 and 2, else two layers would be alike.
  const scales = height >= 2 * MIDDLE_HEIGHT ? [height / LOW_HEIGHT, height / MIDDLE_HEIGHT, 1] : [4, 2, 1];
  const heights = scales.map((scale) => height / scale);
  return CAMERA_BITRATES_BPS.map((maxBitrateBps, layer) => ({
    active: isWanted(layer === 0 ? 0 : (heights[layer - 1] ?? 0), maxHeight),
    maxBitrateBps,
    scaleResolutionDownBy: scales[layer] ?? 1,
    maxFramerate: CAMERA_FRAME_RATE,
  }));
}

/** A layer is worth its work if the next lower one is smaller than what is wanted. */
function isWanted(nextLowerHeight: number, maxHeight: number): boolean {
  return maxHeight < 0 || nextLowerHeight < maxHeight;
}

/** The screen goes out in its highest layer only: small text does not survive scaling, and Jitsi does the same. */
export function screenLayers(maxHeight: number): readonly SendingLayer[] {
  return [4, 2, 1].map((scaleResolutionDownBy) => ({
    active: scaleResolutionDownBy === 1 && maxHeight !== 0,
    maxBitrateBps: SCREEN_BITRATE_BPS,
    scaleResolutionDownBy,
    maxFramerate: SCREEN_FRAME_RATE,
  }));
}
