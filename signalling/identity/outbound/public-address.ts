import ipaddr from 'ipaddr.js';

/** RFC 4291 §2.4: global unicast as it is given out today; everything else in IPv6 is special. */
const IPV6_GLOBAL = ipaddr.parseCIDR('2000::/3');
/** Special-purpose ranges (RFC 6890 and its registry) that the library takes for ordinary unicast or may not name. */
const MORE_SPECIAL = [
  // IETF protocol assignments, benchmarks, documentation, the old relays of 6to4.
  '192.0.0.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // IETF protocol assignments with Teredo, benchmarks and ORCHID in them; documentation; 6to4.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
].map((range) => ipaddr.parseCIDR(range));

/**
 * Whether an address is one of the public Internet, so that asking it for something reaches nothing that trusts us for
 * where we stand: no loopback, private, link-local (metadata services of clouds), shared, multicast, documentation or
 * translated address. IPv4 inside IPv6 is judged as IPv4.
 *
 * @param address as a resolver gives it; what is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  // Octal, hexadecimal and shortened spellings are nothing that a resolver gives.
  const isPlain = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  if (!isPlain) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv6' && !parsed.match(IPV6_GLOBAL)) return false;
  return !MORE_SPECIAL.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
}
