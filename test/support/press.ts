import type { ElementHandle } from 'puppeteer-core';

/** Two looks at an element that rests are so far apart; longer than a frame of an animation on a busy machine. */
const restMs = 60;

/**
 * Clicks as a person would: only what has come to rest and is not covered, as it may be while a panel slides in or the list
 * it is part of changes.
 * @returns what keeps it from being clicked, to be tried again; undefined after the click
 */
export async function press(element: ElementHandle, options: { count?: number } = {}): Promise<string | undefined> {
  await element.scrollIntoView();
  const obstacle = await element.evaluate(obstacleOf, restMs);
  if (obstacle !== null) return obstacle;
  await element.click(options);
  return undefined;
}

/** Runs in the page, so it may use nothing from outside. */
async function obstacleOf(element: Element, rest: number): Promise<string | null> {
  const place = () => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x, y, width, height };
  };
  const before = place();
  await new Promise((resolve) => setTimeout(resolve, rest));
  if (!element.isConnected) return 'it is gone';
  const now = place();
  if (JSON.stringify(before) !== JSON.stringify(now)) return 'it moves';
  const top = document.elementFromPoint(now.x + now.width / 2, now.y + now.height / 2);
  if (top === null) return 'it is outside the window';
  const isItself = element.contains(top) || top.contains(element) || element.closest('label')?.contains(top) === true;
  if (!isItself) return `it is covered by ${top.outerHTML.slice(0, 120)}`;
  return (element as HTMLButtonElement).disabled ? 'it is disabled' : null;
}
