import { z } from 'zod';
import { type Address, parseAddress } from './endpoint.ts';
import type { AnnouncedMedia } from './peer-policy.ts';

/** Prefix of the leases by which sfus say that they live (decisions.md, "Bus"). */
export const SFU_LEASES = 'sfu/';

/** What of such a lease concerns the relay; the other side's schema is its own. */
const sfuLease = z.object({
  addresses: z.array(z.string()).max(64),
  ports: z.array(z.number().int().min(1).max(65_535)).max(1024),
});

/** Address and port pairs a live sfu announces; undefined when the value is not what it should be. */
export function readSfuLease(value: unknown): AnnouncedMedia | undefined {
  const lease = sfuLease.safeParse(value);
  if (!lease.success) return undefined;
  const addresses = lease.data.addresses.flatMap((text): Address | Address[] => parseAddress(text) ?? []);
  return { addresses, ports: lease.data.ports };
}
