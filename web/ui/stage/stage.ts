import { signal } from '@preact/signals';
import type { Rect, Size } from '../layout/grid.ts';
import { layout, type Layout, type LayoutInput } from '../layout/layout.ts';
import { type Corner, nearestCorner } from '../layout/self-view.ts';
import { rovingFocus } from '../parts/roving-focus.ts';
import { Tile, type TileActions } from './tile.ts';
import type { TileModel } from './tile-model.ts';

export type StageInput = Omit<LayoutInput, 'area'>;

/** The parts of the layout that are not tiles; drawn by Preact around the tiles. */
export interface StageChrome {
  readonly pageCount: number;
  readonly page: number;
  readonly perPage: number;
  readonly invite: Rect | undefined;
  readonly more: Layout['more'];
}

export interface StageEvents extends TileActions {
  /** Height in device pixels at which each tile is seen; tiles that are absent are unseen. */
  shown(heights: ReadonlyMap<string, number>): void;
  moveSelf(corner: Corner): void;
  turnPage(by: number): void;
}

const noChrome: StageChrome = { pageCount: 1, page: 0, perPage: 1, invite: undefined, more: undefined };
const SWIPE_PX = 60;

/** Owns all tiles: one layout per frame, one ResizeObserver, no framework. */
export class Stage {
  readonly chrome = signal<StageChrome>(noChrome);
  private readonly root: HTMLElement;
  private readonly events: StageEvents;
  private readonly tiles = new Map<string, Tile>();
  private readonly observer: ResizeObserver;
  private readonly stopRoving: () => void;
  private readonly stop = new AbortController();
  private input: StageInput | undefined;
  private area: Size = { width: 0, height: 0 };
  private frame: number | undefined;
  private dragging: { id: string; startX: number; startY: number; moved: boolean } | undefined;
  private swipeFrom: { x: number; y: number } | undefined;
  private lastShown = '';
  private placed: Layout['tiles'] = [];

  constructor(root: HTMLElement, events: StageEvents) {
    this.root = root;
    this.events = events;
    this.observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      this.area = { width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) };
      // Following a window's edge with an animation would lag behind it.
      root.classList.add('is-resizing');
      this.schedule();
    });
    this.observer.observe(root);
    this.stopRoving = rovingFocus(root, '.tile', 'both');
    this.listen();
  }

  /** Brings tiles and their places in line with the meeting. */
  update(models: readonly TileModel[], input: StageInput): void {
    const present = new Set(models.map((model) => model.id));
    for (const [id, tile] of this.tiles) {
      if (present.has(id)) continue;
      tile.close();
      this.tiles.delete(id);
    }
    for (const model of models) {
      const tile = this.tiles.get(model.id);
      if (tile) {
        tile.update(model);
        continue;
      }
      const created = new Tile(model, this.events);
      this.tiles.set(model.id, created);
      this.root.append(created.element);
    }
    this.input = input;
    this.schedule();
  }

  setSpeaking(speaking: ReadonlySet<string>): void {
    for (const [id, tile] of this.tiles) tile.setSpeaking(speaking.has(id));
  }

  /** The n-th visible tile, as keys 1 … 9 count them. */
  visibleTile(index: number): string | undefined {
    return this.placed[index]?.id;
  }

  elementOf(id: string): HTMLElement | undefined {
    return this.tiles.get(id)?.element;
  }

  close(): void {
    this.stop.abort();
    this.observer.disconnect();
    this.stopRoving();
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    for (const tile of this.tiles.values()) tile.close();
    this.tiles.clear();
  }

  private schedule(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.apply();
    });
  }

  private apply(): void {
    const { input, area } = this;
    if (!input || area.width === 0 || area.height === 0) return;
    const result = layout({ ...input, area });
    const isRtl = document.documentElement.dir === 'rtl';
    const mirrored = (rect: Rect): Rect => (isRtl ? { ...rect, x: area.width - rect.x - rect.width } : rect);
    const visible = new Set<string>();
    for (const { id, rect, role } of result.tiles) {
      visible.add(id);
      this.tiles.get(id)?.place(mirrored(rect), role);
    }
    for (const [id, tile] of this.tiles) if (!visible.has(id)) tile.hide();
    this.placed = result.tiles;
    this.orderForFocus();
    this.chrome.value = {
      pageCount: result.pageCount,
      page: result.page,
      perPage: result.perPage,
      invite: result.invite && mirrored(result.invite),
      more: result.more && { ...result.more, rect: mirrored(result.more.rect) },
    };
    this.reportShown(result);
    requestAnimationFrame(() => this.root.classList.remove('is-resizing'));
  }

  /** Tab and screen readers go by the order of elements; `<video>`s are never moved, so `order` is told by aria-owns. */
  private orderForFocus(): void {
    const ids = this.placed.map(({ id }) => {
      const element = this.tiles.get(id)?.element;
      if (element) element.id ||= `tile-${id}`;
      return element?.id;
    });
    const owns = ids.filter(Boolean).join(' ');
    if (this.root.getAttribute('aria-owns') !== owns) this.root.setAttribute('aria-owns', owns);
  }

  private reportShown(result: Layout): void {
    const ratio = window.devicePixelRatio;
    const heights = new Map(result.tiles.map(({ id, rect }) => [id, Math.round(rect.height * ratio)]));
    const key = [...heights].join();
    if (key === this.lastShown) return;
    this.lastShown = key;
    this.events.shown(heights);
  }

  private listen(): void {
    const options = { signal: this.stop.signal };
    this.root.addEventListener('pointerdown', (event) => this.onPointerDown(event), options);
    this.root.addEventListener('pointermove', (event) => this.onPointerMove(event), options);
    this.root.addEventListener('pointerup', (event) => this.onPointerUp(event), options);
    this.root.addEventListener('pointercancel', () => this.endDrag(), options);
    this.root.addEventListener(
      'keydown',
      (event) => {
        const id = tileIdOf(event.target);
        if (id === undefined || !(event.target as Element).classList.contains('tile')) return;
        const element = event.target as HTMLElement;
        const isMenuKey =
          event.key === 'Enter' || event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10');
        if (event.key.toLowerCase() === 'p' && !event.ctrlKey && !event.metaKey) this.events.pin(id);
        else if (isMenuKey) this.events.openMenu(id, element);
        else return;
        event.preventDefault();
        event.stopPropagation();
      },
      options,
    );
  }

  private onPointerDown(event: PointerEvent): void {
    const tile = event.target instanceof Element ? event.target.closest<HTMLElement>('.tile') : null;
    if (event.button !== 0 || (event.target as Element).closest('button')) return;
    if (tile?.classList.contains('is-float')) {
      this.dragging = { id: tile.dataset['tile'] ?? '', startX: event.clientX, startY: event.clientY, moved: false };
      tile.setPointerCapture(event.pointerId);
    } else if (event.pointerType === 'touch' && !tile?.classList.contains('is-zoomed')) {
      this.swipeFrom = { x: event.clientX, y: event.clientY };
    }
  }

  private onPointerMove(event: PointerEvent): void {
    const { dragging } = this;
    const placed = dragging && this.placed.find((tile) => tile.id === dragging.id);
    if (!dragging || !placed) return;
    const x = event.clientX - dragging.startX;
    const y = event.clientY - dragging.startY;
    if (!dragging.moved && Math.hypot(x, y) < 6) return;
    dragging.moved = true;
    const element = this.tiles.get(dragging.id)?.element;
    if (!element) return;
    element.classList.add('is-dragged');
    element.style.transform = `translate(${placed.rect.x + x}px, ${placed.rect.y + y}px)`;
  }

  private onPointerUp(event: PointerEvent): void {
    if (this.dragging?.moved) {
      const box = this.root.getBoundingClientRect();
      const isRtl = document.documentElement.dir === 'rtl';
      const x = isRtl ? box.right - event.clientX : event.clientX - box.left;
      this.events.moveSelf(nearestCorner(this.area, { x, y: event.clientY - box.top }));
    }
    this.endDrag();
    if (!this.swipeFrom) return;
    const x = event.clientX - this.swipeFrom.x;
    const y = event.clientY - this.swipeFrom.y;
    this.swipeFrom = undefined;
    if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) this.events.turnPage(x < 0 ? 1 : -1);
  }

  private endDrag(): void {
    if (!this.dragging) return;
    this.tiles.get(this.dragging.id)?.element.classList.remove('is-dragged');
    this.dragging = undefined;
    this.schedule();
  }
}

function tileIdOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('.tile')?.dataset['tile'] : undefined;
}
