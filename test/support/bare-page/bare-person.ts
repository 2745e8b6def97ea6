import type { Browser, Page } from 'puppeteer-core';
import type { MeetingState } from '../../../web/client/meeting-types.ts';
import { until } from '../wait.ts';
import type { ReceivedStats } from './page.ts';

export interface BarePersonOptions {
  /** Default: a small camera and a microphone. */
  readonly devices?: MediaStreamConstraints | 'none';
  /** As a Jitsi client: without `a=ice-lite`. */
  readonly withoutIceLite?: boolean;
}

/** Someone in a meeting whose client is driven by script, without the page. */
export class BarePerson {
  readonly name: string;
  readonly page: Page;

  private constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
  }

  static async join(
    browser: Browser,
    name: string,
    room: string,
    { devices = { audio: true, video: { width: 320, height: 180 } }, withoutIceLite = false }: BarePersonOptions = {},
  ): Promise<BarePerson> {
    const page = await browser.newPage();
    await page.goto(`${room}?name=${name}${withoutIceLite ? '&iceLite=false' : ''}`);
    await until(() => page.evaluate(() => 'bare' in window), `the script of the page of ${name}`);
    await page.evaluate(async (constraints) => {
      if (constraints !== 'none') await window.bare.useDevices(constraints);
      await window.bare.meeting.join();
    }, devices);
    return new BarePerson(name, page);
  }

  /** The state as data; tracks come as empty objects. */
  async state(): Promise<MeetingState> {
    const json = await this.page.evaluate(() => JSON.stringify(window.bare.meeting.state.get()));
    return JSON.parse(json) as MeetingState;
  }

  async idOf(name: string): Promise<string> {
    const { participants } = await this.state();
    const id = participants.find(({ displayName }) => displayName === name)?.id;
    if (id === undefined) throw new Error(`${this.name} does not know ${name}`);
    return id;
  }

  received(): Promise<ReceivedStats[]> {
    return this.page.evaluate(() => window.bare.receivedStats());
  }

  /** Passes when pictures and sound of the other arrive now. */
  async seesAndHears(other: BarePerson): Promise<void> {
    const describe = async (): Promise<string> =>
      `${this.name} sees and hears ${other.name}; received: ${JSON.stringify(await this.received())}`;
    const { self } = await other.state();
    const before = await this.received();
    const grew = (now: readonly ReceivedStats[], source: string, member: 'framesDecoded' | 'totalAudioEnergy') => {
      const value = now.find((stats) => stats.source === source)?.[member] ?? 0;
      return value > (before.find((stats) => stats.source === source)?.[member] ?? 0);
    };
    await until(async () => {
      const now = await this.received();
      return grew(now, `${self.id}-v0`, 'framesDecoded') && grew(now, `${self.id}-a0`, 'totalAudioEnergy');
    }, describe);
  }

  async leave(): Promise<void> {
    await this.page.evaluate(() => window.bare.meeting.leave());
    await this.page.close();
  }
}
