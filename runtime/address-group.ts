import ipaddr from 'ipaddr.js';

/** The key under which an address is counted: an IPv4 address, or the /64 of an IPv6 address (RFC 6177: a site has at least that). */
export function addressGroup(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
