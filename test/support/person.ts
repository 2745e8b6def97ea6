import type { Browser, BrowserContext, ElementHandle, Page, PermissionState, Viewport } from 'puppeteer-core';
import { findByName } from './accessible-name.ts';
import { receivedAudioEnergies, receivedVideo } from './media-statistics.ts';
import { addInstruments, type Instruments } from './page-instruments.ts';
import { press } from './press.ts';
import { setViewport } from './viewport.ts';
import { until, type WaitOptions } from './wait.ts';

export interface PersonOptions extends Instruments {
  readonly viewport?: Viewport;
  /** More of the link's fragment, as `config.startWithAudioMuted=true`. */
  readonly fragment?: readonly string[];
  /** The person's answers to the browser's questions, where the browser asks (`permissions: 'ask'`). */
  readonly permissions?: { readonly camera: PermissionState; readonly microphone: PermissionState };
}

/** A person with a browser window of their own, who sees the page by names and roles as design.md gives them. */
export class Person {
  readonly name: string;
  readonly page: Page;
  /** Errors of the page itself, which no test expects. */
  readonly pageErrors: string[] = [];
  /** What the page wrote to its console. */
  readonly console: string[] = [];
  private readonly context: BrowserContext;

  /** Opens a link; `#userInfo.displayName` gives the name. */
  static async open(browser: Browser, name: string, url: string, options: PersonOptions = {}): Promise<Person> {
    const context = await browser.createBrowserContext();
    if (options.permissions) {
      const { camera, microphone } = options.permissions;
      await context.setPermission(
        new URL(url).origin,
        { permission: { name: 'camera' }, state: camera },
        { permission: { name: 'microphone' }, state: microphone },
      );
    }
    const person = new Person(name, context, await context.newPage());
    const { page } = person;
    page.on('console', (message) => person.console.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => person.pageErrors.push(String(error)));
    await setViewport(page, options.viewport ?? { width: 1280, height: 800 });
    await addInstruments(page, options);
    const fragment = [`userInfo.displayName=${encodeURIComponent(JSON.stringify(name))}`, ...(options.fragment ?? [])];
    await page.goto(`${url}#${fragment.join('&')}`);
    return person;
  }

  private constructor(name: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.context = context;
    this.page = page;
  }

  /** Waits for what a screen reader would call so. */
  find(role: string, name: string, options?: WaitOptions): Promise<ElementHandle> {
    return until(
      () => findByName(this.page, role, name),
      async () => `${role} “${name}” at ${this.name}, who sees: ${await this.visibleText()}`,
      options,
    );
  }

  press(name: string): Promise<void> {
    return this.click('button', name);
  }

  /** Waits until it is there, at rest and not covered, then clicks it. */
  async click(role: string, name: string, options: { count?: number } = {}): Promise<void> {
    let obstacle: string | undefined;
    await until(
      async () => {
        obstacle = 'it is not there';
        using element = await findByName(this.page, role, name);
        if (element) obstacle = await press(element, options);
        return obstacle === undefined;
      },
      async () => `${role} “${name}” at ${this.name} (${obstacle}), who sees: ${await this.visibleText()}`,
    );
  }

  /** Opens the menu of that button and takes an action, or one of several choices. */
  async choose(
    menu: string,
    item: string,
    role: 'menuitem' | 'menuitemradio' | 'menuitemcheckbox' = 'menuitem',
  ): Promise<void> {
    await this.press(menu);
    await this.click(role, item);
  }

  async isPressed(name: string): Promise<boolean> {
    using button = await this.find('button', name);
    return button.evaluate((element) => element.getAttribute('aria-pressed') === 'true');
  }

  async type(role: string, field: string, text: string): Promise<void> {
    await this.click(role, field, { count: 3 }); // what stands there is replaced
    await this.page.keyboard.type(text);
  }

  visibleText(): Promise<string> {
    return this.page.evaluate(() => document.body.innerText.replaceAll(/\s+/gu, ' '));
  }

  async sees(text: string | RegExp, options?: WaitOptions): Promise<void> {
    await until(
      async () => {
        const visible = await this.visibleText();
        return typeof text === 'string' ? visible.includes(text) : text.test(visible);
      },
      async () => `${text} at ${this.name}, who sees: ${await this.visibleText()}`,
      options,
    );
  }

  /** Names of the tiles, as a screen reader says them. */
  tileNames(): Promise<string[]> {
    const isTile = '[role="group"]:has(> video)';
    return this.page.$$eval(isTile, (tiles) => tiles.map((tile) => tile.getAttribute('aria-label') ?? ''));
  }

  /** Waits until a tile has exactly this name, as `Ann, microphone off`. */
  async seesTile(tileName: string): Promise<void> {
    await until(
      async () => (await this.tileNames()).includes(tileName),
      async () => `tile “${tileName}” at ${this.name}, who has: ${(await this.tileNames()).join(' | ')}`,
    );
  }

  /** Waits for tiles of exactly these people besides the own one. */
  async seesPeople(...names: readonly string[]): Promise<void> {
    const others = async () => (await this.tileNames()).filter((tile) => !tile.includes(this.name));
    await until(
      async () => {
        const tiles = await others();
        return tiles.length === names.length && names.every((name) => tiles.some((tile) => tile.includes(name)));
      },
      async () => `tiles of ${names.join(', ') || 'nobody'} at ${this.name}, who has: ${(await others()).join(' | ')}`,
    );
  }

  /** Frames of that person's picture are decoded now: so many more than when asked. */
  async seesVideoOf(
    name: string,
    { newFrames = 5, ...options }: WaitOptions & { newFrames?: number } = {},
  ): Promise<void> {
    const frames = async () => (await receivedVideo(this.page, name))?.framesDecoded;
    let before = (await frames()) ?? 0;
    await until(
      async () => {
        const now = (await frames()) ?? 0;
        if (now < before) before = now; // another receiver since: it counts from zero
        return now >= before + newFrames;
      },
      async () =>
        `${newFrames} more frames of ${name} decoded at ${this.name}; ${before} before, ${await frames()} now`,
      { timeoutMs: 20_000, ...options },
    );
  }

  /** Sound of exactly so many others arrives: audio streams whose energy rises. */
  async hears(count: number, options?: WaitOptions): Promise<void> {
    let before = await receivedAudioEnergies(this.page);
    let rising = -1;
    await until(
      async () => {
        const now = await receivedAudioEnergies(this.page);
        rising = [...now].filter(([ssrc, energy]) => energy > (before.get(ssrc) ?? 0)).length;
        before = now;
        return rising === count;
      },
      () => `sound of ${count} others at ${this.name}; ${rising} streams carry some`,
      { timeoutMs: 20_000, intervalMs: 1000, ...options },
    );
  }

  /** Writes into the chat, which opens if it is closed. */
  async say(text: string): Promise<void> {
    const isOpen = await findByName(this.page, 'textbox', 'Write a message');
    if (!isOpen) await this.press('Chat');
    await this.type('textbox', 'Write a message', text);
    await this.page.keyboard.press('Enter');
  }

  async leave(): Promise<void> {
    await this.press('Leave');
  }

  /** Closes the window without a word, as a crash would. */
  async vanish(): Promise<void> {
    if (this.context.closed) return;
    await this.context.close();
  }
}
