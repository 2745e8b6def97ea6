import { t } from '../i18n/messages.ts';
import { iconElement } from '../icons/icon.tsx';
import type { IconName } from '../icons/icon-names.ts';

const MAX_SCALE = 4;
const STEP = 1.25;
const PAN_STEP_PX = 60;

export interface ZoomState {
  readonly scale: number;
  /** Offset of the picture's centre from the tile's, in px. */
  readonly x: number;
  readonly y: number;
}

export const unzoomed: ZoomState = { scale: 1, x: 0, y: 0 };

/** Zooms around a point (px from the tile's centre), so that what lies there stays there. */
export function zoomAt(state: ZoomState, factor: number, point: { x: number; y: number }, size: Size): ZoomState {
  const scale = Math.min(MAX_SCALE, Math.max(1, state.scale * factor));
  const ratio = scale / state.scale;
  return clampPan({ scale, x: point.x - (point.x - state.x) * ratio, y: point.y - (point.y - state.y) * ratio }, size);
}

export function panBy(state: ZoomState, x: number, y: number, size: Size): ZoomState {
  return clampPan({ ...state, x: state.x + x, y: state.y + y }, size);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function clampPan(state: ZoomState, size: Size): ZoomState {
  const limit = (length: number) => ((state.scale - 1) * length) / 2;
  const clamp = (value: number, max: number) => Math.min(max, Math.max(-max, value));
  return { scale: state.scale, x: clamp(state.x, limit(size.width)), y: clamp(state.y, limit(size.height)) };
}

/** Zoom and pan of a shared screen: buttons, Ctrl + wheel, pinch, drag, arrow keys. */
export class ScreenZoom {
  private readonly tile: HTMLElement;
  private readonly video: HTMLVideoElement;
  private readonly bar = document.createElement('div');
  private readonly reset: HTMLButtonElement;
  private readonly pointers = new Map<number, { x: number; y: number }>();
  private readonly stop = new AbortController();
  private state = unzoomed;
  private isEnabled = false;

  constructor(tile: HTMLElement, video: HTMLVideoElement, onFullScreen: () => void) {
    this.tile = tile;
    this.video = video;
    this.bar.className = 'tile-actions screen-actions';
    this.reset = textButton(() => this.set(unzoomed));
    this.bar.append(
      iconButton('minus', t('screen.zoom-out'), () => this.zoom(1 / STEP)),
      this.reset,
      iconButton('plus', t('screen.zoom-in'), () => this.zoom(STEP)),
      iconButton('maximize', t('screen.full'), onFullScreen),
    );
    tile.append(this.bar);
    this.listen();
    this.set(unzoomed);
  }

  setEnabled(isEnabled: boolean): void {
    this.isEnabled = isEnabled;
    this.bar.hidden = !isEnabled;
    this.set(isEnabled ? clampPan(this.state, this.size()) : unzoomed);
  }

  close(): void {
    this.stop.abort();
  }

  private listen(): void {
    const options = { signal: this.stop.signal };
    const { tile } = this;
    tile.addEventListener(
      'wheel',
      (event) => {
        if (!this.isEnabled || !event.ctrlKey) return;
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / 240), this.fromCentre(event.clientX, event.clientY));
      },
      { ...options, passive: false },
    );
    tile.addEventListener('keydown', (event) => this.onKey(event), options);
    tile.addEventListener('pointerdown', (event) => this.onPointerDown(event), options);
    tile.addEventListener('pointermove', (event) => this.onPointerMove(event), options);
    for (const type of ['pointerup', 'pointercancel'] as const) {
      tile.addEventListener(type, (event) => this.pointers.delete(event.pointerId), options);
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (!this.isEnabled || this.state.scale === 1 || event.target !== this.tile) return;
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [PAN_STEP_PX, 0],
      ArrowRight: [-PAN_STEP_PX, 0],
      ArrowUp: [0, PAN_STEP_PX],
      ArrowDown: [0, -PAN_STEP_PX],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.set(panBy(this.state, step[0], step[1], this.size()));
  }

  private onPointerDown(event: PointerEvent): void {
    if (!this.isEnabled || (event.target as Element).closest('button')) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.state.scale > 1) this.tile.setPointerCapture(event.pointerId);
  }

  private onPointerMove(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const distance = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
      const middle = this.fromCentre((now.x + other.x) / 2, (now.y + other.y) / 2);
      this.zoom(distance(now) / Math.max(1, distance(before)), middle);
    } else {
      this.set(panBy(this.state, now.x - before.x, now.y - before.y, this.size()));
    }
    this.pointers.set(event.pointerId, now);
  }

  private zoom(factor: number, point = { x: 0, y: 0 }): void {
    this.set(zoomAt(this.state, factor, point, this.size()));
  }

  private set(state: ZoomState): void {
    this.state = state;
    const { scale, x, y } = state;
    this.video.style.transform = scale === 1 ? '' : `translate(${x}px, ${y}px) scale(${scale})`;
    this.tile.classList.toggle('is-zoomed', scale > 1);
    const percent = `${Math.round(scale * 100)} %`;
    this.reset.textContent = percent;
    this.reset.setAttribute('aria-label', t('screen.zoom-reset', { percent }));
  }

  private fromCentre(clientX: number, clientY: number): { x: number; y: number } {
    const box = this.tile.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }

  private size(): Size {
    return { width: this.tile.clientWidth, height: this.tile.clientHeight };
  }
}

function iconButton(icon: IconName, label: string, onClick: () => void): HTMLButtonElement {
  const button = textButton(onClick);
  button.setAttribute('aria-label', label);
  button.append(iconElement(icon, 'icon-m'));
  return button;
}

function textButton(onClick: () => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    onClick();
  });
  return button;
}
