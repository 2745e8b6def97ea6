export type Orientation = 'horizontal' | 'vertical' | 'both';

/**
 * One stop for Tab, arrows inside: keeps `tabindex="0"` on one item of the container and moves it with arrows, Home and
 * End. Items are found anew on each key, so they may come and go. Horizontal arrows follow the direction of the text.
 * @returns a function that stops it.
 */
export function rovingFocus(container: HTMLElement, selector: string, orientation: Orientation): () => void {
  const items = () => [...container.querySelectorAll<HTMLElement>(selector)].filter(isReachable);

  const setStop = (stop: HTMLElement | undefined) => {
    for (const item of container.querySelectorAll<HTMLElement>(selector)) item.tabIndex = item === stop ? 0 : -1;
  };

  const refresh = () => {
    const all = items();
    const current = all.find((item) => item.tabIndex === 0) ?? all[0];
    if (all.some((item) => item.tabIndex === 0 && item !== current) || (current && current.tabIndex !== 0)) {
      setStop(current);
    } else if (current) {
      for (const item of all) if (item !== current && item.tabIndex !== -1) item.tabIndex = -1;
    }
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = items();
    const from = all.indexOf(event.target as HTMLElement);
    if (from === -1) return;
    const isRtl = getComputedStyle(container).direction === 'rtl';
    const to = nextIndex(event.key, from, all.length, orientation, isRtl);
    const target = to === undefined ? undefined : all[to];
    if (!target) return;
    event.preventDefault();
    event.stopPropagation();
    setStop(target);
    target.focus();
  };

  const onFocus = (event: FocusEvent) => {
    const item = (event.target as Element).closest<HTMLElement>(selector);
    if (item && container.contains(item)) setStop(item);
  };

  const observer = new MutationObserver(refresh);
  observer.observe(container, { childList: true, subtree: true, attributes: true, attributeFilter: ['hidden'] });
  container.addEventListener('keydown', onKey);
  container.addEventListener('focusin', onFocus);
  refresh();
  return () => {
    observer.disconnect();
    container.removeEventListener('keydown', onKey);
    container.removeEventListener('focusin', onFocus);
  };
}

/** Where a key leads from item `from` of `count`; undefined when the key means nothing here. */
export function nextIndex(
  key: string,
  from: number,
  count: number,
  orientation: Orientation,
  isRtl: boolean,
): number | undefined {
  if (count === 0) return undefined;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const isHorizontal = orientation !== 'vertical';
  const isVertical = orientation !== 'horizontal';
  const forward = (isHorizontal && key === (isRtl ? 'ArrowLeft' : 'ArrowRight')) || (isVertical && key === 'ArrowDown');
  const backward = (isHorizontal && key === (isRtl ? 'ArrowRight' : 'ArrowLeft')) || (isVertical && key === 'ArrowUp');
  if (!forward && !backward) return undefined;
  return (from + (forward ? 1 : -1) + count) % count;
}

function isReachable(element: HTMLElement): boolean {
  return element.offsetParent !== null || element.getClientRects().length > 0;
}
