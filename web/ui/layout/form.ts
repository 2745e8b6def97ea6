import type { Size } from './grid.ts';

/**
 * How the whole app is arranged (design §3.4). Judged by the app's own box, never the window: we also live in iframes.
 *
 * - `wide`: toolbar with words, panel beside the stage
 * - `medium`: icons with tooltips
 * - `narrow`: fewer buttons, panel covers the stage
 * - `phone`: top row, bar of six squares, panels as bottom sheets
 * - `landscape`: a phone on its side, the bar is a column
 * - `tiny`: a widget; four buttons
 * - `mini`: so low that the bar lies over the picture
 */
export type AppForm = 'wide' | 'medium' | 'narrow' | 'phone' | 'landscape' | 'tiny' | 'mini';

/** A desktop window at 200 % zoom is 1.6 wide for its height, a phone on its side at least 1.77. */
const LANDSCAPE_PHONE_ASPECT = 1.7;
/** Less than a top row, a bar and one tile need; such a box is a widget, not a phone. */
const PHONE_MIN_HEIGHT = 440;

/** @param textScale the reader's text size over the usual 16 px: larger words need a wider bar */
export function appForm({ width, height }: Size, textScale = 1): AppForm {
  if (height <= 180) return 'mini';
  if (width <= 500 && height > width && height >= PHONE_MIN_HEIGHT) return 'phone';
  if (width <= 400 || height <= 260) return 'tiny';
  if (height < 420 && width >= 500 && width / height >= LANDSCAPE_PHONE_ASPECT) return 'landscape';
  if (width / textScale >= 1090) return 'wide';
  if (width / textScale >= 760) return 'medium';
  return 'narrow';
}

export function isSmallForm(form: AppForm): boolean {
  return form === 'tiny' || form === 'mini';
}

/** Width of an open panel beside the stage at the usual text size; 0 when the panel lies over the stage. */
export function panelWidth(form: AppForm, appWidth: number, textScale = 1): number {
  if (form === 'wide') return 360;
  const minStageWidth = 480;
  if (form === 'medium' && appWidth / textScale - 320 - 12 >= minStageWidth) return 320;
  return 0;
}
