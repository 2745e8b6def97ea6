import { placePopover } from './place-popover.ts';

const DELAY_MS = 450;

/**
 * One tooltip for the page: shows `data-tip` (and `data-key`, a shortcut) of what is hovered or focused. Escape hides it
 * and it never covers what it names. It repeats the accessible name, so it is hidden from screen readers.
 */
export function installTooltip(parent: HTMLElement): void {
  const tip = document.createElement('div');
  tip.className = 'tooltip';
  tip.setAttribute('aria-hidden', 'true');
  tip.popover = 'manual';
  parent.append(tip);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let owner: HTMLElement | undefined;

  const hide = () => {
    clearTimeout(timer);
    owner = undefined;
    if (tip.matches(':popover-open')) tip.hidePopover();
  };

  const show = (element: HTMLElement) => {
    const text = element.dataset['tip'];
    if (!text || !element.isConnected || element.getAttribute('aria-expanded') === 'true') return;
    tip.replaceChildren(text);
    const key = element.dataset['key'];
    if (key) {
      const kbd = document.createElement('kbd');
      kbd.textContent = key;
      tip.append(kbd);
    }
    tip.showPopover();
    const box = element.getBoundingClientRect();
    const view = { width: innerWidth, height: innerHeight };
    const place = placePopover(box, tip.getBoundingClientRect(), view, 'above', 'center');
    tip.style.transform = `translate(${place.x}px, ${place.y}px)`;
  };

  const consider = (target: EventTarget | null, delayMs: number) => {
    const element = target instanceof Element ? target.closest<HTMLElement>('[data-tip]') : null;
    if (element === (owner ?? null)) return;
    hide();
    if (!element) return;
    owner = element;
    timer = setTimeout(() => show(element), delayMs);
  };

  document.addEventListener('pointerover', (event) => {
    if (event.pointerType !== 'touch') consider(event.target, DELAY_MS);
  });
  document.addEventListener('focusin', (event) => {
    if (event.target instanceof Element && event.target.matches(':focus-visible')) consider(event.target, DELAY_MS);
  });
  document.addEventListener('focusout', hide);
  document.addEventListener('pointerdown', hide);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
  });
}
