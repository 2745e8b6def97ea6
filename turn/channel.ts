import type { Endpoint } from './endpoint.ts';
import type { Route } from './peer-policy.ts';

/** RFC 8656 §12: a binding lives 600 seconds. */
const CHANNEL_LIFETIME_MS = 600_000;

/** A channel number bound to a peer (RFC 8656 §2.5). */
export interface Channel {
  number: number;
  /** The peer as the client names it. */
  peer: Endpoint;
  /** How packets reach it. */
  route: Route;
  expiresAtMs: number;
}

/** The channels of one allocation. A list with the last hit in front: there are as few as there are peers. */
export class ChannelTable {
  readonly #channels: Channel[] = [];
  #lastByNumber: Channel | undefined;
  #lastByPeer: Channel | undefined;

  get size(): number {
    return this.#channels.length;
  }

  /** The live channel with this number. */
  byNumber(number: number, nowMs: number): Channel | undefined {
    let channel = this.#lastByNumber;
    if (channel === undefined || channel.number !== number) {
      channel = this.#searchNumber(number);
      if (channel === undefined) return undefined;
      this.#lastByNumber = channel;
    }
    return channel.expiresAtMs > nowMs ? channel : undefined;
  }

  /** The live channel bound to this peer. */
  byPeer(peer: Endpoint, nowMs: number): Channel | undefined {
    let channel = this.#lastByPeer;
    if (channel === undefined || !isBoundTo(channel, peer)) {
      channel = this.#searchPeer(peer);
      if (channel === undefined) return undefined;
      this.#lastByPeer = channel;
    }
    return channel.expiresAtMs > nowMs ? channel : undefined;
  }

  /** Binds or refreshes; the caller has checked that neither number nor peer is bound otherwise. */
  bind(number: number, peer: Endpoint, route: Route, nowMs: number): void {
    this.sweep(nowMs);
    const expiresAtMs = nowMs + CHANNEL_LIFETIME_MS;
    const existing = this.byNumber(number, nowMs);
    if (existing === undefined) this.#channels.push({ number, peer: { ...peer }, route, expiresAtMs });
    else {
      existing.expiresAtMs = expiresAtMs;
      existing.route = route;
    }
  }

  /** Removes what has expired and what `isAllowed` no longer lets through. */
  sweep(nowMs: number, isAllowed: (channel: Channel) => boolean = () => true): void {
    for (let i = this.#channels.length - 1; i >= 0; i--) {
      const channel = this.#channels[i];
      if (channel !== undefined && (channel.expiresAtMs <= nowMs || !isAllowed(channel))) {
        this.#channels.splice(i, 1);
        this.#lastByNumber = undefined;
        this.#lastByPeer = undefined;
      }
    }
  }

  // Plain loops: a callback would be made anew for every packet that misses the last hit.
  #searchNumber(number: number): Channel | undefined {
    for (const channel of this.#channels) if (channel.number === number) return channel;
    return undefined;
  }

  #searchPeer(peer: Endpoint): Channel | undefined {
    for (const channel of this.#channels) if (isBoundTo(channel, peer)) return channel;
    return undefined;
  }
}

function isBoundTo(channel: Channel, peer: Endpoint): boolean {
  const bound = channel.peer;
  return (
    bound.w3 === peer.w3 &&
    bound.port === peer.port &&
    bound.w2 === peer.w2 &&
    bound.w1 === peer.w1 &&
    bound.w0 === peer.w0
  );
}
