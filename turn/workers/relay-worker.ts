import { createHash, randomBytes, randomFillSync, randomInt } from 'node:crypto';
import proxyAddr from '@fastify/proxy-addr';
import type { Addresses } from '../addresses.ts';
import type { Allocation, ClientTransport } from '../allocation.ts';
import type { EndReason } from '../allocation-table.ts';
import { FIRST_CHANNEL, LAST_CHANNEL, LAST_LEGACY_CHANNEL } from '../channel-data.ts';
import type { TurnConfig } from '../config.ts';
import { type Clock, Core, type CoreSettings, type RandomSource } from '../core.ts';
import type { Counters } from '../counters.ts';
import { Credentials } from '../credentials.ts';
import { type Address, type Family, formatAddress, formatForLog } from '../endpoint.ts';
import { createIo } from '../io/create-io.ts';
import type { DatagramIo, DatagramIoStats } from '../io/datagram-io.ts';
import { StreamConnections } from '../listeners/stream-connections.ts';
import { TcpListener } from '../listeners/tcp-listener.ts';
import { TlsAcceptor, type TlsMaterial } from '../listeners/tls-acceptor.ts';
import { type AuthFailure, LongTermAuth } from '../long-term-auth.ts';
import { Nonces } from '../nonce.ts';
import type { AnnouncedMedia } from '../peer-policy.ts';
import { parsePeerRange, type PeerRange, PeerRules } from '../peer-rules.ts';
import { Quotas } from '../quotas.ts';
import { RelayAddress } from '../relay-address.ts';
import { ResponseLimiter } from '../response-limiter.ts';
import { fits, type Session, type SessionFilter, sessionOf } from './session.ts';
import type { SharedState } from './shared-state.ts';
import { LocalTally, SharedTally, type Tally } from '../tally.ts';

const SWEEP_MS = 1000;
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

/** What a worker is made of; plain data, since it may be made in a thread of its own. */
export interface RelayWorkerOptions {
  /** 0 is the one in the main thread. */
  readonly index: number;
  readonly config: TurnConfig;
  readonly realm: string;
  /** The shared secrets of time-limited credentials. */
  readonly secrets: readonly string[];
  readonly nonceSecret: string;
  readonly addresses: Addresses;
  readonly tls: TlsMaterial | undefined;
  /** Undefined for a worker that is the only one. */
  readonly shared: SharedState | undefined;
}

/** What of that can change while the relay runs; in the configuration only the settings in `RELOADABLE`. */
export type RelaySettings = Pick<RelayWorkerOptions, 'config' | 'secrets'>;

/** What an allocation is when it begins, for logs. */
export interface AllocationStart {
  readonly allocation: string;
  readonly transport: ClientTransport;
  /** Network of the client. */
  readonly client: string;
  readonly clientPort: number;
  readonly relayPorts: readonly number[];
  /** Tells users apart without naming them. */
  readonly user: string;
}

/** What became of it: one line tells all there is to know. */
export interface AllocationEnd extends AllocationStart {
  readonly reason: EndReason;
  readonly seconds: number;
  readonly uplinkBytes: number;
  readonly downlinkBytes: number;
}

export interface RelayWorkerObserver {
  /** @param times how often; 1 when it is not said. */
  authFailed(failure: AuthFailure, times?: number): void;
  /** @param code 0 for a success. */
  allocateAnswered(code: number, transport: ClientTransport, family: Family, times?: number): void;
  allocationStarted(start: AllocationStart): void;
  allocationEnded(end: AllocationEnd): void;
  bugMet(error: unknown): void;
}

/** A worker's numbers at one moment; counters only grow. */
export interface RelayFigures {
  readonly allocations: number;
  readonly connections: number;
  readonly portsInUse: number;
  readonly ports: number;
  readonly counters: Counters;
  readonly io: DatagramIoStats;
}

/** Ports of the listeners; the TLS one only with a certificate. */
export interface ListenerPorts {
  readonly port: number;
  readonly tlsPort: number | undefined;
}

/** One relay: a core with its sockets, listeners and clock, in whatever thread it is made. */
export class RelayWorker {
  readonly core: Core;
  readonly connections: StreamConnections;
  /** Why the sockets are node:dgram's although the addon was wanted. */
  readonly fallbackReason: string | undefined;
  readonly #quotas: Quotas;
  readonly #strangers: ResponseLimiter;
  #options: RelayWorkerOptions;
  readonly #io: DatagramIo;
  readonly #relayAddresses: readonly RelayAddress[];
  readonly #tls: TlsAcceptor | undefined;
  readonly #isProxy: (address: string) => boolean;
  readonly #listeners: TcpListener[] = [];
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: RelayWorkerOptions, observer: RelayWorkerObserver) {
    const { config, addresses, shared, index } = options;
    this.#options = options;
    const { io, fallbackReason } = createIo(config.io);
    this.#io = io;
    this.fallbackReason = fallbackReason;
    this.#relayAddresses = addresses.relay.map(({ local, advertised }, i) => {
      const buffer = shared?.portHolders[i];
      const holders = buffer && { holders: new Uint8Array(buffer), worker: index };
      return new RelayAddress(local, advertised, portsOf(options), (limit) => systemRandom.below(limit), holders);
    });
    const tally = (buffer: SharedArrayBuffer | undefined): Tally =>
      buffer === undefined ? new LocalTally() : new SharedTally(buffer, index, shared?.seed ?? '');
    const { limits } = config;
    const nowMs = (): number => systemClock.monotonicMs();
    this.connections = new StreamConnections(limits, nowMs, tally(shared?.connections));
    const seed = shared === undefined ? systemRandom.below(2 ** 31) : Number.parseInt(shared.seed.slice(0, 8), 16) | 0;
    this.#strangers = new ResponseLimiter(limits, seed, shared?.strangers);
    this.#quotas = new Quotas(limits, tally(shared?.users), tally(shared?.clients));
    this.core = new Core(coreSettings(config, shared?.workers ?? 1), {
      io,
      streams: this.connections,
      clock: systemClock,
      random: systemRandom,
      observer: {
        authFailed: (failure) => observer.authFailed(failure),
        allocateAnswered: (code, { transport, client }) => observer.allocateAnswered(code, transport, client.family),
        allocationStarted: (allocation) => observer.allocationStarted(startOf(allocation)),
        allocationEnded: (allocation, reason) => observer.allocationEnded(endOf(allocation, reason, nowMs())),
        bugMet: (error) => observer.bugMet(error),
      },
      auth: createAuth(options),
      rules: createRules(config, addresses.own),
      relayAddresses: this.#relayAddresses,
      quotas: this.#quotas,
      strangers: this.#strangers,
    });
    this.connections.attach(this.core);
    const isTrusted = proxyAddr.compile([...config.trustedProxies]);
    // A peer that is gone already has no address.
    this.#isProxy = (address) => address !== '' && isTrusted(address, 0);
    this.#tls = options.tls && new TlsAcceptor(options.tls, this.connections, limits.handshakes);
  }

  get ioName(): DatagramIo['name'] {
    return this.#io.name;
  }

  /**
   * Opens the listeners; nothing is served before `serve`.
   * @throws ListenError
   */
  async listen(ports: ListenerPorts): Promise<ListenerPorts> {
    const port = await this.#listenOnPort(ports.port, true);
    const hasTls = this.#tls !== undefined && ports.tlsPort !== undefined;
    return { port, tlsPort: hasTls ? await this.#listenOnPort(ports.tlsPort, false) : undefined };
  }

  /** Opens a port on every address for TCP, and for UDP where asked; with port 0 one that is free everywhere. */
  async #listenOnPort(port: number, hasUdp: boolean): Promise<number> {
    const sharesPort = this.#options.shared !== undefined;
    for (let attempt = 1; ; attempt++) {
      const opened = { sockets: [] as number[], listeners: [] as TcpListener[] };
      let chosen = port;
      try {
        for (const address of this.#options.addresses.listen) {
          if (hasUdp) chosen = this.#listenUdp(address, chosen, sharesPort, opened.sockets);
          const listener = new TcpListener({ connections: this.connections, tls: this.#tls, isProxy: this.#isProxy });
          opened.listeners.push(listener);
          chosen = await listener.listen(formatAddress(address), chosen, sharesPort);
        }
        this.#listeners.push(...opened.listeners);
        return chosen;
      } catch (cause) {
        for (const socket of opened.sockets) this.#io.close(socket);
        for (const listener of opened.listeners) listener.close();
        if (port !== 0 || attempt >= PORT_ATTEMPTS) throw new ListenError(port, hasUdp, cause);
      }
    }
  }

  #listenUdp(address: Address, port: number, sharesPort: boolean, opened: number[]): number {
    const socket = this.#io.open({ address, port, kind: 'listener', sharesPort });
    if (socket < 0) throw new Error(`${formatAddress(address)} (system error ${-socket})`);
    opened.push(socket);
    this.core.addListener(socket, address.family);
    return this.#io.portOf(socket);
  }

  /** From now on clients are served. */
  serve(): void {
    this.core.serve();
    this.#sweep = setInterval(() => {
      this.core.sweep();
      this.connections.sweep();
    }, SWEEP_MS);
  }

  setDraining(isDraining: boolean): void {
    this.core.setDraining(isDraining);
  }

  /** Running allocations keep what they have, but for peers that the new rules deny. */
  reconfigure(settings: RelaySettings): void {
    const options = { ...this.#options, ...settings };
    this.#options = options;
    const settingsOfCore = coreSettings(options.config, options.shared?.workers ?? 1);
    this.core.setAuth(createAuth(options), settingsOfCore.strictExpiry);
    this.core.setLimits(settingsOfCore);
    const { limits } = options.config;
    this.#quotas.settings = limits;
    this.#strangers.limits = limits;
    this.connections.limits = limits;
    if (this.#tls !== undefined) this.#tls.maxHandshakes = limits.handshakes;
    this.core.setRules(createRules(options.config, options.addresses.own));
  }

  /** Live allocations that fit. */
  sessions(filter: SessionFilter, limit: number): Session[] {
    return this.#find(filter)
      .take(limit)
      .map((allocation) => sessionOf(allocation, this.#options.index, systemClock.monotonicMs()))
      .toArray();
  }

  /** Ends the allocations that fit. @returns at most so many of them, as they were. */
  kill(filter: SessionFilter, limit: number): Session[] {
    const sessions = this.sessions(filter, limit);
    for (const allocation of this.#find(filter)) this.core.kill(allocation);
    return sessions;
  }

  get relayAddresses(): readonly RelayAddress[] {
    return this.#relayAddresses;
  }

  #find(filter: SessionFilter): IteratorObject<Allocation> {
    return this.core.allocations[Symbol.iterator]().filter((allocation) => fits(allocation, filter));
  }

  setAnnounced(media: readonly AnnouncedMedia[]): void {
    this.core.setAnnounced(media);
  }

  replaceCertificate(material: TlsMaterial): void {
    this.#tls?.replace(material);
  }

  figures(): RelayFigures {
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
    return {
      allocations: this.core.allocations.size,
      connections: this.connections.size,
      portsInUse: sum(this.#relayAddresses.map(({ portsInUse }) => portsInUse)),
      ports: sum(this.#relayAddresses.map(({ portCount }) => portCount)),
      counters: this.core.counters,
      io: this.#io.stats(),
    };
  }

  /** Ends every allocation, connection and socket. Can follow a `listen` that failed. */
  stop(): void {
    clearInterval(this.#sweep);
    this.core.stop();
    for (const listener of this.#listeners) listener.close();
    this.connections.close();
    this.#tls?.close();
    this.#io.stop();
  }
}

/** A listener could not be opened. */
export class ListenError extends Error {
  readonly code = 'ERR_TURN_LISTEN';
  readonly port: number;
  readonly hasUdp: boolean;

  constructor(port: number, hasUdp: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.port = port;
    this.hasUdp = hasUdp;
  }
}

/** Relay ports are divided, so that two workers never race for one; parts begin at even ports, for EVEN-PORT. */
function portsOf({ config, shared, index }: RelayWorkerOptions): { min: number; max: number } {
  const { min, max } = config.relayPorts;
  const workers = shared?.workers ?? 1;
  const begin = (part: number): number => min + Math.floor(((max - min + 1) * part) / workers / 2) * 2;
  return { min: begin(index), max: index === workers - 1 ? max : begin(index + 1) - 1 };
}

/** Limits on the whole are divided evenly too: the kernel spreads clients evenly over the workers. */
function coreSettings({ limits, ...config }: TurnConfig, workers: number): CoreSettings {
  return {
    limits: {
      defaultLifetimeSeconds: config.defaultLifetimeSeconds,
      maxLifetimeSeconds: config.maxLifetimeSeconds,
      allocations: Math.ceil(limits.allocations / workers),
      permissions: limits.permissions,
      channels: limits.channels,
      maxBitrateBps: limits.maxBitrateBps,
      firstChannel: FIRST_CHANNEL,
      lastChannel: config.legacyChannels ? LAST_LEGACY_CHANNEL : LAST_CHANNEL,
      familyFollowsClient: config.familyFollowsClient,
    },
    totalBitrateBps: Math.ceil(limits.totalBitrateBps / workers),
    strictExpiry: config.strictExpiry,
  };
}

function createAuth({ realm, secrets, nonceSecret, config }: RelayWorkerOptions): LongTermAuth {
  const credentials = new Credentials({ realm, secrets, users: new Map(Object.entries(config.users)) });
  const key = createHash('sha256').update(nonceSecret).digest();
  return new LongTermAuth(credentials, new Nonces(key, realm, config.nonceLifetimeSeconds, credentials.offersUserHash));
}

function ranges(texts: readonly string[]): PeerRange[] {
  return texts.flatMap((text) => parsePeerRange(text) ?? []);
}

function createRules({ peers }: TurnConfig, own: readonly Address[]): PeerRules {
  return new PeerRules({ allow: ranges(peers.allow), deny: ranges(peers.deny), only: ranges(peers.only), own });
}

function startOf({ id, transport, client, relays, owner }: Allocation): AllocationStart {
  return {
    allocation: id,
    transport,
    client: formatForLog(client),
    clientPort: client.port,
    relayPorts: relays.map(({ advertised }) => advertised.port),
    user: createHash('sha256').update(owner.subject).digest('hex').slice(0, 8),
  };
}

function endOf(allocation: Allocation, reason: EndReason, nowMs: number): AllocationEnd {
  const { uplinkBytes, downlinkBytes, createdAtMs } = allocation;
  const seconds = Math.round((nowMs - createdAtMs) / 1000);
  return { ...startOf(allocation), reason, seconds, uplinkBytes, downlinkBytes };
}
