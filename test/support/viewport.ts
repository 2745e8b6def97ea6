import { ProtocolError, type Page, type Viewport } from 'puppeteer-core';

/** Sizes the window; Firefox ESR 140 does so too but knows no orientation, which puppeteer sets with it. */
export async function setViewport(page: Page, viewport: Viewport): Promise<void> {
  try {
    await page.setViewport(viewport);
  } catch (error) {
    const isOrientation = error instanceof ProtocolError && error.message.includes('setScreenOrientationOverride');
    if (!isOrientation) throw error;
  }
}
