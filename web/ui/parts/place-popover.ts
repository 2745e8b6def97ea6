import type { Rect, Size } from '../layout/grid.ts';

const MARGIN = 8;
const OFFSET = 6;

/**
 * Where a menu or tooltip goes: above or below its opener, whichever has room (above first if asked), its end kept
 * inside the view. All in client coordinates.
 */
export function placePopover(
  opener: Rect,
  popover: Size,
  view: Size,
  side: 'above' | 'below',
  align: 'start' | 'center' | 'end',
): { x: number; y: number; maxHeight: number } {
  const roomAbove = opener.y - OFFSET - MARGIN;
  const roomBelow = view.height - (opener.y + opener.height) - OFFSET - MARGIN;
  const fits = { above: popover.height <= roomAbove, below: popover.height <= roomBelow };
  const other = side === 'above' ? 'below' : 'above';
  const chosen = fits[side] || (!fits[other] && (side === 'above') === roomAbove >= roomBelow) ? side : other;
  const maxHeight = Math.max(0, chosen === 'above' ? roomAbove : roomBelow);
  const height = Math.min(popover.height, maxHeight);
  const start = { start: opener.x, center: opener.x + (opener.width - popover.width) / 2, end: 0 };
  start.end = opener.x + opener.width - popover.width;
  return {
    x: Math.round(Math.max(MARGIN, Math.min(start[align], view.width - popover.width - MARGIN))),
    y: Math.round(chosen === 'above' ? opener.y - OFFSET - height : opener.y + opener.height + OFFSET),
    maxHeight,
  };
}
