import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type BrowserName, type ChromiumOptions, launchChromium, launchFirefox } from './browsers.ts';
import { Person, type PersonOptions } from './person.ts';
import { ParleyServer, type ServerOptions } from './server.ts';

/** Pictures small enough for several browsers on two cores. */
export const smallCamera = { width: 320, height: 180 };
const failures = join(import.meta.dirname, '../artefacts/failures');

export interface SceneOptions {
  readonly browsers?: readonly BrowserName[];
  readonly chromium?: ChromiumOptions;
  readonly server?: ServerOptions;
}

export interface JoinOptions extends PersonOptions {
  readonly browser?: BrowserName;
}

/** One server and its browsers for all tests of a file; people go after each test. */
export class Scene {
  private readonly people: Person[] = [];
  private readonly browsers = new Map<BrowserName, Browser>();
  private running: ParleyServer | undefined;
  private rooms = 0;

  /** Registers the hooks that start and end everything. */
  static use({ browsers = ['chromium'], chromium, server }: SceneOptions = {}): Scene {
    const scene = new Scene();
    beforeAll(async () => {
      const logName = basename(expect.getState().testPath ?? 'server', '.test.ts');
      scene.running = await ParleyServer.start({ logName, ...server });
      for (const name of browsers) {
        scene.browsers.set(name, await (name === 'firefox' ? launchFirefox() : launchChromium(chromium)));
      }
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await scene.report(task.name);
      await Promise.all(scene.people.splice(0).map((person) => person.vanish()));
    });
    afterAll(async () => {
      await Promise.all([...scene.browsers.values()].map((browser) => browser.close()));
      await scene.running?.stop();
    });
    return scene;
  }

  get server(): ParleyServer {
    if (!this.running) throw new Error('the server is not started yet');
    return this.running;
  }

  browser(name: 'chromium' | 'firefox'): Browser {
    const launched = this.browsers.get(name);
    if (!launched) throw new Error(`this file has no ${name}`);
    return launched;
  }

  /** A link to a room nobody was in before. */
  newRoom(): string {
    this.rooms++;
    return `${this.server.url}/room-${this.rooms}`;
  }

  /** Opens a link in a new window. */
  async open(name: string, url: string, { browser = 'chromium', ...options }: JoinOptions = {}): Promise<Person> {
    const person = await Person.open(this.browser(browser), name, url, { camera: smallCamera, ...options });
    this.people.push(person);
    return person;
  }

  /** Joins by the link alone, past the pre-join page. */
  async join(name: string, room: string, options: JoinOptions = {}): Promise<Person> {
    const fragment = ['config.prejoinConfig.enabled=false', ...(options.fragment ?? [])];
    const person = await this.open(name, room, { ...options, fragment });
    await person.find('button', 'Leave');
    return person;
  }

  private async report(test: string): Promise<void> {
    console.log(this.running?.lastOutput.split('\n').slice(-60).join('\n'));
    mkdirSync(failures, { recursive: true });
    for (const { name, page, pageErrors, console: lines } of this.people) {
      const file = join(failures, `${test}-${name}`.replaceAll(/[^\p{L}\d]+/gu, '-'));
      for (const line of pageErrors) console.log(`page of ${name}: ${line}`);
      try {
        await page.screenshot({ path: `${file}.png` });
        const messages = await page.evaluate(() => window.socketMessages);
        writeFileSync(`${file}.txt`, [...lines, ...messages].join('\n'));
      } catch (error) {
        console.log(`nothing to be had from the page of ${name}: ${String(error)}`); // it may be what broke
      }
    }
  }
}
