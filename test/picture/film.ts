import { decodePng } from './decode-png.ts';

/** Few frames, since nothing moves, and three browsers share the machine. */
const FRAMES_PER_SECOND = 5;

/**
 * A YUV4MPEG2 film of one frame, which Chromium plays for ever as its camera (`--use-file-for-fake-video-capture`).
 * BT.601 in video's narrow range; width and height must be even.
 */
export function filmOf(png: Uint8Array): Uint8Array {
  const { width, height, rgb } = decodePng(Buffer.from(png));
  const luma = Buffer.alloc(width * height);
  const blue = Buffer.alloc((width * height) / 4);
  const red = Buffer.alloc(blue.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const [r, g, b] = [rgb[at * 3] ?? 0, rgb[at * 3 + 1] ?? 0, rgb[at * 3 + 2] ?? 0];
      luma[at] = 16 + 0.257 * r + 0.504 * g + 0.098 * b;
      if (x % 2 === 1 || y % 2 === 1) continue;
      const half = (y / 2) * (width / 2) + x / 2;
      blue[half] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      red[half] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  }
  const head = `YUV4MPEG2 W${width} H${height} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420\nFRAME\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), luma, blue, red]);
}
