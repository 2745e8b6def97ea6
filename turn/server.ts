import { createHash, randomBytes, randomFillSync, randomInt } from 'node:crypto';
import type { Subscription } from '#runtime/bus.ts';
import type { ServiceContext } from '#runtime/context.ts';
import { isLoopbackName } from '#runtime/deployment.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Service } from '#runtime/service.ts';
import { StartError } from '#runtime/start-error.ts';
import { type Addresses, isLoopback, localAddresses, resolveAddresses } from './addresses.ts';
import type { Allocation } from './allocation.ts';
import { Announcement, type TurnLease } from './announcement.ts';
import type { EndReason } from './allocation-table.ts';
import { FIRST_CHANNEL, LAST_CHANNEL, LAST_LEGACY_CHANNEL } from './channel-data.ts';
import type { TurnConfig } from './config.ts';
import { type Clock, Core, type RandomSource } from './core.ts';
import { Credentials } from './credentials.ts';
import { type Address, formatAddress, formatForLog } from './endpoint.ts';
import { createIo } from './io/create-io.ts';
import type { DatagramIo } from './io/datagram-io.ts';
import { StreamConnections } from './listeners/stream-connections.ts';
import { TcpListener } from './listeners/tcp-listener.ts';
import { TlsAcceptor } from './listeners/tls-acceptor.ts';
import { LongTermAuth } from './long-term-auth.ts';
import { Nonces } from './nonce.ts';
import type { AnnouncedMedia } from './peer-policy.ts';
import { parsePeerRange, type PeerRange, PeerRules } from './peer-rules.ts';
import { RelayAddress } from './relay-address.ts';
import { readSfuLease, SFU_LEASES } from './sfu-lease.ts';
import { TurnMetrics } from './turn-metrics.ts';

const SWEEP_MS = 1000;
const DRAIN_POLL_MS = 250;
/** With port 0, UDP's free port must be free for TCP too on every address. */
const PORT_ATTEMPTS = 20;

const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  unixSeconds: () => Math.floor(Date.now() / 1000),
};

const systemRandom: RandomSource = {
  fill: (target) => void randomFillSync(target),
  below: (limit) => randomInt(limit),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
};

interface Running {
  core: Core;
  io: DatagramIo;
  connections: StreamConnections;
  listeners: TcpListener[];
  tls: TlsAcceptor | undefined;
  port: number;
  tlsPort: number | undefined;
}

/** The TURN role: sockets, timers, metrics and the bus around the sans-I/O core. */
export class TurnServer implements Service {
  readonly name = 'turn';
  readonly #context: ServiceContext;
  readonly #config: TurnConfig;
  readonly #logger: Logger;
  readonly #metrics: TurnMetrics;
  readonly #id = systemRandom.hex(6);
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

  /** The relay itself, for administration and tests; undefined while it does not run. */
  get core(): Core | undefined {
    return this.#running?.core;
  }

  async start(): Promise<void> {
    if (!this.#config.enabled) return;
    const addresses = resolveAddresses(this.#config, localAddresses());
    const running = this.#create(addresses);
    this.#running = running;
    this.#undo.push(() => running.io.stop());
    await this.#listen(running, addresses.listen);
    this.#shareHttpsPort(running.connections);
    this.#watchSfus(running.core);
    const announcement = await Announcement.claim(this.#context.bus, () => this.#describe(running, addresses.listen));
    this.#undo.push(() => announcement.release());
    const sweep = setInterval(() => {
      running.core.sweep();
      running.connections.sweep();
      announcement.refresh();
    }, SWEEP_MS);
    this.#undo.push(() => clearInterval(sweep));
    this.#logger.info(
      { port: running.port, tlsPort: running.tlsPort, io: running.io.name, addresses: addresses.listen.length },
      'TURN relay is listening',
    );
  }

  #create(addresses: Addresses): Running {
    const config = this.#config;
    const { io, fallbackReason } = createIo(config.io);
    if (fallbackReason !== undefined) {
      this.#logger.info({ reason: fallbackReason }, 'relaying over node:dgram; the native addon would cost less');
    }
    const relayAddresses = addresses.relay.map(
      ({ local, advertised }) =>
        new RelayAddress(local, advertised, config.relayPorts, (limit) => systemRandom.below(limit)),
    );
    const connections = new StreamConnections(config.limits, () => systemClock.monotonicMs());
    const core = new Core(this.#coreSettings(), {
      io,
      streams: connections,
      clock: systemClock,
      random: systemRandom,
      observer: {
        authFailed: (failure) => this.#metrics.authFailed(failure),
        allocateAnswered: (code, { transport, client }) =>
          this.#metrics.allocateAnswered(code, transport, client.family),
        allocationStarted: (allocation) => this.#logStart(allocation),
        allocationEnded: (allocation, reason) => this.#logEnd(allocation, reason),
        bugMet: (error) => this.#logger.error({ err: error }, 'a message was dropped because of a bug'),
      },
      auth: this.#createAuth(),
      rules: createRules(config, addresses.own),
      relayAddresses,
    });
    connections.attach(core);
    this.#metrics.watch(core, io, relayAddresses, () => connections.size);
    const material = this.#context.http.tls?.material;
    const tls = material && new TlsAcceptor(material, connections, config.limits.handshakes);
    return { core, io, connections, listeners: [], tls, port: 0, tlsPort: undefined };
  }

  #coreSettings(): ConstructorParameters<typeof Core>[0] {
    const { limits, ...config } = this.#config;
    return {
      limits: {
        defaultLifetimeSeconds: config.defaultLifetimeSeconds,
        maxLifetimeSeconds: config.maxLifetimeSeconds,
        allocations: limits.allocations,
        permissions: limits.permissions,
        channels: limits.channels,
        maxBitrateBps: limits.maxBitrateBps,
        firstChannel: FIRST_CHANNEL,
        lastChannel: config.legacyChannels ? LAST_LEGACY_CHANNEL : LAST_CHANNEL,
        familyFollowsClient: config.familyFollowsClient,
      },
      quotas: limits,
      totalBitrateBps: limits.totalBitrateBps,
      strictExpiry: config.strictExpiry,
      strangerAnswers: { perSource: limits.strangerAnswersPerAddress, total: limits.strangerAnswers },
    };
  }

  #createAuth(): LongTermAuth {
    const { realm = this.#context.xmppDomain, users, nonceLifetimeSeconds, ...config } = this.#config;
    const { turnSecret, nonceSecret } = this.#context.secrets;
    const credentials = new Credentials({
      realm,
      secrets: [config.secret ?? turnSecret, ...config.previousSecrets],
      users: new Map(Object.entries(users)),
    });
    const nonceKey = createHash('sha256').update(nonceSecret).digest();
    return new LongTermAuth(credentials, new Nonces(nonceKey, realm, nonceLifetimeSeconds, credentials.offersUserHash));
  }

  async #listen(running: Running, listen: readonly Address[]): Promise<void> {
    const { tls } = running;
    const tlsFiles = this.#context.http.tls;
    if (tls !== undefined && tlsFiles !== undefined) {
      this.#undo.push(tlsFiles.onReplaced((material) => tls.replace(material)));
      this.#undo.push(() => tls.close());
      this.#metrics.watchCertificate(() => tlsFiles.material.cert);
    }
    this.#undo.push(() => running.connections.close());
    running.port = await this.#listenOnPort(running, listen, this.#config.port, true);
    if (tls !== undefined) running.tlsPort = await this.#listenOnPort(running, listen, this.#config.tlsPort, false);
  }

  /** Opens a port on every address for TCP, and for UDP where asked; with port 0 one that is free everywhere. */
  async #listenOnPort(running: Running, listen: readonly Address[], port: number, hasUdp: boolean): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const opened = { sockets: [] as number[], listeners: [] as TcpListener[] };
      let chosen = port;
      try {
        for (const address of listen) {
          if (hasUdp) chosen = this.#listenUdp(running, address, chosen, opened.sockets);
          const listener = new TcpListener(running.connections, running.tls);
          opened.listeners.push(listener);
          chosen = await listener.listen(formatAddress(address), chosen);
        }
        running.listeners.push(...opened.listeners);
        this.#undo.push(() => opened.listeners.forEach((listener) => listener.close()));
        return chosen;
      } catch (cause) {
        for (const socket of opened.sockets) running.io.close(socket);
        for (const listener of opened.listeners) listener.close();
        if (port !== 0 || attempt >= PORT_ATTEMPTS) throw listenError(port, hasUdp, cause);
      }
    }
  }

  #listenUdp({ io, core }: Running, address: Address, port: number, opened: number[]): number {
    const socket = io.open({ address, port, kind: 'listener', sharesPort: false });
    if (socket < 0) throw new Error(`${formatAddress(address)} (system error ${-socket})`);
    opened.push(socket);
    core.addListener(socket, address.family);
    return io.portOf(socket);
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

  #watchSfus(core: Core): void {
    const watch: Subscription = this.#context.bus.watch(SFU_LEASES, ({ key, value }) => {
      const media = value === undefined ? undefined : readSfuLease(value);
      if (media !== undefined) this.#sfus.set(key, media);
      else {
        this.#sfus.delete(key);
        if (value !== undefined) this.#logger.warn({ key }, 'an sfu announces itself in a form unknown here');
      }
      core.setAnnounced([...this.#sfus.values()]);
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

  async #stop(): Promise<void> {
    const running = this.#running;
    if (running !== undefined) await this.#drain(running.core);
    running?.core.stop();
    for (const undo of this.#undo.toReversed()) await undo();
    this.#running = undefined;
  }

  async #drain(core: Core): Promise<void> {
    core.drain();
    const deadlineMs = systemClock.monotonicMs() + this.#config.drainSeconds * 1000;
    if (this.#config.drainSeconds > 0 && core.allocations.size > 0) {
      this.#logger.info({ allocations: core.allocations.size }, 'draining');
    }
    while (core.allocations.size > 0 && systemClock.monotonicMs() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
  }

  #logStart(allocation: Allocation): void {
    const { id, transport, client, relays, owner } = allocation;
    this.#logger.info(
      {
        allocation: id,
        transport,
        client: formatForLog(client),
        relayPorts: relays.map(({ advertised }) => advertised.port),
        user: hashed(owner.subject),
      },
      'allocation started',
    );
  }

  #logEnd(allocation: Allocation, reason: EndReason): void {
    this.#metrics.allocationEnded(allocation, reason);
    const { id, uplinkBytes, downlinkBytes, createdAtMs } = allocation;
    const seconds = Math.round((systemClock.monotonicMs() - createdAtMs) / 1000);
    this.#logger.info({ allocation: id, reason, seconds, uplinkBytes, downlinkBytes }, 'allocation ended');
  }
}

/** Tells users apart in logs without naming them. */
function hashed(subject: string): string {
  return createHash('sha256').update(subject).digest('hex').slice(0, 8);
}

function ranges(texts: readonly string[]): PeerRange[] {
  return texts.flatMap((text) => parsePeerRange(text) ?? []);
}

function createRules({ peers }: TurnConfig, own: readonly Address[]): PeerRules {
  return new PeerRules({ allow: ranges(peers.allow), deny: ranges(peers.deny), only: ranges(peers.only), own });
}

function listenError(port: number, hasUdp: boolean, cause: unknown): StartError {
  const variable = hasUdp ? 'PARLEY_TURN_PORT' : 'PARLEY_TURN_TLS_PORT';
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new StartError(
    `The TURN relay cannot listen on port ${port}: ${detail}. If another program has it, such as coturn, stop that or set ${variable} to a free port (0 for any); PARLEY_TURN_ENABLED=false runs without a relay.`,
    { cause },
  );
}
