/** Which simulcast layers a video sender encodes, and how, as a pure rule (wire note §5.6). Lowest layer first. */
export interface SendingLayer {
  readonly active: boolean;
  readonly maxBitrateBps: number;
  readonly scaleResolutionDownBy: number;
  readonly maxFramerate: number;
}

const LOW_HEIGHT = 180;
const MIDDLE_HEIGHT = 360;
/** libwebrtc gives a picture below 480 × 270 one layer and one below 960 × 540 two: the first ones, whatever their scale. */
const TWO_LAYERS_HEIGHT = 270;
const THREE_LAYERS_HEIGHT = 540;
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
  const count = height >= THREE_LAYERS_HEIGHT ? 3 : height >= TWO_LAYERS_HEIGHT ? 2 : 1;
  // The highest layer that is sent is always the whole picture: a small camera is not made smaller still.
  const scales = [height / LOW_HEIGHT, height / MIDDLE_HEIGHT, 1].map((scale, layer) =>
    layer < count - 1 ? scale : 1,
  );
  const heights = scales.map((scale) => height / scale);
  return CAMERA_BITRATES_BPS.map((maxBitrateBps, layer) => ({
    active: layer < count && isWanted(layer === 0 ? 0 : (heights[layer - 1] ?? 0), maxHeight),
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
