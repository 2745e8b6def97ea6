import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { FocusServer, type FocusContext } from '../../../focus/server.ts';
import { focusConfig, type FocusConfig } from '../../../focus/config.ts';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { MemoryBus } from '#runtime/bus-memory.ts';
import { httpConfig } from '#runtime/http-config.ts';
import { HttpServer } from '#runtime/http.ts';
import { Metrics } from '#runtime/metrics.ts';
import { metricValue } from '../metric-value.ts';
import { until } from '../wait.ts';
import { FakeBridge } from './fake-bridge.ts';
import { camera, FakeClient, microphone, type FakeClientOptions } from './fake-client.ts';
import { FakeRooms } from './fake-rooms.ts';
import { ManualClock } from './manual-clock.ts';

export const ROOM = 'standup@muc.meet.example';

export interface FocusHarnessOptions {
  readonly config?: Partial<FocusConfig>;
  /** Ids of bridges that exist from the start. */
  readonly bridges?: readonly string[];
}

/** A real focus on a real bus between fake rooms with scripted clients and fake bridges, with time in the test's hand. */
export class FocusHarness {
  readonly bus: MemoryBus;
  readonly clock = new ManualClock();
  readonly metrics = new Metrics();
  readonly rooms: FakeRooms;
  readonly focus: FocusServer;
  readonly bridges = new Map<string, FakeBridge>();
  /** Lines of level error: there should be none unless a test wants one. */
  readonly errors: string[] = [];
  /** Why no meeting can be held, as the focus sees it. */
  readonly health: () => string | undefined;

  private constructor(config: Partial<FocusConfig>) {
    const hosts = xmppHosts('meet.example');
    const logger = pino({ level: 'error' }, { write: (line: string) => void this.errors.push(line) });
    this.bus = new MemoryBus(logger);
    this.rooms = new FakeRooms(this.bus, hosts);
    const http = new HttpServer('127.0.0.1', httpConfig.parse({ port: 0 }), undefined, this.metrics, logger);
    this.health = () => http.problems()[0];
    const context: FocusContext = {
      bus: this.bus,
      http,
      logger,
      metrics: this.metrics,
      xmppDomain: 'meet.example',
      publicUrl: 'https://meet.example',
    };
    this.focus = new FocusServer(context, { ...focusConfig.parse({}), ...config }, this.clock);
  }

  static async start({ config = {}, bridges = ['b1'] }: FocusHarnessOptions = {}): Promise<FocusHarness> {
    const harness = new FocusHarness(config);
    for (const id of bridges) await harness.addBridge(id);
    await harness.focus.start();
    return harness;
  }

  async stop(): Promise<void> {
    await this.focus.stop();
    this.rooms.stop();
    this.bus.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async addBridge(id: string, lease: ConstructorParameters<typeof FakeBridge>[2] = {}): Promise<FakeBridge> {
    const bridge = new FakeBridge(this.bus, id, lease);
    this.bridges.set(id, bridge);
    await bridge.start();
    return bridge;
  }

  bridge(id = 'b1'): FakeBridge {
    const bridge = this.bridges.get(id);
    if (bridge === undefined) throw new Error(`there is no bridge ${id}`);
    return bridge;
  }

  /** A client's conference request. @returns the answer. */
  request(room = ROOM, from = 'ann@meet.example/1'): Promise<XmlElement> {
    const content = encodeConferenceRequest({ room, properties: {} });
    return this.rooms.ask(from, 'focus.meet.example', 'set', content);
  }

  /** A client with microphone and camera that asks for the conference and enters the room. */
  joinWithMedia(nick: string): Promise<FakeClient> {
    return this.join(nick, { sources: [microphone(nick), camera(nick)] });
  }

  /** Clients with microphone and camera that know of each other's sources. */
  async meeting<const Nicks extends readonly string[]>(
    ...nicks: Nicks
  ): Promise<{ [Index in keyof Nicks]: FakeClient }> {
    const clients: FakeClient[] = [];
    for (const nick of nicks) clients.push(await this.joinWithMedia(nick));
    await this.until(() => isComplete(clients), 'all know of the sources of all others');
    await this.settle();
    return clients as { [Index in keyof Nicks]: FakeClient };
  }

  /** A client that asks for the conference and enters the room. */
  async join(nick: string, options: FakeClientOptions & { readonly room?: string } = {}): Promise<FakeClient> {
    const client = new FakeClient(this.rooms, options.room ?? ROOM, nick, options);
    await this.request(client.room, client.jid);
    client.enter();
    return client;
  }

  /** Lets everything that is under way come to its end; all of it runs in microtasks. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  }

  /** Moves time, once all that is under way has happened, and lets happen what timers lead to. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    this.clock.advance(ms);
    await this.settle();
  }

  until(condition: () => boolean, what: string): Promise<unknown> {
    return until(condition, what, { timeoutMs: 2_000, intervalMs: 1 });
  }

  metric(name: string): Promise<number> {
    return metricValue(this.metrics, name);
  }
}

/** Whether each knows of all sources of all others. */
export function isComplete(clients: readonly FakeClient[]): boolean {
  return clients.every(({ nick, received }) => {
    const others = clients.filter((other) => other.nick !== nick).flatMap(({ sources }) => sources);
    return received.length === others.length && others.every(({ name }) => received.includes(name));
  });
}
