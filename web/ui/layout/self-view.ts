import type { Rect, Size } from './grid.ts';

export type Corner = 'top-start' | 'top-end' | 'bottom-start' | 'bottom-end';

const EDGE = 12;

/** The own picture floating over the one other person (design §3.1, Self-view). `aspect` is the camera's. */
export function floatingSelf(stage: Size, corner: Corner, aspect: number, isTiny: boolean): Rect {
  const edge = isTiny ? 4 : EDGE;
  const width = isTiny ? 76 : Math.round(Math.min(240, Math.max(76, stage.width * 0.2)));
  const height = isTiny ? 48 : Math.round(Math.min(width / aspect, stage.height * 0.5));
  return {
    x: corner.endsWith('start') ? edge : stage.width - width - edge,
    y: corner.startsWith('top') ? edge : stage.height - height - edge,
    width,
    height,
  };
}

/** The corner nearest to a point, for a drag that ends there. */
export function nearestCorner(stage: Size, point: { x: number; y: number }): Corner {
  const block = point.y < stage.height / 2 ? 'top' : 'bottom';
  return point.x < stage.width / 2 ? `${block}-start` : `${block}-end`;
}
