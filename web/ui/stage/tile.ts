import { avatarColour, initials } from '../identity/avatar.ts';
import { t } from '../i18n/messages.ts';
import { iconElement } from '../icons/icon.tsx';
import type { Rect } from '../layout/grid.ts';
import { type TileRole } from '../layout/layout.ts';
import { videoFit } from '../layout/video-fit.ts';
import { QUALITY_BARS } from './quality.ts';
import { ScreenZoom } from './screen-zoom.ts';
import type { TileModel } from './tile-model.ts';

export interface TileActions {
  pin(id: string): void;
  openMenu(id: string, opener: HTMLElement): void;
  fullScreen(id: string): void;
}

const SMALL_WIDTH = 260;
const MIN_ACTIONS_WIDTH = 130;
/** A tile whose page is away this long gives its decoder back. */
const DETACH_AFTER_MS = 10_000;
const SPEAKING_ON_MS = 150;
const SPEAKING_OFF_MS = 600;

/** One tile as plain DOM. Its `<video>` lives as long as the tile and is never moved to another parent. */
export class Tile {
  readonly element = document.createElement('div');
  private readonly video = document.createElement('video');
  private readonly avatar = element('span', 'avatar tile-avatar');
  private readonly picture = document.createElement('img');
  private readonly note = element('span', 'tile-note');
  private readonly badges = element('div', 'tile-badges');
  private readonly hand = element('span', 'badge badge-hand');
  private readonly pinBadge = element('span', 'badge');
  private readonly foot = element('div', 'tile-foot');
  private readonly chip = element('span', 'chip');
  private readonly chipName = document.createElement('bdi');
  private readonly verifiedMark = iconElement('badge-check', 'chip-verified');
  private readonly bars = element('span', 'bars');
  private readonly actions: TileActions;
  private actionBar: HTMLElement | undefined;
  private zoom: ScreenZoom | undefined;
  private model: TileModel;
  private rect: Rect | undefined;
  private role: TileRole = 'grid';
  private detachTimer: ReturnType<typeof setTimeout> | undefined;
  private speakingTimer: ReturnType<typeof setTimeout> | undefined;
  private wantsRing = false;

  constructor(model: TileModel, actions: TileActions) {
    this.model = model;
    this.actions = actions;
    this.build();
    this.update(model);
  }

  update(model: TileModel): void {
    this.model = model;
    const { element: root } = this;
    root.setAttribute('aria-label', model.label);
    root.classList.toggle('is-screen', model.kind === 'screen');
    root.classList.toggle('is-interrupted', model.isInterrupted);
    root.classList.toggle('is-self', model.isSelf);
    this.video.classList.toggle('is-mirrored', model.isMirrored);
    this.updateChip();
    this.updateIdentity();
    this.chip.classList.toggle('is-muted', model.isMuted);
    this.updateAvatar();
    this.avatar.style.background = `var(--avatar-${avatarColour(model.endpointId)})`;
    this.updateBadges();
    this.updateActions();
    if (this.rect) this.attach();
  }

  place(rect: Rect, role: TileRole): void {
    clearTimeout(this.detachTimer);
    this.detachTimer = undefined;
    const { style, classList } = this.element;
    const isNew = this.rect === undefined;
    if (isNew) classList.add('is-appearing');
    this.rect = rect;
    this.role = role;
    style.transform = `translate(${rect.x}px, ${rect.y}px)`;
    style.width = `${rect.width}px`;
    style.height = `${rect.height}px`;
    style.setProperty('--h', `${rect.height}px`);
    classList.toggle('is-small', rect.width < SMALL_WIDTH);
    classList.toggle('has-no-actions', rect.width < MIN_ACTIONS_WIDTH);
    classList.toggle('is-float', role === 'float');
    classList.toggle('is-stage', role === 'stage');
    this.element.hidden = false;
    this.updateChip();
    this.attach();
    this.fit();
    this.zoom?.setEnabled(role === 'stage' || role === 'fill');
    if (isNew) requestAnimationFrame(() => classList.remove('is-appearing'));
  }

  hide(): void {
    if (this.rect === undefined) return;
    this.rect = undefined;
    this.element.hidden = true;
    this.detachTimer = setTimeout(() => {
      this.video.srcObject = null;
    }, DETACH_AFTER_MS);
  }

  /** The ring comes after 150 ms of speech and goes 600 ms after it, so it does not flicker. */
  setSpeaking(isSpeaking: boolean): void {
    if (isSpeaking === this.wantsRing) return;
    this.wantsRing = isSpeaking;
    clearTimeout(this.speakingTimer);
    this.speakingTimer = setTimeout(
      () => this.element.classList.toggle('is-speaking', isSpeaking),
      isSpeaking ? SPEAKING_ON_MS : SPEAKING_OFF_MS,
    );
  }

  close(): void {
    clearTimeout(this.detachTimer);
    clearTimeout(this.speakingTimer);
    this.zoom?.close();
    this.video.srcObject = null;
    this.element.remove();
  }

  private build(): void {
    const { element: root, video } = this;
    root.className = 'tile';
    root.hidden = true;
    root.setAttribute('role', 'group');
    root.tabIndex = -1;
    root.dataset['tile'] = this.model.id;
    video.autoplay = true;
    video.playsInline = true;
    // Sound comes from elements of its own; a muted video also starts where autoplay is blocked.
    video.muted = true;
    video.disablePictureInPicture = true;
    video.tabIndex = -1;
    video.addEventListener('resize', () => this.fit());
    video.addEventListener('loadeddata', () => root.classList.add('has-frame'));
    video.addEventListener('emptied', () => root.classList.remove('has-frame'));
    this.picture.alt = '';
    this.picture.referrerPolicy = 'no-referrer';
    // Until then, and if it cannot be fetched, there are the initials.
    this.picture.addEventListener('load', () => {
      this.picture.hidden = false;
    });
    this.hand.append(iconElement('hand', 'icon-s'), document.createElement('b'));
    this.pinBadge.append(iconElement('pin', 'icon-s'));
    this.badges.append(this.hand, this.pinBadge);
    this.chip.append(iconElement('mic-off', 'chip-muted'));
    if (this.model.kind === 'screen') this.chip.append(iconElement('screen-share'));
    this.chip.append(this.chipName, this.verifiedMark);
    for (let bar = 0; bar < 4; bar++) this.bars.append(document.createElement('i'));
    for (const decoration of [this.note, this.badges, this.foot]) decoration.setAttribute('aria-hidden', 'true');
    this.foot.append(this.chip, this.bars);
    root.append(video, this.avatar, this.note, this.badges, this.foot);
    root.addEventListener('dblclick', (event) => {
      if (!(event.target as Element).closest('button') && this.model.hasActions) this.actions.pin(this.model.id);
    });
    root.addEventListener('contextmenu', (event) => {
      if (!this.model.hasActions) return;
      event.preventDefault();
      this.actions.openMenu(this.model.id, root);
    });
    if (this.model.kind === 'screen') {
      this.zoom = new ScreenZoom(root, video, () => this.actions.fullScreen(this.model.id));
    }
  }

  private updateAvatar(): void {
    const { isPhone, displayName, note, picture } = this.model;
    if (!isPhone) setText(this.avatar, initials(displayName));
    else if (this.avatar.firstElementChild === null) this.avatar.replaceChildren(iconElement('phone', 'tile-phone'));
    if (picture === undefined) this.picture.remove();
    else if (this.picture.parentNode === null) this.avatar.append(this.picture);
    if (picture !== undefined && this.picture.getAttribute('src') !== picture) {
      this.picture.hidden = true;
      this.picture.src = picture;
    }
    setText(this.note, note ?? '');
    this.note.hidden = note === undefined;
  }

  private updateChip(): void {
    const isSmall = this.rect !== undefined && this.rect.width < SMALL_WIDTH;
    setText(this.chipName, isSmall ? this.model.shortChip : this.model.chip);
  }

  /** Whatever a person calls itself, whose word its homeserver gives stands beside it. */
  private updateIdentity(): void {
    const { displayName, matrixId: id } = this.model;
    const verified = id === undefined ? undefined : t('person.verified', { id });
    this.verifiedMark.classList.toggle('is-shown', verified !== undefined);
    this.chip.title = verified === undefined ? displayName : `${displayName}\n${verified}`;
    if (verified === undefined) this.element.removeAttribute('aria-description');
    else this.element.setAttribute('aria-description', verified);
  }

  private updateBadges(): void {
    const { handOrder, isPinned, quality } = this.model;
    this.hand.hidden = handOrder === undefined;
    const number = this.hand.lastElementChild;
    if (number) setText(number, String(handOrder ?? ''));
    this.pinBadge.hidden = !isPinned;
    this.bars.hidden = quality === 'good';
    this.bars.dataset['quality'] = quality;
    for (const [index, bar] of [...this.bars.children].entries()) {
      bar.classList.toggle('is-lit', index < QUALITY_BARS[quality]);
    }
  }

  private updateActions(): void {
    const { hasActions, isPinned } = this.model;
    if (!hasActions) {
      this.actionBar?.remove();
      this.actionBar = undefined;
      return;
    }
    if (!this.actionBar) {
      this.actionBar = element('div', 'tile-actions');
      this.actionBar.append(
        actionButton('pin', () => this.actions.pin(this.model.id)),
        actionButton('ellipsis', (button) => this.actions.openMenu(this.model.id, button)),
      );
      this.element.append(this.actionBar);
    }
    const [pin, more] = this.actionBar.querySelectorAll('button');
    pin?.setAttribute('aria-label', t('tile.pin', { name: this.model.displayName }));
    pin?.setAttribute('aria-pressed', String(isPinned));
    more?.setAttribute('aria-label', t('tile.more', { name: this.model.displayName }));
    more?.setAttribute('aria-haspopup', 'menu');
  }

  private attach(): void {
    const { video: track, isPaused } = this.model;
    this.element.classList.toggle('has-video', track !== undefined && !isPaused);
    const current = this.video.srcObject instanceof MediaStream ? this.video.srcObject.getVideoTracks()[0] : undefined;
    if (current === track && (track !== undefined || this.video.srcObject === null)) return;
    const stream = this.video.srcObject;
    if (track && current && stream instanceof MediaStream) {
      // The same picture by another way: in the same stream the last frame stays until the next one is there.
      stream.removeTrack(current);
      stream.addTrack(track);
      return;
    }
    this.video.srcObject = track ? new MediaStream([track]) : null;
    if (track) {
      // Safari and background tabs may need asking; a refusal only means the next frame starts it.
      void this.video.play().catch(() => undefined);
    }
  }

  private fit(): void {
    if (!this.rect) return;
    const video = { width: this.video.videoWidth, height: this.video.videoHeight };
    // Alone, the own picture fills the stage as the preview does: nobody else is cut off by it.
    const isAlone = this.model.isSelf && this.role === 'fill';
    const fit = this.model.kind === 'screen' ? 'contain' : videoFit(this.rect, video);
    this.video.style.objectFit = isAlone ? 'cover' : fit;
  }
}

function element(tag: string, className: string): HTMLElement {
  const created = document.createElement(tag);
  created.className = className;
  return created;
}

function actionButton(icon: 'pin' | 'ellipsis', onClick: (button: HTMLButtonElement) => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.append(iconElement(icon, 'icon-m'));
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    onClick(button);
  });
  return button;
}

function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
