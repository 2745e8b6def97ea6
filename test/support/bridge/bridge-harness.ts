import { pino } from 'pino';
import {
  bridgeEvents,
  bridgeRequests,
  type ConnectEndpoint,
  type EndpointClosed,
  type EndpointCreated,
  type Refused,
} from '../../../protocol/bridge/bridge-bus.ts';
import type { Source } from '../../../protocol/media/source.ts';
import { MemoryBus } from '../../../runtime/bus-memory.ts';
import { httpConfig } from '../../../runtime/http-config.ts';
import { HttpServer } from '../../../runtime/http.ts';
import { Metrics } from '../../../runtime/metrics.ts';
import { mediaConfig, sfuConfig, type SfuConfig } from '../../../sfu/config.ts';
import type { ChannelEvent } from '../../../sfu/message-transport.ts';
import { SfuServer } from '../../../sfu/server.ts';
import { metricValue } from '../metric-value.ts';
import { TestChannel } from './test-channel.ts';

export interface BridgeHarnessOptions {
  readonly workers?: number;
  readonly limits?: Partial<SfuConfig['limits']>;
  readonly initialBitrateBps?: number;
  readonly drainSeconds?: number;
}

export interface BridgeMember {
  readonly session: string;
  readonly channelPath: string;
  readonly channel: TestChannel;
}

/** A bridge with real workers, a bus and an HTTP listener; the test plays focus and the clients. */
export class BridgeHarness {
  readonly sfu: SfuServer;
  readonly bus: MemoryBus;
  readonly metrics: Metrics;
  readonly requests: ReturnType<typeof bridgeRequests>;
  readonly closedEndpoints: EndpointClosed[] = [];
  readonly connectedEndpoints: string[] = [];
  /** Lines of level warn and above. */
  readonly warnings: string[] = [];
  readonly #http: HttpServer;
  #port = 0;

  static async start({ workers = 1, limits = {}, ...rest }: BridgeHarnessOptions = {}): Promise<BridgeHarness> {
    const harness = new BridgeHarness(sfuConfig.parse({ workers, limits, ...rest }));
    harness.#http.app.get('/', (_request, reply) =>
      reply.type('text/html').send('<!doctype html><title>bridge test</title>'),
    );
    harness.#port = await harness.#http.listen();
    try {
      await harness.sfu.start(new AbortController().signal);
    } catch (error) {
      await harness.stop();
      throw error;
    }
    return harness;
  }

  private constructor(config: SfuConfig) {
    const logger = pino({ level: 'warn' }, { write: (line: string) => void this.warnings.push(line) });
    this.bus = new MemoryBus(logger);
    this.metrics = new Metrics();
    this.#http = new HttpServer('127.0.0.1', httpConfig.parse({ port: 0 }), undefined, this.metrics, logger);
    const context = {
      bus: this.bus,
      http: this.#http,
      logger,
      metrics: this.metrics,
      secrets: { internalKey: '', turnSecret: '', roomTokenKey: '', nonceSecret: '', adminToken: '' },
      xmppDomain: 'localhost',
      publicUrl: 'http://localhost',
    };
    this.sfu = new SfuServer(context, { media: mediaConfig.parse({ port: 0 }), sfu: config });
    this.requests = bridgeRequests(this.sfu.id);
    const events = bridgeEvents(this.sfu.id);
    this.bus.subscribe(events.endpointClosed, (event) => void this.closedEndpoints.push(event));
    this.bus.subscribe(events.endpointConnected, ({ endpoint }) => void this.connectedEndpoints.push(endpoint));
  }

  get pageUrl(): string {
    return `http://localhost:${this.#port}/`;
  }

  /** Of `EndpointCreated.channelPath`. */
  channelUrl(path: string): string {
    return `ws://127.0.0.1:${this.#port}${path}`;
  }

  async create(conference: string, endpoint: string): Promise<EndpointCreated> {
    return accepted(await this.bus.request(this.requests.createEndpoint, { conference, endpoint }));
  }

  /** Answers in a client's place, for tests without media. */
  async connect(
    request: Pick<ConnectEndpoint, 'conference' | 'endpoint' | 'session'> & Partial<ConnectEndpoint>,
  ): Promise<void> {
    accepted(
      await this.bus.request(this.requests.connectEndpoint, {
        ice: { usernameFragment: 'test', password: 'testtesttesttesttesttest' },
        fingerprint: { hash: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') },
        sources: [],
        ...request,
      }),
    );
  }

  /** How often something happened on message channels. */
  channelEvents(result: ChannelEvent): Promise<number> {
    return metricValue(this.metrics, 'parley_sfu_channel_messages_total', { result });
  }

  /** An endpoint without media, and its message channel. */
  async join(conference: string, endpoint: string, sources: readonly Source[] = []): Promise<BridgeMember> {
    const { session, channelPath } = await this.create(conference, endpoint);
    await this.connect({ conference, endpoint, session, sources });
    return { session, channelPath, channel: await TestChannel.open(this.channelUrl(channelPath)) };
  }

  async stop(): Promise<void> {
    await this.sfu.stop();
    await this.#http.close();
    this.bus.close();
  }
}

export function accepted<Answer extends { readonly ok: true }>(answer: Answer | Refused): Answer {
  if (!answer.ok) throw new Error(`the bridge refused: ${answer.reason}, ${answer.text}`);
  return answer;
}
