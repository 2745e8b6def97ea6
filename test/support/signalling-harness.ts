import { pino } from 'pino';
import { xml } from '#protocol/xmpp/element.ts';
import { GATEWAY_ACCOUNT, xmppHosts, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { MemoryBus } from '#runtime/bus-memory.ts';
import { Database } from '#runtime/database.ts';
import { httpConfig } from '#runtime/http-config.ts';
import { HttpServer } from '#runtime/http.ts';
import { Metrics } from '#runtime/metrics.ts';
import type { Logger } from '#runtime/logger.ts';
import { rolePassword } from '#runtime/role-password.ts';
import type { Service } from '#runtime/service.ts';
import { SqliteAccounts } from '../../signalling/identity/accounts/sqlite-accounts.ts';
import { SignallingServer } from '../../signalling/server.ts';
import { FakeFocus } from './fake-focus.ts';
import { metricValue } from './metric-value.ts';
import { signallingConfig, type SignallingSections } from './signalling-config.ts';
import { XmppTestClient } from './xmpp-test-client.ts';

export interface SignallingOptions extends SignallingSections {
  /** Default: silent. */
  readonly logger?: Logger;
}

const SECRET = 'x'.repeat(32);
export const TURN_SECRET = 'a secret that relay and signalling share';

/** The real signalling server on a free port with the memory bus and a scripted focus, and people who log in to it. */
export class SignallingHarness implements AsyncDisposable {
  readonly domain = 'meet.example';
  readonly hosts: XmppHosts = xmppHosts(this.domain);
  readonly bus: MemoryBus;
  readonly metrics = new Metrics();
  readonly focus: FakeFocus;
  readonly #http: HttpServer;
  readonly #database = Database.open(':memory:');
  readonly #server: Service;
  readonly #clients: XmppTestClient[] = [];
  #port = 0;
  #roomCount = 0;

  private constructor(options: SignallingOptions) {
    const logger = options.logger ?? pino({ level: process.env['PARLEY_TEST_LOG'] ?? 'silent' });
    this.bus = new MemoryBus(logger);
    this.focus = new FakeFocus(this.bus, this.hosts);
    this.#http = new HttpServer('127.0.0.1', httpConfig.parse({ port: 0 }), undefined, this.metrics, logger);
    this.#server = new SignallingServer(
      {
        bus: this.bus,
        http: this.#http,
        logger,
        metrics: this.metrics,
        secrets: {
          internalKey: SECRET,
          turnSecret: TURN_SECRET,
          roomTokenKey: SECRET,
          nonceSecret: SECRET,
          adminToken: SECRET,
        },
        xmppDomain: this.domain,
        publicUrl: `https://${this.domain}`,
      },
      signallingConfig(options),
      this.#database,
    );
  }

  static async start(options: SignallingOptions = {}): Promise<SignallingHarness> {
    const harness = new SignallingHarness(options);
    harness.focus.start();
    await harness.#server.start(new AbortController().signal);
    harness.#port = await harness.#http.listen();
    return harness;
  }

  /** Where the server listens. */
  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  webSocketUrl(query = 'room=standup', tenant?: string): string {
    const prefix = tenant === undefined ? '' : `/${tenant}`;
    return `ws://127.0.0.1:${this.#port}${prefix}/xmpp-websocket?${query}`;
  }

  room(name = 'standup'): string {
    return `${name}@${this.hosts.muc}`;
  }

  /** A room that nobody has used yet. */
  freshRoom(): string {
    this.#roomCount += 1;
    return this.room(`room-${this.#roomCount}`);
  }

  /** A WebSocket on which nothing has been said yet. */
  async connect(name: string, query?: string): Promise<XmppTestClient> {
    const client = await XmppTestClient.connect(name, this.webSocketUrl(query));
    this.#clients.push(client);
    return client;
  }

  /** Someone who is logged in. */
  async logIn(name: string, query?: string): Promise<XmppTestClient> {
    const client = await XmppTestClient.logIn(name, this.webSocketUrl(query), this.domain);
    this.#clients.push(client);
    return client;
  }

  /** Someone with an account, which must exist. */
  async logInAs(username: string, password: string): Promise<XmppTestClient> {
    const client = await this.connect(username);
    await client.authenticateAs(this.hosts.auth, username, password);
    await client.bind();
    return client;
  }

  /** A caller at the telephone gateway. */
  async logInAsGateway(name: string): Promise<XmppTestClient> {
    const client = await this.connect(name);
    await client.authenticateAs(this.hosts.auth, GATEWAY_ACCOUNT, rolePassword(SECRET, 'sip'));
    await client.bind();
    return client;
  }

  /** Someone who is in a room, after the conference request that precedes a join (wire note §3.1). */
  async logInAndJoin(name: string, room: string): Promise<XmppTestClient> {
    const client = await this.logIn(name);
    await this.requestConference(client, room);
    await client.join(room);
    return client;
  }

  /** @param machineUid what the client's browser is called. */
  async requestConference(client: XmppTestClient, room: string, machineUid?: string): Promise<void> {
    const attributes = { xmlns: 'http://jitsi.org/protocol/focus', room, 'machine-uid': machineUid };
    await client.ask('set', this.hosts.focus, xml('conference', attributes));
  }

  /** People who log in with a name and a password. */
  get accounts(): SqliteAccounts {
    return new SqliteAccounts(this.#database);
  }

  /** Makes people owners, as the focus does with the first one who comes. */
  async makeOwner(room: string, ...clients: readonly XmppTestClient[]): Promise<void> {
    await this.focus.ask(
      'set',
      room,
      xml(
        'query',
        { xmlns: 'http://jabber.org/protocol/muc#admin' },
        clients.map(({ bareJid }) => xml('item', { jid: bareJid, affiliation: 'owner' })),
      ),
    );
  }

  /** A counter's or gauge's value, over all labels or for some. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number> {
    return metricValue(this.metrics, name, labels);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    for (const client of this.#clients) client.webSocket.terminate();
    this.focus.stop();
    await this.#http.close();
    this.bus.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
