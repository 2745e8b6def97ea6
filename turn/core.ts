import { type Allocation, NO_STREAM } from './allocation.ts';
import { AllocationTable, type EndReason } from './allocation-table.ts';
import { isChannelDataByte } from './channel-data.ts';
import { Counter, type Counters, count, createCounters } from './counters.ts';
import { type Endpoint, ipv4, type Family } from './endpoint.ts';
import { DEFAULT_SEND_OPTIONS, type DatagramIo, Received, RECEIVED_STRIDE } from './io/datagram-io.ts';
import type { LongTermAuth } from './long-term-auth.ts';
import { type AnnouncedMedia, PeerPolicy } from './peer-policy.ts';
import type { PeerRules } from './peer-rules.ts';
import type { Quotas } from './quotas.ts';
import type { RelayAddress } from './relay-address.ts';
import { RelayPath } from './relay-path.ts';
import type { AllocationLimits, HandlerContext, Source } from './request.ts';
import { type RequestObserver, RequestServer } from './request-server.ts';
import type { ResponseLimiter } from './response-limiter.ts';
import type { StreamSink } from './stream-sink.ts';

export interface Clock {
  /** Milliseconds that never jump. */
  monotonicMs(): number;
  /** Whole seconds since 1970. */
  unixSeconds(): number;
}

/** Randomness is passed in, so that a run can be repeated. In service it is node:crypto. */
export interface RandomSource {
  fill(target: Uint8Array): void;
  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number;
  hex(bytes: number): string;
}

export interface CoreSettings {
  limits: AllocationLimits;
  /** Bits a second and direction over all allocations; 0 for no limit. */
  totalBitrateBps: number;
  strictExpiry: boolean;
}

export interface CoreObserver extends RequestObserver {
  allocationStarted(allocation: Allocation): void;
  allocationEnded(allocation: Allocation, reason: EndReason): void;
}

/** A relay port that sends to itself by the address others know (self-test.ts). */
export interface Probe {
  send(): void;
  close(): void;
}

/** A UDP listener of ours, by its socket number. */
interface Listener {
  socket: number;
  family: Family;
}

/**
 * The relay without sockets: told of packets, connections and the time, it queues packets at the back ends. Everything a
 * stranger sends passes through here, and a failure in one message ends that message only.
 */
export class Core {
  readonly allocations: AllocationTable;
  readonly policy: PeerPolicy;
  readonly counters: Counters = createCounters();
  readonly #io: DatagramIo;
  readonly #clock: Clock;
  readonly #observer: CoreObserver;
  readonly #relayPath: RelayPath;
  readonly #requests: RequestServer;
  readonly #context: HandlerContext;
  readonly #listeners: (Listener | undefined)[] = [];
  readonly #probes = new Map<number, { payload: Buffer; onArrived: () => void }>();
  /** Reused for every packet. */
  readonly #from: Endpoint = ipv4(0);
  readonly #source: Source = { transport: 'udp', listener: 0, stream: NO_STREAM, client: this.#from };

  constructor(
    settings: CoreSettings,
    parts: {
      io: DatagramIo;
      streams: StreamSink;
      clock: Clock;
      random: RandomSource;
      observer: CoreObserver;
      auth: LongTermAuth;
      rules: PeerRules;
      relayAddresses: readonly RelayAddress[];
      quotas: Quotas;
      strangers: ResponseLimiter;
    },
  ) {
    const { io, streams, clock, random, observer, relayAddresses, quotas } = parts;
    this.#io = io;
    this.#clock = clock;
    this.#observer = observer;
    this.policy = new PeerPolicy(parts.rules, relayAddresses);
    this.allocations = new AllocationTable(io, quotas, relayAddresses, random.below(2 ** 31));
    this.allocations.onStarted = (allocation) => observer.allocationStarted(allocation);
    this.allocations.onEnded = (allocation, reason) => observer.allocationEnded(allocation, reason);
    this.#relayPath = new RelayPath({
      io,
      streams,
      policy: this.policy,
      counters: this.counters,
      randomFill: (target) => random.fill(target),
    });
    this.#relayPath.setTotalBitrate(settings.totalBitrateBps, clock.monotonicMs());
    this.#context = {
      allocations: this.allocations,
      policy: this.policy,
      quotas,
      limits: settings.limits,
      isDraining: false,
      canSetDontFragment: io.carriesIpHeader,
      randomHex: (bytes) => random.hex(bytes),
    };
    this.#requests = new RequestServer({
      io,
      relayPath: this.#relayPath,
      context: this.#context,
      auth: parts.auth,
      strictExpiry: settings.strictExpiry,
      limiter: parts.strangers,
      counters: this.counters,
      observer,
      sendToStream: (stream, bytes, offset, length) => streams.send(stream, bytes, offset, length, 'answer'),
    });
    this.#requests.nowSeconds = clock.unixSeconds();
  }

  /** Begins to take datagrams: every socket of every worker must be open by then, for each one moves clients about. */
  serve(): void {
    this.#io.onReceived = (received) => this.#onReceived(received);
  }

  addListener(socket: number, family: Family): void {
    this.#listeners[socket] = { socket, family };
  }

  /** While draining nobody new is admitted. */
  setDraining(isDraining: boolean): void {
    this.#context.isDraining = isDraining;
  }

  setAuth(auth: LongTermAuth, strictExpiry: boolean): void {
    this.#requests.auth = auth;
    this.#requests.strictExpiry = strictExpiry;
  }

  /** Running allocations keep the bit rate they have; what they have together changes at once. */
  setLimits({ limits, totalBitrateBps }: Pick<CoreSettings, 'limits' | 'totalBitrateBps'>): void {
    this.#context.limits = limits;
    this.#relayPath.setTotalBitrate(totalBitrateBps, this.#clock.monotonicMs());
  }

  setRules(rules: PeerRules): void {
    this.policy.setRules(rules);
    this.#recheckPeers();
  }

  setAnnounced(media: readonly AnnouncedMedia[]): void {
    this.policy.setAnnounced(media);
    this.#recheckPeers();
  }

  /** What was allowed under older rules goes when the new ones deny it. */
  #recheckPeers(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const { permissions, channels } of this.allocations) {
      permissions.sweep(nowMs, (permission) => {
        const verdict = this.policy.judge(permission);
        permission.isLimitedToPorts = verdict === 'some-ports';
        return verdict !== 'none';
      });
      channels.sweep(nowMs, (channel) => {
        const route = this.policy.route(channel.peer);
        if (route !== undefined) channel.route = route;
        return route !== undefined;
      });
    }
  }

  /** Once a second. */
  sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#requests.nowSeconds = this.#clock.unixSeconds();
    this.allocations.sweep(nowMs);
    this.#requests.sweep(nowMs);
    if (this.#requests.strictExpiry) this.#endExpiredCredentials(nowMs);
    this.#io.flush();
  }

  #endExpiredCredentials(nowMs: number): void {
    for (const allocation of this.allocations) {
      const { expirySeconds } = allocation.owner;
      if (expirySeconds !== undefined && expirySeconds <= this.#requests.nowSeconds) {
        this.allocations.end(allocation, 'credential-expired', nowMs);
      }
    }
  }

  #onReceived(received: number): void {
    const nowMs = this.#clock.monotonicMs();
    for (let i = 0; i < received; i++) {
      try {
        this.#onDatagram(i * RECEIVED_STRIDE, nowMs);
      } catch (error) {
        count(this.counters, Counter.BUGS);
        this.#observer.bugMet(error);
      }
    }
  }

  #onDatagram(record: number, nowMs: number): void {
    const { received } = this.#io;
    const socket = received[record + Received.SOCKET] ?? 0;
    const offset = received[record + Received.OFFSET] ?? 0;
    const length = received[record + Received.LENGTH] ?? 0;
    const icmp = received[record + Received.ICMP] ?? 0;
    const from = this.#from;
    from.port = received[record + Received.PORT] ?? 0;
    from.w0 = received[record + Received.W0] ?? 0;
    from.w1 = received[record + Received.W1] ?? 0;
    from.w2 = received[record + Received.W2] ?? 0;
    from.w3 = received[record + Received.W3] ?? 0;
    const relay = this.allocations.relayBySocket(socket);
    if (relay !== undefined) {
      from.family = relay.address.local.family;
      if (icmp !== 0) {
        this.#relayPath.icmpFromPeer(relay, from, icmp, received[record + Received.ICMP_DATA] ?? 0, nowMs);
      } else if (this.#setArrival(record)) {
        this.#relayPath.dataFromPeer(relay, from, offset, length, nowMs);
      }
      return;
    }
    const listener = this.#listeners[socket];
    if (listener === undefined) {
      const probe = this.#probes.get(socket);
      if (probe?.payload.equals(this.#io.slab.subarray(offset, offset + length)) === true) probe.onArrived();
      return;
    }
    if (icmp !== 0) return;
    from.family = listener.family;
    this.#onClientDatagram(record, socket, offset, length, nowMs);
  }

  #setArrival(record: number): boolean {
    const { received } = this.#io;
    return this.#relayPath.setArrival(
      received[record + Received.TRAFFIC_CLASS] ?? 0,
      received[record + Received.HOP_LIMIT] ?? 0,
    );
  }

  #onClientDatagram(record: number, socket: number, offset: number, length: number, nowMs: number): void {
    const { slab } = this.#io;
    const firstByte = length === 0 ? 0xff : (slab[offset] ?? 0xff);
    if (isChannelDataByte(firstByte)) {
      const allocation = this.allocations.findByClient(socket, this.#from);
      if (allocation === undefined) count(this.counters, Counter.DROPPED_NO_ALLOCATION);
      else if (this.#setArrival(record)) {
        this.#relayPath.channelDataFromClient(allocation, offset, length, nowMs);
      }
    } else if (firstByte < 4) {
      this.#source.listener = socket;
      if (this.#setArrival(record)) this.#requests.handle(slab, offset, length, this.#source, nowMs);
    } else count(this.counters, Counter.DROPPED_MALFORMED);
  }

  /**
   * One whole message of a client's connection, copied to where the back end can send from.
   * @param length without padding.
   * @returns false when the connection must be closed.
   */
  onStreamMessage(source: Source, bytes: Uint8Array, start: number, length: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    try {
      const offset = this.#io.stage(length);
      this.#io.slab.set(bytes.subarray(start, start + length), offset);
      this.#relayPath.setArrival(0, 0);
      if (!isChannelDataByte(bytes[start] ?? 0)) {
        return this.#requests.handle(this.#io.slab, offset, length, source, nowMs);
      }
      const allocation = this.allocations.findByStream(source.stream);
      if (allocation !== undefined) this.#relayPath.channelDataFromClient(allocation, offset, length, nowMs);
      else count(this.counters, Counter.DROPPED_NO_ALLOCATION);
      return true;
    } catch (error) {
      count(this.counters, Counter.BUGS);
      this.#observer.bugMet(error);
      return false;
    }
  }

  /** Sends what the messages of a connection have queued. */
  flush(): void {
    this.#io.flush();
  }

  hasAllocation(stream: number): boolean {
    return this.allocations.findByStream(stream) !== undefined;
  }

  /** A client's connection is gone, and its allocation with it (RFC 8656 §3.1). */
  onStreamClosed(stream: number): void {
    const allocation = this.allocations.findByStream(stream);
    if (allocation !== undefined) this.allocations.end(allocation, 'disconnected', this.#clock.monotonicMs());
  }

  /** Opens a port as an allocation would; undefined when none is to be had. */
  openProbe(address: RelayAddress, payload: Buffer, onArrived: () => void): Probe | undefined {
    const relay = this.allocations.openOn(address, 'any', this.#clock.monotonicMs());
    if (relay === undefined) return undefined;
    this.#probes.set(relay.socket, { payload, onArrived });
    return {
      send: () => {
        const offset = this.#io.stage(payload.length);
        this.#io.slab.set(payload, offset);
        const to = { ...address.advertised, port: relay.port };
        this.#io.send(relay.socket, offset, payload.length, to, DEFAULT_SEND_OPTIONS);
        this.#io.flush();
      },
      close: () => {
        this.#probes.delete(relay.socket);
        this.allocations.closeUnused(relay);
      },
    };
  }

  /** Ends an allocation on an administrator's word. */
  kill(allocation: Allocation): void {
    this.allocations.end(allocation, 'killed', this.#clock.monotonicMs());
  }

  stop(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const allocation of this.allocations) this.allocations.end(allocation, 'stopped', nowMs);
    this.#io.flush();
  }
}
