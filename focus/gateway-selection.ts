import type { GatewayStats } from '#protocol/xmpp/gateway-stats.ts';

/** A telephone gateway in its control room. */
export interface GatewayInstance {
  /** Occupant address in the control room. */
  readonly address: string;
  readonly stats: GatewayStats;
}

/** Instances that are asked one after the other for one call. */
export const MAX_ATTEMPTS = 3;

/**
 * Which gateways to ask for a call, in order: of the caller's region before others, the less loaded first, of equals the
 * one with fewer callers.
 */
export function gatewaysFor(
  instances: Iterable<GatewayInstance>,
  region: string | undefined,
): readonly GatewayInstance[] {
  const isNear = ({ stats }: GatewayInstance): number =>
    Number(region !== undefined && stats.region !== undefined && stats.region === region);
  return [...instances]
    .filter(({ stats }) => stats.supportsSip && !stats.isShuttingDown)
    .toSorted(
      (a, b) =>
        isNear(b) - isNear(a) ||
        a.stats.stressLevel - b.stats.stressLevel ||
        a.stats.participants - b.stats.participants ||
        (a.address < b.address ? -1 : 1),
    )
    .slice(0, MAX_ATTEMPTS);
}

/** Which gateways to ask about a meeting: they need not be able to call anybody. */
export function gatewaysThatKnow(instances: Iterable<GatewayInstance>): readonly GatewayInstance[] {
  return [...instances].filter(({ stats }) => !stats.isShuttingDown).slice(0, MAX_ATTEMPTS);
}
