import { type Address, type Family, IPV4_WORD, parseAddress } from './endpoint.ts';

/**
 * Ranges no peer may be in unless the operator opens them: this host, private, link-local, shared, documentation,
 * benchmarking, relay anycast, multicast and reserved addresses (IANA special-purpose registries, RFC 6890).
 */
const DENIED_BY_DEFAULT = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** A range of addresses, and of ports when the text names one: `10.0.0.0/8`, `2001:db8::7`, `10.1.2.3:10000-10100`. */
export interface PeerRange extends Address {
  prefixBits: number;
  minPort: number;
  maxPort: number;
}

const WITH_PORTS =
  /^(?:(?<v4>[\d.]+)|\[(?<v6>[^\]]+)\])(?:\/(?<prefix>\d{1,3}))?(?::(?<min>\d{1,5})(?:-(?<max>\d{1,5}))?)?$/u;
const BARE_IPV6 = /^(?<v6>[\da-fA-F:.]+)(?:\/(?<prefix>\d{1,3}))?$/u;

/** Reads a range; undefined when the text is none. An IPv6 range with ports needs brackets: `[2001:db8::]/64:5000`. */
export function parsePeerRange(text: string): PeerRange | undefined {
  const groups = (WITH_PORTS.exec(text) ?? BARE_IPV6.exec(text))?.groups ?? {};
  const address = parseAddress(groups['v4'] ?? groups['v6'] ?? '');
  if (address === undefined) return undefined;
  const maxBits = address.family === 4 ? 32 : 128;
  const prefixBits = Number(groups['prefix'] ?? maxBits);
  const minPort = Number(groups['min'] ?? 1);
  const maxPort = Number(groups['max'] ?? groups['min'] ?? 65_535);
  if (prefixBits > maxBits || minPort > maxPort || minPort === 0 || maxPort > 65_535) return undefined;
  const { family, w0, w1, w2, w3 } = address;
  return { family, w0, w1, w2, w3, prefixBits, minPort, maxPort };
}

function contains(range: PeerRange, address: Address): boolean {
  if (range.family !== address.family) return false;
  const skippedBits = range.family === 4 ? 96 : 0;
  const bits = range.prefixBits + skippedBits;
  return (
    sameBits(range.w0, address.w0, bits) &&
    sameBits(range.w1, address.w1, bits - 32) &&
    sameBits(range.w2, address.w2, bits - 64) &&
    sameBits(range.w3, address.w3, bits - 96)
  );
}

function sameBits(a: number, b: number, bits: number): boolean {
  if (bits <= 0) return true;
  return bits >= 32 ? a === b : (a ^ b) >>> (32 - bits) === 0;
}

/**
 * The address a packet to `address` would really reach: IPv4 inside IPv6 is unwrapped (NAT64 64:ff9b::/96 and 6to4
 * 2002::/16). IPv4-mapped and IPv4-compatible addresses are no destinations on the wire at all: undefined.
 */
function canonicalPeer(address: Address): Address | undefined {
  if (address.family === 4) return address;
  const { w0, w1, w2, w3 } = address;
  const isLoopbackOrUnspecified = w2 === 0 && (w3 === 0 || w3 === 1);
  if (w0 === 0 && w1 === 0 && (w2 === 0 || w2 === IPV4_WORD)) return isLoopbackOrUnspecified ? address : undefined;
  if (w0 === 0x0064ff9b && w1 === 0 && w2 === 0) return ipv4Of(w3);
  if (w0 >>> 16 === 0x2002) return ipv4Of((w0 << 16) | (w1 >>> 16));
  return address;
}

function ipv4Of(w3: number): Address {
  return { family: 4 satisfies Family, w0: 0, w1: 0, w2: IPV4_WORD, w3 };
}

export interface PeerRuleSettings {
  /** Opens ranges that are denied by default. */
  allow: readonly PeerRange[];
  /** Denies further ranges. */
  deny: readonly PeerRange[];
  /** When not empty, every peer must be in one of these. */
  only: readonly PeerRange[];
  /** Addresses of this host, each denied. */
  own: readonly Address[];
}

/** What the rules say of an address: all its ports, some of them, none. */
export type PeerVerdict = 'all-ports' | 'some-ports' | 'none';

/**
 * The static rules on peers. The most specific range decides; between an allowed range and an equally specific default
 * the allowed one wins, between it and the operator's own denial the denial does.
 */
export class PeerRules {
  readonly #allow: readonly PeerRange[];
  readonly #only: readonly PeerRange[];
  readonly #operatorDeny: readonly PeerRange[];
  readonly #defaultDeny: readonly PeerRange[];

  constructor(settings: PeerRuleSettings) {
    this.#allow = [...settings.allow, ...settings.only];
    this.#only = settings.only;
    this.#operatorDeny = settings.deny;
    const own = settings.own.map((address) => ({
      ...address,
      prefixBits: address.family === 4 ? 32 : 128,
      minPort: 1,
      maxPort: 65_535,
    }));
    this.#defaultDeny = [...DENIED_BY_DEFAULT.flatMap((text) => parsePeerRange(text) ?? []), ...own];
  }

  /** Whether the rules allow this very address and port. */
  allowsEndpoint(peer: Address, port: number): boolean {
    const address = canonicalPeer(peer);
    if (address === undefined) return false;
    if (this.#only.length > 0 && !this.#only.some((range) => contains(range, address) && hasPort(range, port))) {
      return false;
    }
    const allowBits = longestMatch(this.#allow, address, port);
    const defaultBits = longestMatch(this.#defaultDeny, address, port);
    const operatorBits = longestMatch(this.#operatorDeny, address, port);
    return (defaultBits < 0 || allowBits >= defaultBits) && (operatorBits < 0 || allowBits > operatorBits);
  }

  /** What a permission, which names no port, may cover. */
  judge(peer: Address): PeerVerdict {
    const ports = this.#portBoundaries();
    const allowed = ports.filter((port) => this.allowsEndpoint(peer, port)).length;
    if (allowed === 0) return 'none';
    return allowed === ports.length ? 'all-ports' : 'some-ports';
  }

  /** One port from every stretch that no rule divides. */
  #portBoundaries(): number[] {
    const boundaries = new Set([1]);
    for (const range of [...this.#allow, ...this.#operatorDeny]) {
      boundaries.add(range.minPort);
      if (range.maxPort < 65_535) boundaries.add(range.maxPort + 1);
    }
    return [...boundaries];
  }
}

function hasPort(range: PeerRange, port: number): boolean {
  return port >= range.minPort && port <= range.maxPort;
}

function longestMatch(ranges: readonly PeerRange[], address: Address, port: number): number {
  let bits = -1;
  for (const range of ranges) {
    if (range.prefixBits > bits && hasPort(range, port) && contains(range, address)) bits = range.prefixBits;
  }
  return bits;
}
