/** `npm run docs:picture` writes docs/meeting.png, for the README: three people in a real meeting, their cameras drawn. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import { launchChromium } from '../support/browsers.ts';
import { Person } from '../support/person.ts';
import { ParleyServer } from '../support/server.ts';
import { until } from '../support/wait.ts';
import { babble } from './babble.ts';
import { DRAWN_PEOPLE } from './drawn-people.ts';
import { filmOf } from './film.ts';
import { palettePng } from './palette-png.ts';

const size = { width: 1280, height: 800 };
/** What a tile of that window shows; more would only be work for the machine. */
const tile = { width: 640, height: 360 };
const large = { width: 1280, height: 720 };

interface Size {
  readonly width: number;
  readonly height: number;
}
const target = join(import.meta.dirname, '../../docs/meeting.png');

/** The drawing as the camera takes it. */
async function paint(svg: string, viewport: Size, browser: Browser): Promise<Uint8Array> {
  const page = await browser.newPage();
  await page.setViewport(viewport);
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`);
  const png = await page.screenshot();
  await page.close();
  return png;
}

function launchWithFilm(film: string, sound: string): Promise<Browser> {
  return puppeteer.launch({
    executablePath: process.env['PARLEY_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
      `--use-file-for-fake-audio-capture=${sound}`,
      '--autoplay-policy=no-user-gesture-required',
      '--mute-audio',
      '--lang=en-GB',
    ],
  });
}

async function takePicture(folder: string): Promise<Uint8Array> {
  const server = await ParleyServer.start({ logName: 'picture' });
  const browsers: Browser[] = [];
  try {
    const people: Person[] = [];
    for (const { name, svg } of DRAWN_PEOPLE) {
      const isSelf = people.length === DRAWN_PEOPLE.length - 1;
      const film = join(folder, `${browsers.length}.y4m`);
      const painter = await launchChromium();
      writeFileSync(film, filmOf(await paint(svg, isSelf ? large : tile, painter)));
      await painter.close();
      // Only the first is heard, so the ring is hers.
      const sound = join(folder, `${browsers.length}.wav`);
      writeFileSync(sound, babble({ isSilent: browsers.length > 0 }));
      const browser = await launchWithFilm(film, sound);
      browsers.push(browser);
      const fragment = ['config.prejoinConfig.enabled=false', `config.startWithAudioMuted=${String(isSelf)}`];
      // Only the last window is in the picture.
      const viewport = isSelf ? size : { width: 480, height: 300 };
      const person = await Person.open(browser, name, `${server.url}/board-meeting`, { fragment, viewport });
      await person.find('button', 'Leave');
      people.push(person);
    }
    const [speaker, other, self] = people;
    if (!speaker || !other || !self) throw new Error('three people are needed');
    await self.seesVideoOf(speaker.name, { newFrames: 15 });
    await self.seesVideoOf(other.name, { newFrames: 15 });
    await until(
      async () => (await widths(self)).every((width) => width >= tile.width),
      async () => `pictures as large as their tiles; they are ${(await widths(self)).join(', ')} wide`,
      { timeoutMs: 60_000 },
    );
    // Just after the start a busy machine reports a poor connection.
    await until(
      () => self.page.$$eval('.bars', (bars) => bars.every((mark) => !mark.checkVisibility())),
      'tiles without quality bars',
      { timeoutMs: 60_000 },
    );
    await until(async () => (await self.page.$('.is-speaking')) !== null, 'the ring around who speaks');
    return palettePng(await self.page.screenshot());
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
    await server.stop();
  }
}

function widths({ page }: Person): Promise<number[]> {
  return page.$$eval('.tile > video', (videos) => videos.map((video) => video.videoWidth));
}

const folder = mkdtempSync(join(tmpdir(), 'parley-picture-'));
try {
  writeFileSync(target, await takePicture(folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
