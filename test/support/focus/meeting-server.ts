import { pino } from 'pino';
import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { adminConfig, AdminServer } from '#runtime/admin.ts';
import { MemoryBus } from '#runtime/bus-memory.ts';
import { Database } from '#runtime/database.ts';
import { httpConfig } from '#runtime/http-config.ts';
import { HttpServer } from '#runtime/http.ts';
import { Metrics } from '#runtime/metrics.ts';
import { systemClock, type Clock } from '../../../focus/clock.ts';
import { focusConfig } from '../../../focus/config.ts';
import { FocusServer } from '../../../focus/server.ts';
import { SqliteAccounts } from '../../../signalling/identity/accounts/sqlite-accounts.ts';
import { signallingConfig, type SignallingSections } from '../signalling-config.ts';
import { SignallingServer } from '../../../signalling/server.ts';
import { metricValue } from '../metric-value.ts';
import { XmppTestClient } from '../xmpp-test-client.ts';
import { FakeBridge } from './fake-bridge.ts';

/** The real signalling and focus on one bus and a free port; only the bridge has no media. */
export class MeetingServer implements AsyncDisposable {
  readonly domain = 'meet.example';
  readonly hosts = xmppHosts(this.domain);
  readonly metrics = new Metrics();
  readonly bridge: FakeBridge;
  /** Lines of level error. */
  readonly errors: string[] = [];
  readonly adminToken = 'x'.repeat(32);
  readonly #admin: AdminServer;
  readonly #bus: MemoryBus;
  readonly #database = Database.open(':memory:');
  readonly #http: HttpServer;
  readonly #signalling: SignallingServer;
  readonly #focus: FocusServer;
  readonly #clients: XmppTestClient[] = [];
  #port = 0;
  #adminPort = 0;

  private constructor(focusClock: Clock, sections: SignallingSections) {
    const logger = pino({ level: 'error' }, { write: (line: string) => void this.errors.push(line) });
    this.#bus = new MemoryBus(logger);
    this.#http = new HttpServer('127.0.0.1', httpConfig.parse({ port: 0 }), undefined, this.metrics, logger);
    this.bridge = new FakeBridge(this.#bus, 'b1');
    const secret = this.adminToken;
    const context = {
      bus: this.#bus,
      http: this.#http,
      logger,
      metrics: this.metrics,
      secrets: {
        internalKey: secret,
        turnSecret: secret,
        roomTokenKey: secret,
        nonceSecret: secret,
        adminToken: secret,
      },
      xmppDomain: this.domain,
      publicUrl: `https://${this.domain}`,
    };
    this.#focus = new FocusServer(context, focusConfig.parse({}), focusClock);
    this.#admin = new AdminServer(adminConfig.parse({ port: 0 }), secret, logger);
    this.#signalling = new SignallingServer(context, signallingConfig(sections), this.#database, this.#admin);
  }

  /**
   * @param focusClock lets a test move the focus's time; everything else lives in real time.
   * @param sections settings of signalling that are not the defaults.
   */
  static async start(focusClock: Clock = systemClock, sections: SignallingSections = {}): Promise<MeetingServer> {
    const server = new MeetingServer(focusClock, sections);
    await server.bridge.start();
    await server.#focus.start();
    await server.#signalling.start();
    server.#port = await server.#http.listen();
    server.#adminPort = await server.#admin.listen();
    return server;
  }

  get #url(): string {
    return `${this.origin}/xmpp-websocket?room=standup`;
  }

  get origin(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** People who log in with a name and a password. */
  get accounts(): SqliteAccounts {
    return new SqliteAccounts(this.#database);
  }

  get adminPort(): number {
    return this.#adminPort;
  }

  /** Asks the admin API: a question, or with a body a request to do something. */
  async administer(path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}${path}`, {
      headers: { authorization: `Bearer ${this.adminToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Opens a WebSocket and nothing else. */
  async connect(name: string): Promise<XmppTestClient> {
    const client = await XmppTestClient.connect(name, this.#url);
    this.#clients.push(client);
    return client;
  }

  async logIn(name: string): Promise<XmppTestClient> {
    const client = await XmppTestClient.logIn(name, this.#url, this.domain);
    this.#clients.push(client);
    return client;
  }

  /** A counter's or gauge's value, over all labels or for some. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number> {
    return metricValue(this.metrics, name, labels);
  }

  /** The focus stops, everything else goes on. */
  stopFocus(): Promise<void> {
    return this.#focus.stop();
  }

  stopSignalling(): Promise<void> {
    return this.#signalling.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.close();
    await this.#signalling.stop();
    await this.#focus.stop();
    for (const client of this.#clients) client.webSocket.terminate();
    await this.#http.close();
    this.#bus.close();
  }
}
