import { type AppForm, isSmallForm } from './form.ts';
import { placeGrid, type Rect, type Size } from './grid.ts';
import { PAGE_ROW_HEIGHT, pageSize } from './pages.ts';
import { type Corner, floatingSelf } from './self-view.ts';
import { speakerLayout } from './speaker.ts';

export interface LayoutInput {
  /** The area inside the stage's padding. */
  readonly area: Size;
  readonly form: AppForm;
  readonly mode: 'grid' | 'speaker';
  /** Others in the order they are shown (pinned first, then arrival). Tile ids. */
  readonly others: readonly string[];
  /** The own tile; undefined while it is hidden. */
  readonly self: { readonly id: string; readonly aspect: number } | undefined;
  /** Who is on the stage in speaker view: a person's tile or a screen. */
  readonly onStage: { readonly id: string; readonly isScreen: boolean } | undefined;
  /** Others in the order the filmstrip prefers them (most recent speech first). */
  readonly stripOrder: readonly string[];
  /** False: only the stage is wanted. */
  readonly hasStrip?: boolean;
  readonly page: number;
  readonly selfCorner: Corner;
  /** Nobody else is here and nobody is expected to be found by the strip: leave room for the invite card. */
  readonly hasInviteCard: boolean;
  /** The invite card says a telephone number, too. */
  readonly hasDialIn?: boolean;
}

export type TileRole = 'grid' | 'stage' | 'strip' | 'float' | 'fill';

export interface Placed {
  readonly id: string;
  readonly rect: Rect;
  readonly role: TileRole;
}

export interface Layout {
  readonly tiles: readonly Placed[];
  readonly pageCount: number;
  readonly page: number;
  /** Tiles that one page holds. */
  readonly perPage: number;
  readonly invite: Rect | undefined;
  /** The place of "n more" and who is behind it. */
  readonly more: { readonly rect: Rect; readonly hidden: readonly string[] } | undefined;
  readonly gap: number;
}

/** So low a stage on a phone is what a bottom sheet leaves: three people in a row. */
const SHEET_STRIP_MAX_HEIGHT = 120;
const SHEET_STRIP_TILES = 3;

const INVITE_WIDTH = 400;
const INVITE_GAP = 12;
const INVITE_HEIGHT_BELOW = 236;
const DIAL_IN_HEIGHT = 104;

export function tileGap(area: Size): number {
  return area.width <= 400 ? 4 : 8;
}

/** Every rectangle of the stage from its size and who is in the meeting. Pure; design §3 is its specification. */
export function layout(input: LayoutInput): Layout {
  const gap = tileGapFor(input);
  if (input.form === 'phone' && input.area.height <= SHEET_STRIP_MAX_HEIGHT) return sheetStrip(input, gap);
  const small = isSmallForm(input.form);
  if (input.others.length === 0 && !input.onStage) return alone(input, gap);
  if (small) return tiny(input, gap);
  const isScreenOnStage = input.onStage?.isScreen ?? false;
  if (input.others.length === 1 && !isScreenOnStage) return two(input, gap);
  if (input.onStage && (input.mode === 'speaker' || isScreenOnStage)) return speaker(input, input.onStage, gap);
  return grid(input, gap);
}

/** A phone keeps 8 although its stage is 374 wide: the table of §3.1 was computed so. */
function tileGapFor(input: LayoutInput): number {
  return input.form === 'phone' ? 8 : tileGap(input.area);
}

function whole(area: Size): Rect {
  return { x: 0, y: 0, width: area.width, height: area.height };
}

function result(gap: number, tiles: readonly Placed[], rest: Partial<Layout> = {}): Layout {
  return {
    tiles,
    pageCount: 1,
    page: 0,
    perPage: Math.max(1, tiles.length),
    invite: undefined,
    more: undefined,
    gap,
    ...rest,
  };
}

function alone(input: LayoutInput, gap: number): Layout {
  const { area, self } = input;
  if (!self) return result(gap, [], input.hasInviteCard ? { invite: whole(area) } : {});
  const own = (rect: Rect): Placed[] => [{ id: self.id, rect, role: 'fill' }];
  if (!input.hasInviteCard || isSmallForm(input.form)) return result(gap, own(whole(area)));
  if (area.width >= 800 || input.form === 'landscape') {
    const cardWidth = Math.min(INVITE_WIDTH, Math.floor(area.width * 0.46));
    const width = area.width - cardWidth - INVITE_GAP;
    const invite = { x: width + INVITE_GAP, y: 0, width: cardWidth, height: area.height };
    return result(gap, own({ x: 0, y: 0, width, height: area.height }), { invite });
  }
  const wantedHeight = INVITE_HEIGHT_BELOW + (input.hasDialIn === true ? DIAL_IN_HEIGHT : 0);
  const cardHeight = Math.min(wantedHeight, Math.floor(area.height * 0.6));
  const height = area.height - cardHeight - INVITE_GAP;
  const invite = { x: 0, y: height + INVITE_GAP, width: area.width, height: cardHeight };
  return result(gap, own({ x: 0, y: 0, width: area.width, height }), { invite });
}

/** The other fills the stage, the own picture floats. */
function two(input: LayoutInput, gap: number): Layout {
  const other = input.others[0];
  const tiles: Placed[] = other === undefined ? [] : [{ id: other, rect: whole(input.area), role: 'fill' }];
  return result(gap, [...tiles, ...float(input)]);
}

function float(input: LayoutInput): Placed[] {
  const { self, area, selfCorner } = input;
  if (!self) return [];
  const rect = floatingSelf(area, selfCorner, self.aspect, isSmallForm(input.form));
  return [{ id: self.id, rect, role: 'float' }];
}

/** Above a bottom sheet: whom one looked at first, oneself last (design §3.4, phone). */
function sheetStrip(input: LayoutInput, gap: number): Layout {
  const { area, self, onStage, others } = input;
  const people = onStage ? [onStage.id, ...others.filter((id) => id !== onStage.id)] : [...others];
  const own = self && self.id !== onStage?.id ? [self.id] : [];
  const shown = [...people.slice(0, SHEET_STRIP_TILES - own.length), ...own];
  const width = Math.floor((area.width - (SHEET_STRIP_TILES - 1) * gap) / SHEET_STRIP_TILES);
  const left = Math.floor((area.width - (shown.length * width + (shown.length - 1) * gap)) / 2);
  const place = (index: number): Rect => ({ x: left + index * (width + gap), y: 0, width, height: area.height });
  return result(
    gap,
    shown.map((id, index) => ({ id, rect: place(index), role: 'strip' as const })),
  );
}

/** A widget shows one picture: the screen, the speaker or the only other. */
function tiny(input: LayoutInput, gap: number): Layout {
  const id = input.onStage?.id ?? input.others[0];
  const tiles: Placed[] = id === undefined ? [] : [{ id, rect: whole(input.area), role: 'fill' }];
  if (id === input.self?.id) return result(gap, tiles);
  return result(gap, [...tiles, ...float(input)]);
}

function grid(input: LayoutInput, gap: number): Layout {
  const { area, others, self, form } = input;
  const count = others.length + (self ? 1 : 0);
  const perPage = pageSize(area, count, gap, form);
  // The own tile is the last of page 1, so it takes one of that page's places.
  const ids = [...others];
  if (self) ids.splice(Math.min(ids.length, perPage - 1), 0, self.id);
  const pageCount = Math.max(1, Math.ceil(ids.length / perPage));
  const page = Math.min(Math.max(0, input.page), pageCount - 1);
  const shown = ids.slice(page * perPage, (page + 1) * perPage);
  const tilesArea = pageCount > 1 ? { width: area.width, height: area.height - PAGE_ROW_HEIGHT } : area;
  // Every page has the tiles of a full page: turning pages does not change their size.
  const rects = placeGrid(tilesArea, pageCount > 1 ? perPage : shown.length, gap);
  const tiles = shown.map((id, index): Placed => ({ id, rect: rects[index] ?? whole(area), role: 'grid' }));
  return result(gap, tiles, { pageCount, page, perPage });
}

function speaker(input: LayoutInput, onStage: { id: string; isScreen: boolean }, gap: number): Layout {
  const { area, self, hasStrip = true } = input;
  const people = hasStrip ? input.stripOrder.filter((id) => id !== onStage.id) : [];
  const ownId = hasStrip && self && self.id !== onStage.id ? [self.id] : [];
  const { stage, strip, more } = speakerLayout(area, people.length + ownId.length, gap, onStage.isScreen);
  // Oneself is always in sight, at the end of the strip.
  const shownPeople = people.slice(0, Math.max(0, strip.length - ownId.length));
  const shown = [...shownPeople, ...ownId].slice(0, strip.length);
  const tiles: Placed[] = [{ id: onStage.id, rect: stage, role: 'stage' }];
  for (const [index, id] of shown.entries()) {
    const rect = strip[index];
    if (rect) tiles.push({ id, rect, role: 'strip' });
  }
  const hidden = people.slice(shownPeople.length);
  return result(gap, tiles, { more: more && hidden.length > 0 ? { rect: more, hidden } : undefined });
}
