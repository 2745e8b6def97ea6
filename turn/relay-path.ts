import type { TokenBucket } from '#runtime/token-bucket.ts';
import { type Allocation, NO_STREAM, type Relay } from './allocation.ts';
import { bandwidthLimit } from './bandwidth-limit.ts';
import { CHANNEL_DATA_HEADER_BYTES, channelDataLength, writeChannelDataHeader } from './channel-data.ts';
import { Counter, type Counters, count } from './counters.ts';
import { DataIndicationWriter, ICMP_INDICATION_BYTES } from './data-indication.ts';
import { copyEndpoint, type Endpoint, ipv4 } from './endpoint.ts';
import type { DatagramIo, SendOptions } from './io/datagram-io.ts';
import type { PeerPolicy, Route } from './peer-policy.ts';
import { readUint16 } from './stun/message.ts';
import type { StreamSink } from './stream-sink.ts';

/**
 * Moves packets between clients and peers. Nothing here makes an object, a string or a closure for a packet; the payload
 * stays where it arrived and headers are written in front of it.
 */
export class RelayPath {
  readonly #io: DatagramIo;
  readonly #streams: StreamSink;
  readonly #policy: PeerPolicy;
  readonly #counters: Counters;
  /** What the whole relay may carry in each direction. */
  #totalUplink: TokenBucket | undefined;
  #totalDownlink: TokenBucket | undefined;
  readonly #indications: DataIndicationWriter;
  readonly #directRoute: Route = { wire: ipv4(0), hairpin: undefined };
  readonly #sendOptions: SendOptions = { trafficClass: 0, hopLimit: 0, dontFragment: false };

  constructor(parts: {
    io: DatagramIo;
    streams: StreamSink;
    policy: PeerPolicy;
    counters: Counters;
    randomFill: (target: Uint8Array) => void;
  }) {
    this.#io = parts.io;
    this.#streams = parts.streams;
    this.#policy = parts.policy;
    this.#counters = parts.counters;
    this.#indications = new DataIndicationWriter(parts.randomFill);
  }

  /** Bits a second and direction over all allocations; 0 for no limit. */
  setTotalBitrate(bitrateBps: number, nowMs: number): void {
    this.#totalUplink = bandwidthLimit(bitrateBps, nowMs);
    this.#totalDownlink = bandwidthLimit(bitrateBps, nowMs);
  }

  /**
   * Says how the packet at hand arrived, for the packet it becomes (RFC 8656 §14): one hop less, the same traffic class.
   * @returns false when its hops are used up.
   */
  setArrival(trafficClass: number, hopLimit: number): boolean {
    this.#sendOptions.trafficClass = trafficClass;
    this.#sendOptions.dontFragment = false;
    // 0 means that the back end could not tell; then the default goes out.
    this.#sendOptions.hopLimit = hopLimit === 0 ? 0 : hopLimit - 1;
    if (hopLimit !== 1) return true;
    count(this.#counters, Counter.DROPPED_HOP_LIMIT);
    return false;
  }

  /** A ChannelData message from a client, at `offset` of the slab (RFC 8656 §12.6). */
  channelDataFromClient(allocation: Allocation, offset: number, length: number, nowMs: number): void {
    const { slab } = this.#io;
    const dataBytes = channelDataLength(slab, offset, length);
    if (dataBytes < 0) {
      count(this.#counters, Counter.DROPPED_MALFORMED);
      return;
    }
    const channel = allocation.channels.byNumber(readUint16(slab, offset), nowMs);
    if (channel === undefined) {
      count(this.#counters, Counter.DROPPED_NO_PERMISSION);
      return;
    }
    this.#toPeer(allocation, channel.route, offset + CHANNEL_DATA_HEADER_BYTES, dataBytes, nowMs);
  }

  /** The data of a Send indication whose peer has a permission (RFC 8656 §11.2). */
  dataFromClient(
    allocation: Allocation,
    peer: Endpoint,
    dataOffset: number,
    dataBytes: number,
    dontFragment: boolean,
    nowMs: number,
  ): void {
    const permission = allocation.permissions.find(peer, nowMs);
    const channel = allocation.channels.byPeer(peer, nowMs);
    // The rules are asked again only where they divide the ports of this address.
    let route = channel?.route;
    if (route === undefined && permission?.isLimitedToPorts === true) route = this.#policy.route(peer);
    else if (route === undefined && permission !== undefined && peer.port !== 0) {
      route = this.#directRoute;
      copyEndpoint(route.wire, peer);
    }
    if (route === undefined) {
      count(this.#counters, Counter.DROPPED_NO_PERMISSION);
      return;
    }
    this.#sendOptions.dontFragment = dontFragment;
    this.#toPeer(allocation, route, dataOffset, dataBytes, nowMs);
  }

  #toPeer(allocation: Allocation, route: Route, offset: number, bytes: number, nowMs: number): void {
    const relay = route.wire.family === 4 ? allocation.relay4 : allocation.relay6;
    if (relay === undefined) {
      count(this.#counters, Counter.DROPPED_NO_PERMISSION);
      return;
    }
    if (isOver(allocation.uplinkLimit, bytes, nowMs) || isOver(this.#totalUplink, bytes, nowMs)) {
      count(this.#counters, Counter.DROPPED_BANDWIDTH);
      return;
    }
    allocation.uplinkBytes += bytes;
    count(this.#counters, Counter.UPLINK_PACKETS);
    count(this.#counters, Counter.UPLINK_BYTES, bytes);
    if (route.hairpin === undefined) {
      this.#io.send(relay.socket, offset, bytes, route.wire, this.#sendOptions);
      return;
    }
    const target = route.hairpin.relayAt(route.wire.port);
    if (target !== undefined) {
      count(this.#counters, Counter.HAIRPIN_PACKETS);
      this.dataFromPeer(target, relay.advertised, offset, bytes, nowMs);
    } else if (route.hairpin.isLive(route.wire.port)) {
      // Another worker's: the kernel carries it over.
      this.#io.send(relay.socket, offset, bytes, route.wire, this.#sendOptions);
    } else count(this.#counters, Counter.DROPPED_NO_ALLOCATION);
  }

  /** A packet that arrived at a relayed address from `peer`, at `offset` of the slab (RFC 8656 §11.3, §12.7). */
  dataFromPeer(relay: Relay, peer: Endpoint, offset: number, bytes: number, nowMs: number): void {
    const { allocation } = relay;
    const name = this.#policy.renamesPeers ? this.#policy.nameOf(peer) : peer;
    // A socket that only holds a reserved port (EVEN-PORT) serves nobody yet.
    const isServing = allocation.relay4 === relay || allocation.relay6 === relay;
    const channel = isServing ? allocation.channels.byPeer(name, nowMs) : undefined;
    // A live binding stands for its permission: clients renew bindings, not always the permissions below them.
    if (channel === undefined && !(isServing && this.#isPermitted(allocation, name, nowMs))) {
      count(this.#counters, Counter.DROPPED_NO_PERMISSION);
      return;
    }
    if (isOver(allocation.downlinkLimit, bytes, nowMs) || isOver(this.#totalDownlink, bytes, nowMs)) {
      count(this.#counters, Counter.DROPPED_BANDWIDTH);
      return;
    }
    allocation.downlinkBytes += bytes;
    count(this.#counters, Counter.DOWNLINK_PACKETS);
    count(this.#counters, Counter.DOWNLINK_BYTES, bytes);
    const { slab } = this.#io;
    if (channel !== undefined) {
      const start = offset - CHANNEL_DATA_HEADER_BYTES;
      writeChannelDataHeader(slab, start, channel.number, bytes);
      this.#toClient(allocation, start, bytes + CHANNEL_DATA_HEADER_BYTES);
    } else {
      const start = this.#indications.wrap(slab, offset, bytes, name);
      this.#toClient(allocation, start, offset + ((bytes + 3) & ~3) - start);
    }
  }

  #isPermitted(allocation: Allocation, peer: Endpoint, nowMs: number): boolean {
    const permission = allocation.permissions.find(peer, nowMs);
    if (permission === undefined) return false;
    return !permission.isLimitedToPorts || this.#policy.route(peer) !== undefined;
  }

  #toClient(allocation: Allocation, offset: number, length: number): void {
    if (allocation.stream === NO_STREAM) {
      this.#io.send(allocation.listener, offset, length, allocation.client, this.#sendOptions);
    } else if (!this.#streams.send(allocation.stream, this.#io.slab, offset, length, 'media')) {
      count(this.#counters, Counter.DROPPED_BACKPRESSURE);
    }
  }

  /** An ICMP error about a packet we sent to `peer` (RFC 8656 §11.5). */
  icmpFromPeer(relay: Relay, peer: Endpoint, icmp: number, data: number, nowMs: number): void {
    const name = this.#policy.renamesPeers ? this.#policy.nameOf(peer) : peer;
    const { allocation } = relay;
    if (allocation.channels.byPeer(name, nowMs) === undefined && !this.#isPermitted(allocation, name, nowMs)) return;
    const offset = this.#io.stage(ICMP_INDICATION_BYTES);
    const error = { type: (icmp >>> 8) & 0xff, code: icmp & 0xff, data };
    const length = this.#indications.writeIcmp(this.#io.slab, offset, name, error);
    this.setArrival(0, 0);
    this.#toClient(allocation, offset, length);
  }
}

/** What does not fit is dropped, never queued. */
function isOver(limit: TokenBucket | undefined, bytes: number, nowMs: number): boolean {
  return limit !== undefined && !limit.take(bytes, nowMs);
}
