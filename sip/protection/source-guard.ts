import { addressGroup } from '#runtime/address-group.ts';
import { TokenBucket } from '#runtime/token-bucket.ts';
import { MESSAGE_LIMITS } from '../message/limits.ts';

export interface GuardLimits {
  readonly messageBytes: number;
  /** Of one source that is no trunk; twice as many may come at once. */
  readonly invitesPerSecond: number;
  /** The same for everything else. */
  readonly othersPerSecond: number;
  /** How long a source that sent more is not heard. */
  readonly banMs: number;
  /** Of all sources together, trunks too. */
  readonly totalPerSecond: number;
}

export const GUARD_LIMITS: GuardLimits = {
  messageBytes: MESSAGE_LIMITS.messageBytes,
  invitesPerSecond: 5,
  othersPerSecond: 20,
  banMs: 600_000,
  totalPerSecond: 5_000,
};

/** `overload`: not this source's fault, there is too much of everything. */
export type GuardVerdict = 'pass' | 'too-large' | 'banned' | 'too-many' | 'overload';

interface Allowance {
  readonly invites: TokenBucket;
  readonly others: TokenBucket;
}

/** So many sources are remembered, and so many bans. The source address of a datagram can be forged, so there may be any number. */
const MAX_SOURCES = 10_000;
const BURST_SECONDS = 2;
const INVITE = Buffer.from('INVITE ');

/**
 * What may be read at all, before a byte of it is understood (sip-and-recording.md §3.3): per source, which is an IPv4 address
 * or a /64, and in total. Trunks are never banned; a forger could have them banned otherwise.
 */
export class SourceGuard {
  readonly #limits: GuardLimits;
  readonly #total: TokenBucket;
  readonly #allowances = new Map<string, Allowance>();
  /** Until when, by source. */
  readonly #bans = new Map<string, number>();

  /** @param nowMs here and below: of a clock that does not step back. */
  constructor(limits: GuardLimits, nowMs: number) {
    this.#limits = limits;
    this.#total = new TokenBucket(limits.totalPerSecond, limits.totalPerSecond, nowMs);
  }

  judge(address: string, bytes: Uint8Array, isTrunk: boolean, nowMs: number): GuardVerdict {
    const source = isTrunk ? undefined : addressGroup(address);
    if (source !== undefined && this.#isBanned(source, nowMs)) return 'banned';
    if (bytes.length > this.#limits.messageBytes) return 'too-large';
    if (source !== undefined && !this.#takeOf(source, bytes, nowMs)) {
      this.#allowances.delete(source);
      remember(this.#bans, source, nowMs + this.#limits.banMs);
      return 'too-many';
    }
    return this.#total.take(1, nowMs) ? 'pass' : 'overload';
  }

  /** Sources that are not heard now, for the figures. */
  get bans(): number {
    return this.#bans.size;
  }

  #isBanned(source: string, nowMs: number): boolean {
    const untilMs = this.#bans.get(source);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#bans.delete(source);
    return false;
  }

  #takeOf(source: string, bytes: Uint8Array, nowMs: number): boolean {
    let allowance = this.#allowances.get(source);
    if (allowance === undefined) {
      const { invitesPerSecond, othersPerSecond } = this.#limits;
      allowance = {
        invites: new TokenBucket(BURST_SECONDS * invitesPerSecond, invitesPerSecond, nowMs),
        others: new TokenBucket(BURST_SECONDS * othersPerSecond, othersPerSecond, nowMs),
      };
      remember(this.#allowances, source, allowance);
    }
    return (isInvite(bytes) ? allowance.invites : allowance.others).take(1, nowMs);
  }
}

/** Adds an entry; the oldest gives way when there are too many. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > MAX_SOURCES && oldest.done !== true) map.delete(oldest.value);
}

function isInvite(bytes: Uint8Array): boolean {
  return INVITE.every((byte, i) => bytes[i] === byte);
}
