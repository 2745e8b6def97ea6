import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appForm, panelWidth } from './form.ts';
import { gridShape, type Rect } from './grid.ts';
import { layout, type LayoutInput } from './layout.ts';
import { pageSize } from './pages.ts';
import { floatingSelf, nearestCorner } from './self-view.ts';
import { speakerLayout } from './speaker.ts';
import { videoFit } from './video-fit.ts';

const people = (count: number) => Array.from({ length: count }, (_, index) => `p${index + 1}`);

function input(overrides: Partial<LayoutInput> = {}): LayoutInput {
  const others = overrides.others ?? people(2);
  return {
    area: { width: 1256, height: 708 },
    form: 'wide',
    mode: 'grid',
    others,
    self: { id: 'self', aspect: 16 / 9 },
    onStage: undefined,
    stripOrder: others,
    page: 0,
    selfCorner: 'bottom-end',
    hasInviteCard: true,
    ...overrides,
  };
}

it('without a filmstrip the stage has all the room, and nobody else is shown', () => {
  const speaker = { mode: 'speaker', others: people(3), onStage: { id: 'p1', isScreen: false } } as const;
  const { tiles, more } = layout(input({ ...speaker, hasStrip: false }));
  expect(tiles).toEqual([{ id: 'p1', rect: { x: 0, y: 0, width: 1256, height: 708 }, role: 'stage' }]);
  expect(more).toBeUndefined();
  expect(layout(input(speaker)).tiles.map(({ role }) => role)).toEqual(['stage', 'strip', 'strip', 'strip']);
});

describe('grid, with the numbers of the design', () => {
  it.each([
    [1256, 708, 2, '2x1 624x468'],
    [1256, 708, 3, '2x2 622x350'],
    [1256, 708, 4, '2x2 622x350'],
    [1256, 708, 5, '3x2 413x310'],
    [1256, 708, 6, '3x2 413x310'],
    [1256, 708, 9, '3x3 410x230'],
    [1256, 708, 16, '4x4 304x171'],
    [1256, 708, 25, '5x5 240x135'],
    [884, 708, 2, '1x2 622x350'],
    [884, 708, 4, '2x2 438x328'],
    [884, 708, 6, '2x3 410x230'],
    [884, 708, 9, '3x3 289x217'],
    [884, 708, 16, '4x4 215x161'],
    [884, 708, 25, '5x5 170x127'],
    [374, 692, 2, '1x2 374x342'],
    [374, 692, 3, '1x3 374x225'],
    [374, 692, 4, '1x4 296x167'],
    [374, 692, 6, '2x3 183x225'],
    [760, 374, 2, '2x1 376x374'],
    [760, 374, 3, '3x1 248x248'],
    [760, 374, 4, '2x2 325x183'],
    [760, 374, 6, '3x2 248x183'],
    [760, 374, 9, '3x3 212x119'],
  ])('%i × %i with %i people is %s', (width, height, count, expected) => {
    const shape = gridShape({ width, height }, count, 8);
    expect(`${shape.columns}x${shape.rows} ${shape.tileWidth}x${shape.tileHeight}`).toBe(expected);
  });
});

describe('pages', () => {
  it.each([
    ['a desktop holds 25', { width: 1256, height: 708 }, 'wide', 38, 25],
    ['a phone holds 8', { width: 374, height: 692 }, 'phone', 9, 8],
    ['a phone on its side holds 6', { width: 760, height: 374 }, 'landscape', 9, 6],
    ['a widget holds 4', { width: 380, height: 200 }, 'tiny', 9, 4],
    ['all stay on one page while they fit', { width: 1256, height: 708 }, 'wide', 25, 25],
  ] as const)('%s', (_, area, form, count, expected) => {
    expect(pageSize(area, count, 8, form)).toBe(expected);
  });

  it('puts oneself last on page 1 and nowhere else', () => {
    const first = layout(input({ others: people(37) }));
    expect(first.pageCount).toBe(2);
    expect(first.tiles.at(-1)?.id).toBe('self');
    expect(first.tiles).toHaveLength(25);
    const second = layout(input({ others: people(37), page: 1 }));
    expect(second.tiles.map((tile) => tile.id)).not.toContain('self');
    expect(second.tiles).toHaveLength(13);
  });

  it('keeps the size of tiles when the page turns', () => {
    const first = layout(input({ others: people(37) }));
    const second = layout(input({ others: people(37), page: 1 }));
    expect(second.tiles[0]?.rect.width).toBe(first.tiles[0]?.rect.width);
  });

  it('goes back to the last page when people leave', () => {
    expect(layout(input({ others: people(30), page: 9 })).page).toBe(1);
  });
});

describe('few people', () => {
  it('shows the invite card beside the only person on a wide stage, below on a narrow one', () => {
    const wide = layout(input({ others: [] }));
    expect(wide.tiles[0]?.rect).toEqual({ x: 0, y: 0, width: 844, height: 708 });
    expect(wide.invite).toEqual({ x: 856, y: 0, width: 400, height: 708 });
    const phone = layout(input({ others: [], area: { width: 374, height: 692 }, form: 'phone' }));
    expect(phone.invite?.y).toBeGreaterThan(phone.tiles[0]?.rect.height ?? Infinity);
  });

  it('gives the invite card below more room when it says a telephone number, too', () => {
    const phone = { others: [], area: { width: 374, height: 692 }, form: 'phone' } as const;
    expect(layout(input(phone)).invite?.height).toBe(236);
    expect(layout(input({ ...phone, hasDialIn: true })).invite?.height).toBe(340);
  });

  it('gives the whole stage to the only other and floats oneself', () => {
    const { tiles } = layout(input({ others: ['eleni'] }));
    expect(tiles[0]).toEqual({ id: 'eleni', role: 'fill', rect: { x: 0, y: 0, width: 1256, height: 708 } });
    expect(tiles[1]).toMatchObject({ id: 'self', role: 'float', rect: { width: 240, height: 135 } });
  });

  it('shows one person and a 76 × 48 self-view in a widget', () => {
    const area = { width: 312, height: 140 };
    const { tiles } = layout(input({ others: people(4), onStage: { id: 'p3', isScreen: false }, area, form: 'tiny' }));
    expect(tiles.map((tile) => tile.id)).toEqual(['p3', 'self']);
    expect(tiles[1]?.rect).toMatchObject({ width: 76, height: 48 });
  });

  it('keeps three people in sight above a bottom sheet, oneself last', () => {
    const { tiles } = layout(input({ others: people(6), area: { width: 374, height: 92 }, form: 'phone' }));
    expect(tiles.map((tile) => tile.id)).toEqual(['p1', 'p2', 'self']);
    expect(tiles[0]?.rect).toEqual({ x: 0, y: 0, width: 119, height: 92 });
  });

  it('floats in the asked corner and finds the nearest one for a drag', () => {
    const stage = { width: 1000, height: 600 };
    expect(floatingSelf(stage, 'top-start', 16 / 9, false)).toMatchObject({ x: 12, y: 12, width: 200 });
    expect(nearestCorner(stage, { x: 900, y: 100 })).toBe('top-end');
  });
});

describe('speaker view', () => {
  it('puts the strip below a stage that is not very wide', () => {
    const { stage, strip, placement } = speakerLayout({ width: 1256, height: 708 }, 6, 8, false);
    expect(placement).toBe('bottom');
    expect(strip).toHaveLength(6);
    expect(strip[0]?.height).toBe(106);
    expect(stage).toEqual({ x: 0, y: 0, width: 1256, height: 594 });
  });

  it('puts it beside a shared screen and says how many do not fit', () => {
    const { strip, more, placement } = speakerLayout({ width: 1256, height: 708 }, 9, 8, true);
    expect(placement).toBe('side');
    expect(strip).toHaveLength(5);
    expect(more).toBeDefined();
  });

  it('puts a screen on the stage even in grid view, with oneself last in the strip', () => {
    const result = layout(input({ others: people(8), onStage: { id: 'screen', isScreen: true } }));
    expect(result.tiles[0]).toMatchObject({ id: 'screen', role: 'stage' });
    expect(result.tiles.at(-1)?.id).toBe('self');
    expect(result.more?.hidden).toEqual(['p5', 'p6', 'p7', 'p8']);
  });
});

describe('form of the app', () => {
  it.each([
    [1280, 800, 'wide'],
    [1024, 768, 'medium'],
    [640, 400, 'narrow'],
    [390, 844, 'phone'],
    [320, 568, 'phone'],
    [844, 390, 'landscape'],
    [667, 375, 'landscape'],
    [320, 200, 'tiny'],
    [320, 400, 'tiny'],
    [300, 170, 'mini'],
  ])('%i × %i is %s', (width, height, expected) => {
    expect(appForm({ width, height })).toBe(expected);
  });

  it('keeps 480 px of stage beside a panel, or lays the panel over it', () => {
    expect(panelWidth('wide', 1280)).toBe(360);
    expect(panelWidth('medium', 900)).toBe(320);
    expect(panelWidth('medium', 800)).toBe(0);
    expect(panelWidth('narrow', 700)).toBe(0);
  });
});

describe('video in a tile', () => {
  it.each([
    ['the same shape', { width: 1280, height: 720 }, 'cover'],
    ['4:3 in 16:9', { width: 640, height: 480 }, 'cover'],
    ['a portrait phone in 16:9', { width: 720, height: 1280 }, 'contain'],
  ] as const)('%s: %s', (_, video, expected) => {
    expect(videoFit({ width: 622, height: 350 }, video)).toBe(expected);
  });
});

it('larger text takes the words from the bar, and never the grid from a phone', () => {
  expect(appForm({ width: 1280, height: 800 }, 1.25)).toBe('medium');
  expect(appForm({ width: 1280, height: 800 }, 2)).toBe('narrow');
  expect(appForm({ width: 390, height: 844 }, 2)).toBe('phone');
});

it('a tile of 4:3, rounded down, is filled by 16:9', () => {
  expect(videoFit({ width: 413, height: 310 }, { width: 1280, height: 720 })).toBe('cover');
});

describe('any stage and any number of people', () => {
  const stages = fc.record({ width: fc.integer({ min: 300, max: 2600 }), height: fc.integer({ min: 120, max: 1600 }) });

  it('keeps tiles inside the stage and apart from each other', () => {
    fc.assert(
      fc.property(stages, fc.integer({ min: 2, max: 60 }), fc.integer({ min: 0, max: 8 }), (area, count, page) => {
        const result = layout(input({ area, form: appForm(area), others: people(count), page }));
        const rects = result.tiles.filter((tile) => tile.role === 'grid').map((tile) => tile.rect);
        for (const [index, rect] of rects.entries()) {
          expect(rect.x).toBeGreaterThanOrEqual(0);
          expect(rect.y).toBeGreaterThanOrEqual(0);
          expect(rect.x + rect.width).toBeLessThanOrEqual(area.width);
          expect(rect.y + rect.height).toBeLessThanOrEqual(area.height);
          expect(rects.slice(index + 1).some((other) => overlaps(rect, other))).toBe(false);
        }
      }),
    );
  });

  it('shows everybody exactly once over all pages', () => {
    fc.assert(
      fc.property(stages, fc.integer({ min: 2, max: 60 }), (area, count) => {
        const form = appForm(area);
        fc.pre(form !== 'tiny' && form !== 'mini');
        const { pageCount } = layout(input({ area, form, others: people(count) }));
        const seen = Array.from({ length: pageCount }, (_, page) =>
          layout(input({ area, form, others: people(count), page })).tiles.map((tile) => tile.id),
        ).flat();
        expect(seen.toSorted()).toEqual([...people(count), 'self'].toSorted());
      }),
    );
  });
});

function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
