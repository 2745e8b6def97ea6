import { type AppForm, isSmallForm } from './form.ts';
import { gridShape, type Size } from './grid.ts';

/** Height kept free below the tiles for arrows and dots once there is more than one page. */
export const PAGE_ROW_HEIGHT = 44;

function pageRules(stage: Size, form: AppForm): { cap: number; minTileWidth: number } {
  if (isSmallForm(form)) return { cap: 4, minTileWidth: 96 };
  if (form === 'phone') return { cap: 8, minTileWidth: 120 };
  if (form === 'landscape') return { cap: 6, minTileWidth: 120 };
  if (stage.width >= 1000) return { cap: 25, minTileWidth: 160 };
  if (stage.width >= 600) return { cap: 16, minTileWidth: 160 };
  return { cap: 4, minTileWidth: 96 };
}

/**
 * How many tiles fit on one page (design §3.1): as many as the cap allows while a tile keeps its minimum width.
 * When they do not all fit, the page row takes its height first.
 */
export function pageSize(stage: Size, count: number, gap: number, form: AppForm): number {
  const { cap, minTileWidth } = pageRules(stage, form);
  const fits = (area: Size, n: number) => gridShape(area, n, gap).tileWidth >= minTileWidth;
  if (count <= cap && fits(stage, count)) return Math.max(1, count);
  const area = { width: stage.width, height: stage.height - PAGE_ROW_HEIGHT };
  for (let n = Math.min(cap, count); n > 1; n--) if (fits(area, n)) return n;
  return 1;
}
