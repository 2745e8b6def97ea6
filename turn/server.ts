import { randomBytes } from 'node:crypto';
import type { Subscription } from '#runtime/bus.ts';
import type { ServiceContext } from '#runtime/context.ts';
import { isLoopbackName } from '#runtime/deployment.ts';
import { type Draining, untilFewAreLeft } from '#runtime/drain.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Service } from '#runtime/service.ts';
import { StartError } from '#runtime/start-error.ts';
import type { AdminServer } from '#runtime/admin.ts';
import { type Addresses, isLoopback, localAddresses, resolveAddresses } from './addresses.ts';
import {
  addTurnRoutes,
  type Administered,
  type ReachAnswer,
  type ReachQuestion,
  type SelfTestReport,
  type TurnCredentials,
} from './admin-routes.ts';
import { Announcement, type TurnLease } from './announcement.ts';
import type { TurnConfig } from './config.ts';
import { type Address, type Family, formatAddress } from './endpoint.ts';
import type { StreamConnections } from './listeners/stream-connections.ts';
import type { AnnouncedMedia } from './peer-policy.ts';
import { ListenError, type ListenerPorts } from './workers/relay-worker.ts';
import { readSfuLease, SFU_LEASES } from './sfu-lease.ts';
import { restPassword } from './rest-credential.ts';
import { type AddressCheck, checkAddresses } from './self-test.ts';
import { tryAsClient } from './self-test-client.ts';
import { overStream, overUdp } from './self-test-wire.ts';
import { TurnMetrics } from './turn-metrics.ts';
import type { Session, SessionFilter } from './workers/session.ts';
import { WorkerPool } from './workers/worker-pool.ts';

const ANNOUNCEMENT_REFRESH_MS = 1000;
const SELF_TEST_SECONDS = 60;
/**
 * How long a relay that is the only role lets calls go on. With other roles in the process the bridges of these calls end
 * with it, so that waiting would keep nobody connected.
 */
const DRAIN_ALONE_SECONDS = 3600;

/** Settings that `reconfigure` can change; the others need a restart. */
export const RELOADABLE: readonly string[] = [
  'turn.secret',
  'turn.previousSecrets',
  'turn.users',
  'turn.nonceLifetimeSeconds',
  'turn.strictExpiry',
  'turn.peers',
  'turn.legacyChannels',
  'turn.familyFollowsClient',
  'turn.defaultLifetimeSeconds',
  'turn.maxLifetimeSeconds',
  'turn.limits',
  'turn.drainSeconds',
  'turn.drainMinAllocations',
];

/** What else the relay gets of its process. */
export interface TurnSurroundings {
  readonly admin?: AdminServer;
  /** Ends the process as SIGTERM does; only where no other role runs in it. */
  readonly endProcess?: () => void;
}

interface Running extends ListenerPorts {
  readonly pool: WorkerPool;
  readonly listen: readonly Address[];
  /** Of the first relay address. */
  readonly family: Family | undefined;
}

/** The TURN role: configuration, metrics, certificates and the bus around the workers that relay. */
export class TurnServer implements Service, Administered {
  readonly name = 'turn';
  readonly #context: ServiceContext;
  readonly #surroundings: TurnSurroundings;
  #config: TurnConfig;
  readonly #logger: Logger;
  readonly #metrics: TurnMetrics;
  readonly #id = randomBytes(6).toString('hex');
  readonly #sfus = new Map<string, AnnouncedMedia>();
  /** What `stop` undoes, last first. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  readonly #closing = new AbortController();
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;
  /** While the relay drains in order to end its process; aborted when that is taken back. */
  #ending: AbortController | undefined;
  #hasDrained = false;

  constructor(context: ServiceContext, config: TurnConfig, surroundings: TurnSurroundings = {}) {
    this.#context = context;
    this.#surroundings = surroundings;
    this.#config = config;
    this.#logger = context.logger.child({ service: 'turn' });
    this.#metrics = new TurnMetrics(context.metrics);
  }

  /** The UDP and TCP port in use, once started. */
  get port(): number | undefined {
    return this.#running?.port;
  }

  /** The TLS port in use, once started with a certificate. */
  get tlsPort(): number | undefined {
    return this.#running?.tlsPort;
  }

  /** Live allocations of all workers, of threads as they were a second ago at most. */
  get allocations(): number {
    return this.#running?.pool.figures().reduce((sum, { allocations }) => sum + allocations, 0) ?? 0;
  }

  async start(): Promise<void> {
    const config = this.#config;
    if (!config.enabled) return;
    const addresses = resolveAddresses(config, localAddresses());
    const pool = this.#createPool(addresses);
    this.#undo.push(() => pool.stop());
    const ports = await this.#listen(pool);
    const { listen, relay } = addresses;
    const running = { pool, listen, family: relay[0]?.local.family, ...ports };
    this.#running = running;
    this.#metrics.watch(() => pool.figures());
    this.#shareHttpsPort(pool.first.connections);
    this.#watchSfus(pool);
    const announcement = await Announcement.claim(this.#context.bus, () => this.#describe(running));
    this.#undo.push(() => announcement.release());
    const refresh = setInterval(() => announcement.refresh(), ANNOUNCEMENT_REFRESH_MS);
    this.#undo.push(() => clearInterval(refresh));
    this.#context.http.addHealthCheck('turn', () =>
      this.draining.length === this.size ? 'the relay admits nobody new' : undefined,
    );
    if (this.#surroundings.admin !== undefined) addTurnRoutes(this.#surroundings.admin, this);
    this.#warnOfLostAddresses();
    this.#logger.info(
      { ...ports, io: pool.first.ioName, workers: config.workers, addresses: listen.length },
      'TURN relay is listening',
    );
  }

  #createPool(addresses: Addresses): WorkerPool {
    const config = this.#config;
    const { secrets, http } = this.#context;
    const pool = new WorkerPool(
      {
        config,
        realm: this.#realm,
        secrets: this.#secrets(config),
        nonceSecret: secrets.nonceSecret,
        addresses,
        tls: http.tls?.material,
      },
      {
        authFailed: (failure, times) => this.#metrics.authFailed(failure, times),
        allocateAnswered: (code, transport, family, times) =>
          this.#metrics.allocateAnswered(code, transport, family, times),
        // Only who has credentials can cause these lines.
        allocationStarted: (start) => this.#logger.info(start, 'allocation started'),
        allocationEnded: (end) => {
          this.#metrics.allocationEnded(end.reason);
          this.#logger.info(end, 'allocation ended');
        },
        bugMet: (error) => this.#logger.error({ err: error }, 'a message was dropped because of a bug'),
      },
      this.#logger,
    );
    const reason = pool.first.fallbackReason;
    if (reason !== undefined) {
      this.#logger.info({ reason }, 'relaying over node:dgram; the native addon would cost less');
    }
    return pool;
  }

  async #listen(pool: WorkerPool): Promise<ListenerPorts> {
    const { port, tlsPort } = this.#config;
    const { tls } = this.#context.http;
    if (tls !== undefined) {
      this.#undo.push(tls.onReplaced((material) => pool.replaceCertificate(material)));
      this.#metrics.watchCertificate(() => tls.material.cert);
    }
    try {
      return await pool.start({ port, tlsPort: tls && tlsPort });
    } catch (error) {
      throw error instanceof ListenError ? startError(error) : error;
    }
  }

  /** With TLS, clients that can only reach the web server's port find the relay there too. */
  #shareHttpsPort(connections: StreamConnections): void {
    const { http } = this.#context;
    if (!http.isTls) return;
    http.onStunStream((socket) => {
      if (connections.admit(socket)) connections.serve(socket, 'tls');
    });
    this.#undo.push(() => http.onStunStream(undefined));
  }

  get #realm(): string {
    return this.#config.realm ?? this.#context.xmppDomain;
  }

  #secrets({ secret, previousSecrets }: TurnConfig): readonly string[] {
    return [secret ?? this.#context.secrets.turnSecret, ...previousSecrets];
  }

  /** In the background: a NAT that swallows the packet takes its time. */
  #warnOfLostAddresses(): void {
    const warn = async (): Promise<void> => {
      const addresses = await this.#checkAddresses();
      if (this.#closing.signal.aborted) return;
      for (const { problem } of addresses) if (problem !== undefined) this.#logger.warn(problem);
    };
    warn().catch((error: unknown) => this.#logger.error({ err: error }, 'the self-test failed because of a bug'));
  }

  #checkAddresses(): Promise<AddressCheck[]> {
    const first = this.#running?.pool.first;
    if (first === undefined) return Promise.resolve([]);
    return checkAddresses(first.core, first.relayAddresses, this.#closing.signal);
  }

  /** Tries the relay addresses, and to be a client at the first listening address of each family. */
  async selfTest(): Promise<SelfTestReport> {
    const { port, listen = [], family = 4 } = this.#running ?? { port: 0 };
    const listeners = [4, 6].flatMap((one) => listen.find((address) => address.family === one) ?? []);
    const login = { ...this.credentials('selftest', SELF_TEST_SECONDS), family };
    const tried = await Promise.all(
      listeners.map((address) =>
        tryAsClient(() => overUdp(formatAddress(address), port), `${formatAddress(address)}, port ${port}`, login),
      ),
    );
    const clientProblems = tried.filter((problem) => problem !== undefined);
    const addresses = await this.#checkAddresses();
    const isWell = clientProblems.length === 0 && addresses.every(({ isReached }) => isReached);
    return { isWell, addresses, clientProblems };
  }

  /** Does what clients do at the name that they are told, over everything that is offered there. */
  async reach({ host, ca }: ReachQuestion): Promise<readonly ReachAnswer[]> {
    const { port, tlsPort, family = 4 } = this.#running ?? { port: undefined, tlsPort: undefined };
    if (port === undefined) return [];
    const login = { ...this.credentials('selftest', SELF_TEST_SECONDS), family };
    const ways = [
      { transport: 'udp', port, open: () => overUdp(host, port) },
      { transport: 'tcp', port, open: () => overStream({ host, port, isTls: false }) },
      ...(tlsPort === undefined
        ? []
        : [
            {
              transport: 'tls',
              port: tlsPort,
              open: () => overStream({ host, port: tlsPort, isTls: true, ca }),
            } as const,
          ]),
    ] as const;
    return Promise.all(
      ways.map(async ({ transport, port: at, open }) => {
        const problem = await tryAsClient(open, `${transport}, ${host} port ${at}`, login);
        return { transport, port: at, ...(problem !== undefined && { problem }) };
      }),
    );
  }

  /** Takes a new configuration as far as it concerns `RELOADABLE`; the rest of it waits for a restart. */
  reconfigure(config: TurnConfig): void {
    this.#config = config;
    this.#running?.pool.reconfigure({ config, secrets: this.#secrets(config) });
  }

  get size(): number {
    return this.#running?.pool.size ?? 0;
  }

  /** Workers that admit nobody new. */
  get draining(): readonly number[] {
    return [...(this.#running?.pool.drained ?? [])].toSorted((a, b) => a - b);
  }

  async sessions(filter: SessionFilter, limit: number): Promise<readonly Session[]> {
    return (await this.#running?.pool.sessions(filter, limit)) ?? [];
  }

  async kill(filter: SessionFilter, limit: number): Promise<readonly Session[]> {
    return (await this.#running?.pool.kill(filter, limit)) ?? [];
  }

  credentials(user: string, lifetimeSeconds: number): TurnCredentials {
    const username = `${Math.floor(Date.now() / 1000) + lifetimeSeconds}:${user}`;
    const [secret = ''] = this.#secrets(this.#config);
    const { port = 0, tlsPort } = this;
    return { username, password: restPassword(username, secret), realm: this.#realm, lifetimeSeconds, port, tlsPort };
  }

  #watchSfus(pool: WorkerPool): void {
    const watch: Subscription = this.#context.bus.watch(SFU_LEASES, ({ key, value }) => {
      const media = value === undefined ? undefined : readSfuLease(value);
      if (media !== undefined) this.#sfus.set(key, media);
      else {
        this.#sfus.delete(key);
        if (value !== undefined) this.#logger.warn({ key }, 'an sfu announces itself in a form unknown here');
      }
      pool.setAnnounced([...this.#sfus.values()]);
    });
    this.#undo.push(() => watch.close());
  }

  #describe({ port, tlsPort, listen }: Running): TurnLease {
    const value = { id: this.#id, udp: port, tcp: port };
    const { http, publicUrl } = this.#context;
    const { protocol, hostname, port: publicPort } = new URL(publicUrl);
    // A public port of 0 is not known yet: the web server listens after us.
    if (http.isTls && protocol === 'https:' && publicPort !== '0') return { ...value, tls: Number(publicPort || 443) };
    if (tlsPort !== undefined) return { ...value, tls: tlsPort };
    // Firefox reaches no relay on a loopback address; on a machine of its own this one has another to be found at.
    const reachable = isLoopbackName(hostname) ? listen.find((address) => !isLoopback(address)) : undefined;
    return reachable === undefined ? value : { ...value, hosts: [formatAddress(reachable)] };
  }

  /** Idempotent. Lets running allocations end first, as long as the configuration allows. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /**
   * New allocations are refused from now on, and running ones go on. Where the relay is the only role, the process ends
   * with them, unless they are not to be waited for at all.
   * @param worker the worker this is about, which ends nothing; all of them when it is not said.
   */
  drain(worker?: number): void {
    this.#setDraining(true, worker);
    const { endProcess } = this.#surroundings;
    if (worker !== undefined || endProcess === undefined || this.#drainSeconds === 0 || this.endsWhenDrained) return;
    const ending = new AbortController();
    this.#ending = ending;
    untilFewAreLeft(this.#drained(), ending.signal).then(
      () => {
        this.#hasDrained = true;
        endProcess();
      },
      // Taken back.
      () => undefined,
    );
  }

  /** Takes that back, the end of the process too. */
  undrain(worker?: number): void {
    this.#ending?.abort();
    this.#setDraining(false, worker);
  }

  /** Whether the process ends when the calls of now have ended. */
  get endsWhenDrained(): boolean {
    return this.#ending?.signal.aborted === false;
  }

  #setDraining(isDraining: boolean, worker: number | undefined): void {
    const pool = this.#running?.pool;
    if (pool === undefined) return;
    for (let index = 0; index < pool.size; index++) {
      if (worker === undefined || worker === index) pool.setDraining(index, isDraining);
    }
    this.#logger.info({ worker, allocations: this.allocations }, isDraining ? 'draining' : 'no longer draining');
  }

  async #stop(): Promise<void> {
    this.#ending?.abort();
    if (this.#running !== undefined && this.#drainSeconds > 0 && !this.#hasDrained) {
      this.#setDraining(true, undefined);
      await untilFewAreLeft(this.#drained(), this.#closing.signal);
    }
    this.#closing.abort();
    for (const undo of this.#undo.toReversed()) await undo();
    this.#running = undefined;
  }

  get #drainSeconds(): number {
    const isAlone = this.#surroundings.endProcess !== undefined;
    return this.#config.drainSeconds ?? (isAlone ? DRAIN_ALONE_SECONDS : 0);
  }

  /** For how long, and for how many allocations; a reload may change both meanwhile. */
  #drained(): Draining {
    return {
      remaining: () => this.allocations,
      limits: () => ({ seconds: this.#drainSeconds, least: this.#config.drainMinAllocations }),
    };
  }
}

function startError({ port, hasUdp, message, cause }: ListenError): StartError {
  const variable = hasUdp ? 'PARLEY_TURN_PORT' : 'PARLEY_TURN_TLS_PORT';
  return new StartError(
    `The TURN relay cannot listen on port ${port}: ${message}. If another program has it, such as coturn, stop that or set ${variable} to a free port (0 for any); PARLEY_TURN_ENABLED=false runs without a relay.`,
    { cause },
  );
}
