import { randomBytes } from 'node:crypto';
import { availableParallelism, networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { setLogEventListeners } from 'mediasoup';
import {
  bridgeEvents,
  bridgeRequests,
  sfuLeaseKey,
  type ConnectEndpoint,
  type CreateEndpoint,
  type EndpointCreated,
  type EndpointRef,
  type PlainEndpointCreated,
  type IceRestarted,
  type Refused,
  type RestartIce,
  type SfuLease,
} from '#protocol/bridge/bridge-bus.ts';
import type { RequestSubject } from '#protocol/bus-subject.ts';
import type { IceCandidate } from '#protocol/media/rtp.ts';
import type { ReceivedSource } from '#protocol/media/source.ts';
import type { AdminServer } from '#runtime/admin.ts';
import type { Lease, Subscription } from '#runtime/bus.ts';
import type { ServiceContext } from '#runtime/context.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Service } from '#runtime/service.ts';
import { StartError } from '#runtime/start-error.ts';
import { addSfuRoutes } from './admin-routes.ts';
import { Conference, type CreatedEndpoint } from './conference.ts';
import type { MediaConfig, SfuConfig } from './config.ts';
import type { Endpoint } from './endpoint.ts';
import { BridgeRequestError } from './errors.ts';
import { findFreePort } from './free-port.ts';
import { hostCandidates, RESPONDER_CHECK_PRIORITY } from './ice-candidates.ts';
import { IceRoleSockets } from './ice-role-sockets.ts';
import { IceRoleResponder } from './ice-role.ts';
import { LoadMeter } from './load-meter.ts';
import { resolveMediaAddresses, type MediaAddresses } from './media-addresses.ts';
import { unroutable } from './media-route.ts';
import { CHANNEL_SEGMENT, MessageTransport } from './message-transport.ts';
import { offeredCapabilities } from './rtp-mapping.ts';
import { checkMediaPort, type MediaCheck } from './self-test.ts';
import { SfuMetrics } from './sfu-metrics.ts';
import { findWorkerBinary } from './worker-binary.ts';
import { WorkerPool } from './worker-pool.ts';

export interface SfuServerConfig {
  readonly media: MediaConfig;
  readonly sfu: SfuConfig;
}

const LEASE_INTERVAL_MS = 5_000;
const DRAIN_POLL_MS = 250;

/** What exists only between start and stop. */
interface Running {
  readonly pool: WorkerPool;
  readonly roleSockets: IceRoleSockets;
  readonly messages: MessageTransport;
  readonly rolePort: number;
  readonly addresses: MediaAddresses;
  readonly lease: Lease<SfuLease>;
  readonly subscriptions: readonly Subscription[];
  readonly leaseTimer: NodeJS.Timeout;
}

/** The media bridge: serves focus over the bus, clients over ICE and the message channel. */
export class SfuServer implements Service {
  readonly name = 'sfu';
  readonly id: string;
  readonly #context: ServiceContext;
  readonly #media: MediaConfig;
  readonly #config: SfuConfig;
  readonly #logger: Logger;
  readonly #conferences = new Map<string, Conference>();
  /** Conferences that are being made: two first participants meet in one. */
  readonly #creating = new Map<string, Promise<Conference>>();
  readonly #responder = new IceRoleResponder(RESPONDER_CHECK_PRIORITY);
  readonly #metrics: SfuMetrics;
  /** Undone in reverse, also after a start that failed half-way. */
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  #running: Running | undefined;
  #isDraining = false;
  #load = 0;
  #stopping: Promise<void> | undefined;

  /** @param admin gets a route about the bridge, where there is one. */
  constructor(context: ServiceContext, { media, sfu }: SfuServerConfig, admin?: AdminServer) {
    this.#context = context;
    this.#media = media;
    this.#config = sfu;
    this.id = sfu.id ?? `sfu-${randomBytes(4).toString('hex')}`;
    this.#logger = context.logger.child({ service: 'sfu' });
    this.#metrics = new SfuMetrics(context.metrics, {
      conferences: () => this.#conferences.values(),
      workerCount: () => this.#running?.pool.workers.length ?? 0,
      load: () => this.#load,
    });
    context.http.addHealthCheck('sfu', () =>
      (this.#running?.pool.workers.length ?? 0) > 0 ? undefined : 'no media worker runs',
    );
    if (admin !== undefined) addSfuRoutes(admin, this);
    context.http.onUpgrade(CHANNEL_SEGMENT, (upgrade) => {
      const messages = this.#running?.messages;
      if (messages === undefined) upgrade.socket.destroy();
      else messages.upgrade(upgrade);
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#logWorkers();
    const workerBinary = await findWorkerBinary(process.env['MEDIASOUP_WORKER_BIN']);
    const addresses = resolveMediaAddresses(this.#media.address, networkInterfaces());
    await this.#warnOfUnroutable(addresses);
    const count = this.#config.workers ?? availableParallelism();
    const firstPort = this.#media.port;
    const pool = await WorkerPool.create(
      { workerBinary, count, firstPort, addresses: addresses.bound },
      this.#logger,
      signal,
    );
    this.#cleanups.push(() => pool.close());
    pool.on('workerDied', (worker) => {
      this.#metrics.workerDied();
      for (const conference of this.#conferences.values()) {
        if (conference.worker === worker) conference.fail('worker-died');
      }
    });

    const rolePort = firstPort === 0 ? await findFreePort(addresses.bound) : firstPort + count;
    const roleSockets = new IceRoleSockets(
      this.#responder,
      (verdict) => this.#metrics.roleCheck(verdict),
      this.#logger,
    );
    this.#cleanups.push(() => roleSockets.close());
    await listenForRoles(roleSockets, addresses.bound, rolePort);

    const messages = new MessageTransport({
      sfuId: this.id,
      find: (conference, endpoint) => this.#conferences.get(conference)?.channelOwner(endpoint),
      count: (event) => this.#metrics.channelEvent(event),
      logger: this.#logger,
    });
    this.#cleanups.push(() => messages.close());

    const subscriptions = this.#serve();
    this.#cleanups.push(() => subscriptions.forEach((subscription) => subscription.close()));
    const lease = await this.#context.bus.claim(sfuLeaseKey(this.id), this.#leaseValue(pool, addresses, rolePort));
    if (lease === undefined) {
      throw new StartError(`Another bridge is called "${this.id}". Give each its own name (PARLEY_SFU_ID).`);
    }
    this.#cleanups.push(() => lease.release());
    const meter = new LoadMeter(pool);
    const leaseTimer = setInterval(() => {
      meter.measure().then(
        (load) => {
          this.#load = load;
          this.#updateLease();
        },
        (error: unknown) => this.#logger.debug({ err: error }, 'the load cannot be measured'),
      );
    }, LEASE_INTERVAL_MS);
    this.#cleanups.push(() => clearInterval(leaseTimer));
    this.#running = { pool, roleSockets, messages, rolePort, addresses, lease, subscriptions, leaseTimer };
    this.#logger.info(
      { sfu: this.id, workers: count, addresses: addresses.announced, ports: pool.ports, rolePort },
      'the media bridge is ready',
    );
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#isDraining = true;
    this.#updateLease();
    const deadlineMs = performance.now() + this.#config.drainSeconds * 1_000;
    while (this.#conferences.size > 0 && performance.now() < deadlineMs) await delay(DRAIN_POLL_MS);
    for (const conference of this.#conferences.values()) conference.fail('sfu-stopping');
    for (let cleanup = this.#cleanups.pop(); cleanup !== undefined; cleanup = this.#cleanups.pop()) await cleanup();
    this.#running = undefined;
  }

  /** Does at every worker's port what a client's ICE does, at every address that clients are told. */
  async selfTest(): Promise<readonly MediaCheck[]> {
    const running = this.#running;
    if (running === undefined) return [];
    const checks = running.pool.workers.map(async (worker) => {
      const id = `selftest-${randomBytes(4).toString('hex')}`;
      const conference = await Conference.create({ id, worker, config: this.#config, logger: this.#logger });
      try {
        const { endpoint } = await conference.createEndpoint('selftest');
        const targets = running.addresses.announced.flatMap((address) =>
          (['udp', 'tcp'] as const).map((protocol) => ({ address, port: worker.port, protocol })),
        );
        return await Promise.all(targets.map((target) => checkMediaPort(target, endpoint.ice)));
      } finally {
        conference.close();
      }
    });
    return (await Promise.all(checks)).flat();
  }

  /** A warning only: behind some routers clients reach an address that is none from here. */
  async #warnOfUnroutable({ announced }: MediaAddresses): Promise<void> {
    for (const address of await unroutable(announced)) {
      this.#logger.warn(
        { address },
        'clients are told to send media to an address to which this machine has no route: check its network, or set PARLEY_MEDIA_ADDRESS to addresses that clients can reach',
      );
    }
  }

  /** What mediasoup calls errors are refused requests, which their callers see; only a worker's own words may be a bug. */
  #logWorkers(): void {
    setLogEventListeners({
      onwarn: (namespace, log) => this.#logger.debug({ namespace }, log),
      onerror: (namespace, log, error) => {
        this.#logger[log.startsWith('(stderr)') ? 'warn' : 'debug']({ namespace, err: error }, log);
      },
    });
    this.#cleanups.push(() => setLogEventListeners());
  }

  #serve(): readonly Subscription[] {
    const requests = bridgeRequests(this.id);
    return [
      this.#answer(requests.createEndpoint, (request) => this.#createEndpoint(request)),
      this.#answer(requests.createPlainEndpoint, (request) => this.#createPlainEndpoint(request)),
      this.#answer(requests.connectPlainEndpoint, async (request) => ({
        ok: true as const,
        offers: await this.#conference(request.conference).connectPlainEndpoint(request),
      })),
      this.#answer(requests.connectEndpoint, async (request) => ({
        ok: true as const,
        offers: await this.#connect(request),
      })),
      this.#answer(requests.addSources, async ({ conference, endpoint, session, sources }) => ({
        ok: true as const,
        offers: await this.#conference(conference).addSources(endpoint, session, sources),
      })),
      this.#answer(requests.removeSources, async ({ conference, endpoint, session, names }) => {
        await this.#conference(conference).removeSources(endpoint, session, names);
        return { ok: true as const };
      }),
      this.#answer(requests.acceptSources, async ({ conference, endpoint, session, names }) => {
        await this.#conference(conference).acceptSources(endpoint, session, names);
        return { ok: true as const };
      }),
      this.#answer(requests.restartIce, (request) => this.#restartIce(request)),
      this.#answer(requests.updateIce, async ({ conference, endpoint, session, ice }) => {
        this.#responder.connect(this.#conference(conference).iceEndpoint(endpoint, session).ice.usernameFragment, ice);
        return { ok: true as const };
      }),
      this.#answer(requests.forceMute, async (request) => {
        await this.#conference(request.conference).forceMute(request);
        return { ok: true as const };
      }),
      this.#context.bus.serve(requests.removeEndpoint, async (request) => {
        await this.#removeEndpoint(request);
        return { ok: true as const };
      }),
      this.#context.bus.serve(requests.endConference, ({ conference }) => {
        this.#conferences.get(conference)?.close();
        return { ok: true as const };
      }),
    ];
  }

  /** Refusals become answers here, and only here. */
  #answer<Request, Answer>(
    subject: RequestSubject<Request, Answer | Refused>,
    handler: (request: Request) => Promise<Answer>,
  ): Subscription {
    return this.#context.bus.serve(subject, async (request) => {
      try {
        return await handler(request);
      } catch (error) {
        if (error instanceof BridgeRequestError) return error.toAnswer();
        throw error;
      }
    });
  }

  async #createEndpoint({ conference: conferenceId, endpoint: id }: CreateEndpoint): Promise<EndpointCreated> {
    const running = this.#running;
    if (running === undefined) throw new BridgeRequestError('unavailable', 'the bridge is not running');
    const { conference, endpoint, sources } = await this.#createIn(conferenceId, running.pool, (one) =>
      one.createEndpoint(id),
    );
    this.#responder.add(endpoint.ice);
    endpoint.transport.observer.once('close', () => this.#responder.remove(endpoint.ice.usernameFragment));
    return {
      ...this.#describe(conference, endpoint, sources),
      ice: endpoint.ice,
      candidates: candidatesOf(conference, running),
      fingerprint: endpoint.fingerprint,
    };
  }

  async #createPlainEndpoint({
    conference: conferenceId,
    endpoint: id,
  }: CreateEndpoint): Promise<PlainEndpointCreated> {
    const running = this.#running;
    if (running === undefined) throw new BridgeRequestError('unavailable', 'the bridge is not running');
    const { conference, endpoint, sources } = await this.#createIn(conferenceId, running.pool, (one) =>
      one.createPlainEndpoint(id),
    );
    return { ...this.#describe(conference, endpoint, sources), rtpAddress: endpoint.rtpAddress };
  }

  #describe(
    conference: Conference,
    { id, session, channelSecret }: Endpoint,
    sources: readonly ReceivedSource[],
  ): Omit<PlainEndpointCreated, 'rtpAddress'> {
    return {
      ok: true,
      session,
      channelPath: `/${CHANNEL_SEGMENT}/${this.id}/${conference.id}/${id}?pwd=${channelSecret}`,
      ...(this.#config.publicUrl === undefined ? {} : { channelBaseUrl: this.#config.publicUrl }),
      rtp: offeredCapabilities(conference.capabilities),
      sources,
    };
  }

  async #connect(request: ConnectEndpoint): ReturnType<Conference['connectEndpoint']> {
    const conference = this.#conference(request.conference);
    const { usernameFragment } = conference.iceEndpoint(request.endpoint, request.session).ice;
    const offers = await conference.connectEndpoint(request);
    this.#responder.connect(usernameFragment, request.ice);
    return offers;
  }

  async #restartIce({ conference: id, endpoint: endpointId, session }: RestartIce): Promise<IceRestarted> {
    const running = this.#running;
    if (running === undefined) throw new BridgeRequestError('unavailable', 'the bridge is not running');
    const conference = this.#conference(id);
    const { endpoint, replaced } = await conference.restartIce(endpointId, session);
    this.#responder.remove(replaced.usernameFragment);
    // Closed in the same turn: its last credentials are taken back already.
    if (endpoint.isClosed)
      throw new BridgeRequestError('no-such-endpoint', `the session of ${endpointId} ended meanwhile`);
    this.#responder.add(endpoint.ice);
    return { ok: true, ice: endpoint.ice, candidates: candidatesOf(conference, running) };
  }

  async #removeEndpoint({ conference, endpoint, session }: EndpointRef & { readonly session?: string }): Promise<void> {
    try {
      await this.#conferences.get(conference)?.removeEndpoint(endpoint, session);
    } catch (error) {
      // The conference ended meanwhile: there is nothing left to remove.
      if (!(error instanceof BridgeRequestError)) throw error;
    }
  }

  /** @throws BridgeRequestError `no-such-endpoint` */
  #conference(id: string): Conference {
    const conference = this.#conferences.get(id);
    if (conference === undefined) throw new BridgeRequestError('no-such-endpoint', 'there is no such conference here');
    return conference;
  }

  async #createIn<Kind extends Endpoint>(
    conferenceId: string,
    pool: WorkerPool,
    create: (conference: Conference) => Promise<CreatedEndpoint<Kind>>,
  ): Promise<CreatedEndpoint<Kind> & { readonly conference: Conference }> {
    const conference = await this.#conferenceForNew(conferenceId, pool);
    try {
      return { conference, ...(await create(conference)) };
    } catch (error) {
      if (!conference.isClosed) throw error;
      // Its last endpoint left, or its worker died, just before this one came.
      const next = await this.#conferenceForNew(conferenceId, pool);
      return { conference: next, ...(await create(next)) };
    }
  }

  async #conferenceForNew(id: string, pool: WorkerPool): Promise<Conference> {
    const { limits } = this.#config;
    const endpoints = pool.workers.reduce((sum, worker) => sum + worker.endpoints, 0);
    if (endpoints >= limits.endpoints) throw new BridgeRequestError('unavailable', 'the bridge is full');
    const existing = this.#conferences.get(id) ?? this.#creating.get(id);
    if (existing !== undefined) return existing;
    const worker = pool.leastLoaded();
    if (this.#isDraining || worker === undefined || this.#conferences.size >= limits.conferences) {
      throw new BridgeRequestError('unavailable', 'the bridge takes no new conferences now');
    }
    const creating = Conference.create({ id, worker, config: this.#config, logger: this.#logger });
    this.#creating.set(id, creating);
    try {
      const conference = await creating;
      this.#adopt(conference);
      return conference;
    } finally {
      this.#creating.delete(id);
    }
  }

  #adopt(conference: Conference): void {
    const events = bridgeEvents(this.id);
    const { bus } = this.#context;
    this.#conferences.set(conference.id, conference);
    this.#logger.info({ conference: conference.id, port: conference.worker.port }, 'a conference began');
    conference.on('endpointConnected', (event) => bus.publish(events.endpointConnected, event));
    conference.on('endpointClosed', (event) => {
      this.#metrics.endpointClosed(event.reason);
      bus.publish(events.endpointClosed, event);
    });
    conference.once('ended', () => {
      if (this.#conferences.get(conference.id) === conference) this.#conferences.delete(conference.id);
      this.#logger.info({ conference: conference.id }, 'a conference ended');
    });
  }

  #updateLease(): void {
    if (this.#running === undefined) return;
    const { lease, pool, addresses, rolePort } = this.#running;
    lease.update(this.#leaseValue(pool, addresses, rolePort));
  }

  #leaseValue(pool: WorkerPool, addresses: MediaAddresses, rolePort: number): SfuLease {
    const endpoints = pool.workers.reduce((sum, worker) => sum + worker.endpoints, 0);
    return {
      id: this.id,
      load: Math.min(1, Math.max(this.#load, endpoints / this.#config.limits.endpoints)),
      ...(this.#config.region === undefined ? {} : { region: this.#config.region }),
      addresses: [...addresses.announced],
      ports: [...pool.ports],
      rolePort,
      draining: this.#isDraining || pool.workers.length === 0,
    };
  }
}

function candidatesOf({ worker }: Conference, { addresses, rolePort }: Running): readonly IceCandidate[] {
  return hostCandidates(addresses.announced, { media: worker.port, role: rolePort });
}

async function listenForRoles(sockets: IceRoleSockets, addresses: readonly string[], port: number): Promise<void> {
  try {
    await sockets.listen(addresses, port);
  } catch (cause) {
    throw new StartError(
      `Port ${port} for the ICE role responder cannot be used on ${addresses.join(', ')} (${String(cause)}). It follows the workers' ports: stop the program that uses it, or set PARLEY_MEDIA_PORT.`,
      { cause },
    );
  }
}
