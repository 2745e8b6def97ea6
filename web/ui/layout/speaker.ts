import type { Rect, Size } from './grid.ts';

const FILM_ASPECT = 16 / 9;
/** Height of the "4 more" card when it stands in a column. */
const MORE_CARD_HEIGHT = 64;

export interface SpeakerLayout {
  readonly stage: Rect;
  readonly strip: readonly Rect[];
  /** Room for "n more" when the strip is too short for everybody. */
  readonly more: Rect | undefined;
  readonly placement: 'bottom' | 'side' | 'none';
}

/** Where the strip goes: below a stage that is not very wide, beside it otherwise (design §3.2, §3.3). */
export function stripPlacement(area: Size, isScreen: boolean): 'bottom' | 'side' {
  if (isScreen) return area.width >= 900 ? 'side' : 'bottom';
  return area.width / area.height < 1.9 ? 'bottom' : 'side';
}

/** Stage and filmstrip for `stripCount` people beside the one on the stage. Nothing scrolls. */
export function speakerLayout(area: Size, stripCount: number, gap: number, isScreen: boolean): SpeakerLayout {
  const whole = { x: 0, y: 0, width: area.width, height: area.height };
  if (stripCount === 0) return { stage: whole, strip: [], more: undefined, placement: 'none' };
  const placement = stripPlacement(area, isScreen);
  return placement === 'bottom' ? bottomStrip(area, stripCount, gap) : sideStrip(area, stripCount, gap);
}

function bottomStrip(area: Size, stripCount: number, gap: number): SpeakerLayout {
  let height = Math.round(clamp(72, 0.15 * area.height, 120));
  let width = Math.round(height * FILM_ASPECT);
  // Narrow stages keep three in sight rather than two wide ones.
  const places = Math.max(Math.floor((area.width + gap) / (width + gap)), Math.min(3, stripCount));
  width = Math.min(width, Math.floor((area.width - (places - 1) * gap) / places));
  height = Math.min(height, Math.max(56, Math.round(width / 1.2)));
  const shown = stripCount <= places ? stripCount : places - 1;
  const inRow = Math.min(stripCount, places);
  const left = Math.floor((area.width - (inRow * width + (inRow - 1) * gap)) / 2);
  const y = area.height - height;
  const place = (index: number): Rect => ({ x: left + index * (width + gap), y, width, height });
  return {
    stage: { x: 0, y: 0, width: area.width, height: y - gap },
    strip: Array.from({ length: shown }, (_, index) => place(index)),
    more: shown < stripCount ? place(shown) : undefined,
    placement: 'bottom',
  };
}

function sideStrip(area: Size, stripCount: number, gap: number): SpeakerLayout {
  const width = Math.round(clamp(140, 0.17 * area.width, 240));
  const height = Math.round(width / FILM_ASPECT);
  const x = area.width - width;
  const places = Math.max(1, Math.floor((area.height + gap) / (height + gap)));
  const placesBesideCard = Math.max(0, Math.floor((area.height - MORE_CARD_HEIGHT) / (height + gap)));
  const shown = stripCount <= places ? stripCount : placesBesideCard;
  return {
    stage: { x: 0, y: 0, width: x - gap, height: area.height },
    strip: Array.from({ length: shown }, (_, index) => ({ x, y: index * (height + gap), width, height })),
    more: shown < stripCount ? { x, y: shown * (height + gap), width, height: MORE_CARD_HEIGHT } : undefined,
    placement: 'side',
  };
}

function clamp(min: number, value: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
