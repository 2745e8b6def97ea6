import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';

const folder = join(import.meta.dirname, '../artefacts/screenshots');

/** Sizes at which every screen is looked at: desktop, phone, phone on its side. */
export const viewports = [
  { name: 'desktop', width: 1280, height: 800, isMobile: false },
  { name: 'phone', width: 390, height: 844, isMobile: true },
  { name: 'phone-landscape', width: 844, height: 390, isMobile: true },
] as const;

/** Keeps a picture of the page as it is below test/artefacts (design/screens shows how it should look). */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
