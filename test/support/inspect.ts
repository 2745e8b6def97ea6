import { expect } from 'vitest';
import { accessibilityViolations } from './accessibility.ts';
import type { Person } from './person.ts';
import { takeScreenshot } from './screenshots.ts';
import { until } from './wait.ts';

/**
 * Keeps a picture of what a person sees and lets axe-core judge it, once nothing slides or fades any more; what turns for
 * as long as somebody waits may go on.
 */
export async function inspect({ page }: Person, screen: string): Promise<void> {
  await until(
    () =>
      page.evaluate(() =>
        document
          .getAnimations()
          .every(({ playState, effect }) => playState !== 'running' || effect?.getTiming().iterations === Infinity),
      ),
    `an end of the animations of ${screen}`,
  );
  await takeScreenshot(page, screen);
  expect.soft(await accessibilityViolations(page), screen).toEqual([]);
}
