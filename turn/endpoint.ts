import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Family = 4 | 6;

/**
 * An IP address as four signed 32-bit words, so that relaying never touches text. IPv4 stands in the last word behind
 * the words 0, 0, 0xffff; the family tells it from the IPv6 address ::ffff:a.b.c.d, which no socket of ours ever sees.
 */
export interface Address {
  family: Family;
  w0: number;
  w1: number;
  w2: number;
  w3: number;
}

/** An address with a UDP or TCP port. */
export interface Endpoint extends Address {
  port: number;
}

/** Third word of an IPv4 address in the four-word form. */
export const IPV4_WORD = 0xffff;

export function ipv4(w3: number, port = 0): Endpoint {
  return { family: 4, w0: 0, w1: 0, w2: IPV4_WORD, w3: w3 | 0, port };
}

/** The address a text stands for, or undefined. Only full dotted quads and IPv6 literals without a zone are read. */
export function parseAddress(text: string): Endpoint | undefined {
  const version = isIP(text);
  if (version === 0 || text.includes('%')) return undefined;
  const bytes = ipaddr.parse(text).toByteArray();
  const word = (index: number): number =>
    ((bytes[index] ?? 0) << 24) |
    ((bytes[index + 1] ?? 0) << 16) |
    ((bytes[index + 2] ?? 0) << 8) |
    (bytes[index + 3] ?? 0);
  if (version === 4) return ipv4(word(0));
  return { family: 6, w0: word(0), w1: word(4), w2: word(8), w3: word(12), port: 0 };
}

/** As `parseAddress`, with a port. Throws on text that is no address: for configuration and tests. */
export function endpoint(text: string, port: number): Endpoint {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(`not an IP address: ${text}`);
  address.port = port;
  return address;
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.w3 === b.w3 && a.w0 === b.w0 && a.w1 === b.w1 && a.w2 === b.w2 && a.family === b.family;
}

export function copyAddress(target: Address, source: Address): void {
  target.family = source.family;
  target.w0 = source.w0;
  target.w1 = source.w1;
  target.w2 = source.w2;
  target.w3 = source.w3;
}

export function copyEndpoint(target: Endpoint, source: Endpoint): void {
  copyAddress(target, source);
  target.port = source.port;
}

/** Text form, for logs, the dgram back end and tests; never on the relay path. */
export function formatAddress(address: Address): string {
  if (address.family === 4) {
    const { w3 } = address;
    return `${w3 >>> 24}.${(w3 >>> 16) & 0xff}.${(w3 >>> 8) & 0xff}.${w3 & 0xff}`;
  }
  const groups = [address.w0, address.w1, address.w2, address.w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  return new ipaddr.IPv6(groups).toString();
}

/** Network part for logs: /24 or /48. */
export function formatForLog(address: Address): string {
  if (address.family === 4) return `${formatAddress({ ...address, w3: address.w3 & ~0xff })}/24`;
  return `${formatAddress({ ...address, w1: address.w1 & ~0xffff, w2: 0, w3: 0 })}/48`;
}
