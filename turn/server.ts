import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Subscription } from '#runtime/bus.ts';
import type { ServiceContext } from '#runtime/context.ts';
import { isLoopbackName } from '#runtime/deployment.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Service } from '#runtime/service.ts';
import { StartError } from '#runtime/start-error.ts';
import { type Addresses, isLoopback, localAddresses, resolveAddresses } from './addresses.ts';
import { Announcement, type TurnLease } from './announcement.ts';
import type { TurnConfig } from './config.ts';
import { type Address, formatAddress } from './endpoint.ts';
import type { StreamConnections } from './listeners/stream-connections.ts';
import type { AnnouncedMedia } from './peer-policy.ts';
import { ListenError, type ListenerPorts } from './workers/relay-worker.ts';
import { readSfuLease, SFU_LEASES } from './sfu-lease.ts';
import { TurnMetrics } from './turn-metrics.ts';
import { WorkerPool } from './workers/worker-pool.ts';

const ANNOUNCEMENT_REFRESH_MS = 1000;
const DRAIN_POLL_MS = 250;

interface Running extends ListenerPorts {
  readonly pool: WorkerPool;
}

/** The TURN role: configuration, metrics, certificates and the bus around the workers that relay. */
export class TurnServer implements Service {
  readonly name = 'turn';
  readonly #context: ServiceContext;
  readonly #config: TurnConfig;
  readonly #logger: Logger;
  readonly #metrics: TurnMetrics;
  readonly #id = randomBytes(6).toString('hex');
  readonly #sfus = new Map<string, AnnouncedMedia>();
  /** What `stop` undoes, last first. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;

  constructor(context: ServiceContext, config: TurnConfig) {
    this.#context = context;
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
    const running = { pool, ...ports };
    this.#running = running;
    this.#metrics.watch(() => pool.figures());
    this.#shareHttpsPort(pool.first.connections);
    this.#watchSfus(pool);
    const announcement = await Announcement.claim(this.#context.bus, () => this.#describe(running, addresses.listen));
    this.#undo.push(() => announcement.release());
    const refresh = setInterval(() => announcement.refresh(), ANNOUNCEMENT_REFRESH_MS);
    this.#undo.push(() => clearInterval(refresh));
    this.#logger.info(
      { ...ports, io: pool.first.ioName, workers: config.workers, addresses: addresses.listen.length },
      'TURN relay is listening',
    );
  }

  #createPool(addresses: Addresses): WorkerPool {
    const config = this.#config;
    const { xmppDomain, secrets, http } = this.#context;
    const pool = new WorkerPool(
      {
        config,
        realm: config.realm ?? xmppDomain,
        secrets: [config.secret ?? secrets.turnSecret, ...config.previousSecrets],
        nonceSecret: secrets.nonceSecret,
        addresses,
        tls: http.tls?.material,
      },
      {
        authFailed: (failure, times) => this.#metrics.authFailed(failure, times),
        allocateAnswered: (code, transport, family, times) =>
          this.#metrics.allocateAnswered(code, transport, family, times),
        // One line each, for whoever follows a single call; a busy relay makes hundreds of them a second.
        allocationStarted: (start) => this.#logger.debug(start, 'allocation started'),
        allocationEnded: (end) => {
          this.#metrics.allocationEnded(end.reason);
          this.#logger.debug(end, 'allocation ended');
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

  #describe({ port, tlsPort }: Running, listen: readonly Address[]): TurnLease {
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
   * New allocations are refused from now on, and running ones go on.
   * @param worker the worker this is about; all of them when it is not said.
   */
  drain(worker?: number): void {
    const pool = this.#running?.pool;
    if (pool === undefined) return;
    for (let index = 0; index < pool.size; index++) if (worker === undefined || worker === index) pool.drain(index);
    this.#logger.info({ worker, allocations: this.allocations }, 'draining');
  }

  async #stop(): Promise<void> {
    if (this.#running !== undefined) await this.#waitForAllocations();
    for (const undo of this.#undo.toReversed()) await undo();
    this.#running = undefined;
  }

  async #waitForAllocations(): Promise<void> {
    const { drainSeconds } = this.#config;
    if (drainSeconds === 0) return;
    this.drain();
    const deadlineMs = performance.now() + drainSeconds * 1000;
    while (this.allocations > 0 && performance.now() < deadlineMs) await delay(DRAIN_POLL_MS);
  }
}

function startError({ port, hasUdp, message, cause }: ListenError): StartError {
  const variable = hasUdp ? 'PARLEY_TURN_PORT' : 'PARLEY_TURN_TLS_PORT';
  return new StartError(
    `The TURN relay cannot listen on port ${port}: ${message}. If another program has it, such as coturn, stop that or set ${variable} to a free port (0 for any); PARLEY_TURN_ENABLED=false runs without a relay.`,
    { cause },
  );
}
