import { pino } from 'pino';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpConfig } from '../../../runtime/http-config.ts';
import { Database } from '../../../runtime/database.ts';
import { HttpServer } from '../../../runtime/http.ts';
import { Metrics } from '../../../runtime/metrics.ts';
import { dialInConfig } from '../../../sip/dialin/config.ts';
import { DialInService } from '../../../sip/dialin/dialin-service.ts';
import { accessibilityViolations } from '../../support/accessibility.ts';
import { launchChromium } from '../../support/browsers.ts';
import { takeScreenshot, viewports } from '../../support/screenshots.ts';

const config = dialInConfig.parse({
  numbers: [
    { number: '+30 210 123 4567', country: 'GR' },
    { number: '+30 2310 765 432', country: 'GR' },
    { number: '+49 800 123 4567', country: 'DE', tollFree: true },
    { number: '+44 20 7946 0123', country: 'GB' },
  ],
});

let browser: Browser;
let http: HttpServer;
let service: DialInService;
let database: Database;
let url: string;

beforeAll(async () => {
  const metrics = new Metrics();
  http = new HttpServer('127.0.0.1', httpConfig.parse({ port: 0 }), undefined, metrics, pino({ level: 'silent' }));
  database = Database.open(':memory:');
  const settings = { ...config, dialOut: { allow: [] } };
  service = new DialInService({ http, metrics, xmppDomain: 'localhost' }, settings, database);
  url = `http://127.0.0.1:${await http.listen()}/dialin`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  service.stop();
  await http.close();
  database.close();
});

async function open(query: string, viewport: Parameters<Page['setViewport']>[0], look?: 'light'): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewport(viewport);
  if (look !== undefined) await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: look }]);
  await page.goto(`${url}${query}`);
  return page;
}

describe.each(viewports)('at $name size, without accessibility faults', ({ name, ...viewport }) => {
  test.each([
    ['en', '?room=board-meeting', undefined],
    ['el', `?room=${encodeURIComponent('Σύλλογος γονέων')}&lang=el`, 'light'],
  ] as const)('the dial-in page in %s', async (language, query, look) => {
    const page = await open(query, viewport, look);
    await takeScreenshot(page, `dialin-${language}-${name}`);
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await page.close();
  });
});

test('at 320 px a very long name and all numbers fit', async () => {
  const page = await open(`?room=${'averylongnameofameeting'.repeat(6)}`, { width: 320, height: 568 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  await page.close();
});

test('printed it fits on one page, black on white, without links to click', async () => {
  const page = await open('?room=board-meeting', { width: 794, height: 1123 });
  await page.emulateMediaType('print');
  await takeScreenshot(page, 'dialin-print');
  const printed = await page.evaluate(() => ({
    ground: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.body).color,
    areLanguagesShown: getComputedStyle(document.querySelector('.languages') as Element).display !== 'none',
    height: document.documentElement.scrollHeight,
  }));
  expect(printed).toEqual({
    ground: 'rgb(255, 255, 255)',
    ink: 'rgb(0, 0, 0)',
    areLanguagesShown: false,
    height: expect.any(Number),
  });
  expect(printed.height).toBeLessThanOrEqual(1123);
  await page.close();
});

test('where there is no meeting, the page says so without accessibility faults', async () => {
  const page = await open('', { width: 390, height: 844 });
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.close();
});
