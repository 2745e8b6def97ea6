import { isIPv4, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** Where media sockets are bound and what clients are told; decided once at start (decisions.md, "Configuration"). */
export interface MediaAddresses {
  /** In the order of preference. */
  readonly announced: readonly string[];
  /** Local addresses to bind, or the family's wildcard. */
  readonly bound: readonly string[];
}

export type NetworkInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * @param configured what is to be announced; empty means every address of the machine, the loopback address only where
 * there is no other. One that the machine does not have (a NAT's) makes its whole family bind the wildcard, since two
 * sockets cannot share a port otherwise.
 */
export function resolveMediaAddresses(configured: readonly string[], interfaces: NetworkInterfaces): MediaAddresses {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const external = all.filter((entry) => !entry.internal && !isLinkLocal(entry)).map((entry) => entry.address);
  const announced = distinct(
    configured.length > 0 ? configured.map(normalize) : external.length > 0 ? external : ['127.0.0.1'],
  );
  const local = new Set(all.map((entry) => entry.address));
  const bound = [
    ...boundInFamily(announced.filter(isIPv4), local, '0.0.0.0'),
    ...boundInFamily(announced.filter(isIPv6), local, '::'),
  ];
  return { announced, bound };
}

function boundInFamily(announced: readonly string[], local: ReadonlySet<string>, wildcard: string): readonly string[] {
  return announced.every((address) => local.has(address)) ? announced : [wildcard];
}

/** fe80::/10 needs a zone that means nothing to the other side; 169.254/16 is no better. */
function isLinkLocal({ address }: NetworkInterfaceInfo): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address) || address.startsWith('169.254.');
}

/** One spelling per address, the one that the operating system uses (RFC 5952). */
function normalize(address: string): string {
  if (isIPv4(address)) return address;
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function distinct(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses)];
}
