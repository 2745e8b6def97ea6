import type { SrvRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { parseServerName } from './server-name.ts';

/** Finds where a service is (RFC 2782). */
export interface ServiceResolver {
  /** @returns undefined where there is none, or it cannot be found out in time. */
  service(name: string): Promise<{ readonly host: string; readonly port: number } | undefined>;
}

/** RFC 2782: the best priority first; which of several of the same is left to chance, as their weights are. */
export function choose(records: readonly SrvRecord[], random: number): SrvRecord | undefined {
  // A lone dot says that the service decidedly does not exist here.
  const usable = records.filter(({ name, port }) => port > 0 && parseServerName(name) !== undefined);
  const best = Math.min(...usable.map(({ priority }) => priority));
  const candidates = usable.filter(({ priority }) => priority === best);
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let left = random * total;
  for (const candidate of candidates) {
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  return candidates[0];
}

/** As the machine's own name servers say. */
export function systemServices(timeoutMs: number): ServiceResolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  return {
    async service(name) {
      try {
        const record = choose(await resolver.resolveSrv(name), Math.random());
        return record === undefined ? undefined : { host: record.name, port: record.port };
      } catch {
        // There is no such record, or no name server answers; the next step of the discovery is the answer to both.
        return undefined;
      }
    },
  };
}
