/** All lengths are CSS px. Rectangles are relative to the stage inside its padding. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export interface GridShape {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

const MAX_ASPECT = 16 / 9;
/** Below this height a wide stage is a phone in landscape: square tiles beat thin ones. */
const LOW_STAGE_HEIGHT = 420;
/** Areas this close count as equal; the shape with fewer holes wins. */
const AREA_TOLERANCE = 0.02;

function minAspect(stage: Size): number {
  if (stage.width < stage.height) return 3 / 4;
  return stage.height < LOW_STAGE_HEIGHT ? 1 : 4 / 3;
}

/**
 * Largest equal tiles for `count` people (design §3.1). Tiles may be between 16:9 and a minimum that depends on the
 * shape of the stage. Never returns an empty column.
 */
export function gridShape(stage: Size, count: number, gap: number): GridShape {
  let best: (GridShape & { area: number; holes: number }) | undefined;
  const narrowest = minAspect(stage);
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    if (Math.ceil(count / rows) < columns) continue;
    let width = (stage.width - (columns - 1) * gap) / columns;
    let height = (stage.height - (rows - 1) * gap) / rows;
    if (width / height > MAX_ASPECT) width = height * MAX_ASPECT;
    else if (width / height < narrowest) height = width / narrowest;
    const tileWidth = Math.max(0, Math.floor(width));
    const tileHeight = Math.max(0, Math.floor(height));
    const candidate = {
      columns,
      rows,
      tileWidth,
      tileHeight,
      area: tileWidth * tileHeight,
      holes: columns * rows - count,
    };
    if (!best || isBetter(candidate, best)) best = candidate;
  }
  return best ?? { columns: 0, rows: 0, tileWidth: 0, tileHeight: 0 };
}

function isBetter(a: { area: number; holes: number }, b: { area: number; holes: number }): boolean {
  const larger = Math.max(a.area, b.area);
  if (Math.abs(a.area - b.area) <= larger * AREA_TOLERANCE && a.holes !== b.holes) return a.holes < b.holes;
  return a.area > b.area;
}

/** Places the tiles of one grid: the block is centred, and so is a last row that is not full. */
export function placeGrid(stage: Size, count: number, gap: number): Rect[] {
  const { columns, rows, tileWidth, tileHeight } = gridShape(stage, count, gap);
  const top = Math.floor((stage.height - (rows * tileHeight + (rows - 1) * gap)) / 2);
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = Math.floor((stage.width - (inRow * tileWidth + (inRow - 1) * gap)) / 2);
    return {
      x: left + (index % columns) * (tileWidth + gap),
      y: top + row * (tileHeight + gap),
      width: tileWidth,
      height: tileHeight,
    };
  });
}
