import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'puppeteer-core';
import { receivedAudioEnergies } from '../media-statistics.ts';
import { addInstruments } from '../page-instruments.ts';
import { until } from '../wait.ts';

/** What the foreign page tells; the library's own objects stay there. */
interface JitsiWindow {
  readonly jitsi: {
    readonly events: readonly string[];
    readonly chat: readonly string[];
    readonly names: ReadonlyMap<string, string>;
    readonly rooms: readonly JitsiRoom[];
    readonly error: string | undefined;
    readonly conference: Conference;
    moveTo(address: string): Promise<void>;
  };
}

/** A room of a meeting with breakout rooms, as the library tells it. */
export interface JitsiRoom {
  readonly jid: string;
  readonly name: string;
  readonly isMainRoom?: boolean;
  /** By occupant address. */
  readonly participants: Readonly<Record<string, { readonly jid: string; readonly role: string }>>;
}

/** What the tests use of JitsiConference. */
interface Conference {
  sendTextMessage(text: string): void;
  sendMessage(text: string, to: string): void;
  kickParticipant(id: string): void;
  muteParticipant(id: string): void;
  isModerator(): boolean;
  lock(password: string): Promise<void>;
  enableLobby(): Promise<void>;
  joinLobby(displayName: string): Promise<void>;
  lobbyApproveAccess(id: string): void;
  lobbyDenyAccess(id: string): void;
  disableLobby(): void;
  isAVModerationSupported(): boolean;
  enableAVModeration(mediaType: string): void;
  avModerationApprove(mediaType: string, id: string): void;
  getBreakoutRooms(): {
    isSupported(): boolean;
    createBreakoutRoom(name: string): void;
    sendParticipantToRoom(participantJid: string, roomJid: string): void;
  };
  setStartMutedPolicy(policy: { readonly audio: boolean; readonly video: boolean }): void;
  broadcastEndpointMessage(payload: object): void;
  leave(): Promise<void>;
}

export interface JitsiJoin {
  readonly server: string;
  readonly room: string;
  readonly tenant?: string;
  readonly password?: string;
  readonly token?: string;
  readonly peerToPeer?: boolean;
}

/** Serves the foreign page with Jitsi's unmodified library (setup/jitsi-client.mjs) from an origin of its own. */
export class JitsiPage {
  readonly #server: Server;

  static async serve(): Promise<JitsiPage> {
    const record = join(import.meta.dirname, '../../../node_modules/.parley/jitsi-client-path');
    const files = new Map([
      ['/', { type: 'text/html', content: readFileSync(join(import.meta.dirname, 'index.html')) }],
      ['/lib-jitsi-meet.min.js', { type: 'text/javascript', content: readFileSync(readFileSync(record, 'utf8')) }],
    ]);
    const server = createServer((request, response) => {
      const file = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
      if (file === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': file.type }).end(file.content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new JitsiPage(server);
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Joins a room of ours with Jitsi's client. */
  async join(
    browser: Browser,
    name: string,
    { server, room, tenant, password, token, peerToPeer = false }: JitsiJoin,
  ): Promise<JitsiPerson> {
    const query = new URLSearchParams({
      server,
      room,
      name,
      p2p: String(peerToPeer),
      ...(tenant !== undefined && { tenant }),
      ...(password !== undefined && { password }),
      ...(token !== undefined && { token }),
    });
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await addInstruments(page, {});
    await page.goto(`http://localhost:${(this.#server.address() as AddressInfo).port}/?${query}`);
    return new JitsiPerson(name, context, page);
  }
}

/** Somebody whose browser runs Jitsi's own client. */
export class JitsiPerson {
  readonly name: string;
  readonly page: Page;
  readonly #context: BrowserContext;

  constructor(name: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.page = page;
    this.#context = context;
  }

  async close(): Promise<void> {
    if (!this.#context.closed) await this.#context.close();
  }

  /** Waits for an event of the library's conference, as `CONFERENCE_JOINED`, and gives it with its details. */
  async experiences(event: string): Promise<string> {
    const find = async () => (await this.#events()).find((entry) => entry.startsWith(event));
    return until(find, async () => `${event} at ${this.name}; there were: ${(await this.#events()).join(', ')}`);
  }

  async knowsBy(name: string): Promise<string> {
    const idOf = () =>
      this.page.evaluate((wanted) => {
        const { names } = (window as unknown as JitsiWindow).jitsi;
        return [...names].find(([, known]) => known === wanted)?.[0];
      }, name);
    return until(idOf, `${name} in the roster of ${this.name}`);
  }

  /** Frames of that person's picture are decoded now. */
  async seesVideoOf(name: string): Promise<void> {
    const id = await this.knowsBy(name);
    const before = await this.#framesOf(id);
    await until(
      async () => (await this.#framesOf(id)) >= before + 5,
      async () => `5 more frames of ${name} at ${this.name}; ${before} before, ${await this.#framesOf(id)} now`,
      { timeoutMs: 20_000 },
    );
  }

  /** Media elements of these people, and of nobody else, are on the page. */
  async hasMediaOf(...names: readonly string[]): Promise<void> {
    const ids = await Promise.all(names.map((name) => this.knowsBy(name)));
    const owners = () =>
      this.page.evaluate(() => [
        ...new Set([...document.querySelectorAll<HTMLElement>('[data-owner]')].map(({ dataset }) => dataset['owner'])),
      ]);
    await until(
      async () => new Set([...ids, ...(await owners())]).size === ids.length && (await owners()).length === ids.length,
      async () =>
        `media of ${names.join(', ') || 'nobody'} at ${this.name}; there is that of ${(await owners()).join()}`,
    );
  }

  async hears(count: number): Promise<void> {
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
      { timeoutMs: 20_000, intervalMs: 1000 },
    );
  }

  async reads(text: string): Promise<void> {
    const lines = () => this.page.evaluate(() => (window as unknown as JitsiWindow).jitsi.chat);
    await until(
      async () => (await lines()).includes(text),
      async () => `“${text}” in the chat of ${this.name}, which has: ${(await lines()).join(' | ')}`,
    );
  }

  /** The rooms of the meeting once they are as wanted. */
  seesRooms(what: string, isWanted: (rooms: readonly JitsiRoom[]) => boolean): Promise<readonly JitsiRoom[]> {
    return until(async () => {
      const rooms = await this.page.evaluate(() => (window as unknown as JitsiWindow).jitsi.rooms);
      return isWanted(rooms) && rooms;
    }, `${what} at ${this.name}`);
  }

  /** Leaves for another room of the meeting, as Jitsi's application does when it is told to. @param room its address */
  async moveTo(room: string): Promise<void> {
    await this.page.evaluate((address) => (window as unknown as JitsiWindow).jitsi.moveTo(address), room);
  }

  /** Calls the library. */
  async conference<Result>(
    action: (conference: Conference, argument: string) => Result,
    argument = '',
  ): Promise<Awaited<Result>> {
    using handle = await this.page.evaluateHandle(() => (window as unknown as JitsiWindow).jitsi.conference);
    return handle.evaluate<[string], typeof action>(action, argument);
  }

  /** Decoded so far for the picture on the page; Firefox without a window counts none as rendered. */
  #framesOf(id: string): Promise<number> {
    return this.page.evaluate(async (owner) => {
      const stream = document.querySelector<HTMLVideoElement>(`video[data-owner="${owner}"]`)?.srcObject;
      const track = stream instanceof MediaStream ? stream.getVideoTracks()[0] : undefined;
      // A next session's tracks may be called as those of the one before.
      const open = window.peerConnections.filter(({ connectionState }) => connectionState !== 'closed');
      const receivers = open.flatMap((connection) => connection.getReceivers());
      const receiver = receivers.find((candidate) => candidate.track.id === track?.id);
      let frames = 0;
      (await receiver?.getStats())?.forEach((report: RTCInboundRtpStreamStats) => {
        if (report.type === 'inbound-rtp') frames += report.framesDecoded ?? 0;
      });
      return frames;
    }, id);
  }

  #events(): Promise<readonly string[]> {
    return this.page.evaluate(() => {
      const { events, error } = (window as unknown as JitsiWindow).jitsi;
      return error === undefined ? events : [...events, `error ${error}`];
    });
  }
}
