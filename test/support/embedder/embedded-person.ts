import type { Browser, BrowserContext, Frame, Page } from 'puppeteer-core';
import { addInstruments } from '../page-instruments.ts';
import { press } from '../press.ts';
import { setViewport } from '../viewport.ts';
import { until } from '../wait.ts';

export type WireEvent = { readonly name: string; readonly [field: string]: unknown };

/** A person whose meeting is in an iframe of a page of somebody else. */
export class EmbeddedPerson {
  readonly page: Page;
  /** Addresses of all requests of the page and its frames, with what they tell as their referrer. */
  readonly requests: { readonly url: string; readonly referer: string }[] = [];
  readonly console: string[] = [];
  readonly #context: BrowserContext;
  readonly #meetingOrigin: string;

  /** @param hasStorage false: it throws in the meeting's frame, as browsers have it that block what is third party */
  static async open(
    browser: Browser,
    url: string,
    meetingOrigin: string,
    { hasStorage = true }: { hasStorage?: boolean } = {},
  ): Promise<EmbeddedPerson> {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    const person = new EmbeddedPerson(context, page, meetingOrigin);
    page.on('request', (request) =>
      person.requests.push({ url: request.url(), referer: request.headers()['referer'] ?? '' }),
    );
    page.on('console', (message) => person.console.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => person.console.push(`page error: ${String(error)}`));
    await setViewport(page, { width: 960, height: 600 });
    await addInstruments(page, { camera: { width: 320, height: 180 } });
    if (!hasStorage) await page.evaluateOnNewDocument(closeStorage, meetingOrigin);
    await page.goto(url);
    return person;
  }

  private constructor(context: BrowserContext, page: Page, meetingOrigin: string) {
    this.#context = context;
    this.page = page;
    this.#meetingOrigin = meetingOrigin;
  }

  /** The frame of the meeting, the last one if there are several. */
  meeting(): Promise<Frame> {
    return until(
      () => this.page.frames().findLast((frame) => frame.url().startsWith(`${this.#meetingOrigin}/`)),
      () =>
        `a frame of ${this.#meetingOrigin} in ${this.page
          .frames()
          .map((frame) => frame.url())
          .join(', ')}`,
    );
  }

  /** The frame that talks with the meeting. */
  wrapper(): Promise<Frame> {
    return until(
      () => this.page.frames().find((frame) => new URL(frame.url()).pathname === '/wrapper.html'),
      'the frame of the wrapper',
    );
  }

  async press(name: string): Promise<void> {
    let obstacle: string | undefined = 'it is not there';
    await until(
      async () => {
        using button = await (await this.meeting()).$(`aria/${name}[role="button"]`);
        if (button) obstacle = await press(button);
        return obstacle === undefined;
      },
      async () => `button “${name}” (${obstacle}) in a meeting that shows: ${await this.visibleText()}`,
    );
  }

  async visibleText(): Promise<string> {
    return (await this.meeting()).evaluate(() => document.body.innerText.replaceAll(/\s+/gu, ' '));
  }

  async events(): Promise<readonly WireEvent[]> {
    return (await this.wrapper()).evaluate(() => window.embedded.events as WireEvent[]);
  }

  /** Waits for that event, the first one if there are several. */
  event(name: string): Promise<WireEvent> {
    return until(
      async () => (await this.events()).find((event) => event.name === name),
      async () => `event ${name} after ${(await this.events()).map((event) => event.name).join(', ')}`,
      { timeoutMs: 20_000 },
    );
  }

  async count(name: string): Promise<number> {
    return (await this.events()).filter((event) => event.name === name).length;
  }

  async command(name: string, ...args: readonly unknown[]): Promise<void> {
    await (await this.wrapper()).evaluate((wire, data) => window.embedded.command(wire, ...data), name, args);
  }

  async request(name: string, fields: object = {}): Promise<unknown> {
    return (await this.wrapper()).evaluate((wire, more) => window.embedded.request(wire, more), name, fields);
  }

  /** Pictures of others are decoded in the meeting's frame now. */
  async seesVideo(frame?: Frame): Promise<void> {
    const decoded = async () => framesDecoded(frame ?? (await this.meeting()));
    const before = await decoded();
    await until(
      async () => (await decoded()) >= before + 5,
      async () => `5 more decoded frames than ${before}; ${await decoded()} now`,
      { timeoutMs: 20_000 },
    );
  }

  async close(): Promise<void> {
    if (!this.#context.closed) await this.#context.close();
  }
}

/** Of all video that arrives. */
function framesDecoded(frame: Frame): Promise<number> {
  return frame.evaluate(async () => {
    let count = 0;
    for (const connection of window.peerConnections) {
      (await connection.getStats()).forEach((report: RTCInboundRtpStreamStats) => {
        if (report.type === 'inbound-rtp' && report.kind === 'video') count += report.framesDecoded ?? 0;
      });
    }
    return count;
  });
}

/** Runs in every frame, so it may use nothing from outside. */
function closeStorage(origin: string): void {
  if (location.origin !== origin) return;
  for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches', 'cookieStore']) {
    Object.defineProperty(window, name, {
      get() {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    });
  }
}
