import type { Allocation, ClientTransport } from '../allocation.ts';
import { type Endpoint, formatAddress } from '../endpoint.ts';

/** A live allocation as the administrator sees it; unlike in logs, with whose it is. */
export interface Session {
  readonly allocation: string;
  readonly worker: number;
  readonly user: string;
  readonly transport: ClientTransport;
  readonly client: string;
  readonly relayed: readonly string[];
  readonly seconds: number;
  readonly expiresInSeconds: number;
  readonly permissions: number;
  readonly channels: number;
  readonly uplinkBytes: number;
  readonly downlinkBytes: number;
}

/** Which allocations are meant; what is not said does not matter. */
export interface SessionFilter {
  readonly allocation?: string | undefined;
  /** What quotas count by: the part of a time-limited name after the colon. */
  readonly user?: string | undefined;
}

export function fits({ id, owner }: Allocation, { allocation, user }: SessionFilter): boolean {
  return (allocation === undefined || id === allocation) && (user === undefined || owner.subject === user);
}

export function sessionOf(allocation: Allocation, worker: number, nowMs: number): Session {
  return {
    allocation: allocation.id,
    worker,
    user: allocation.owner.subject,
    transport: allocation.transport,
    client: formatEndpoint(allocation.client),
    relayed: allocation.relays.map(({ advertised }) => formatEndpoint(advertised)),
    seconds: Math.round((nowMs - allocation.createdAtMs) / 1000),
    expiresInSeconds: Math.max(0, Math.round((allocation.expiresAtMs - nowMs) / 1000)),
    permissions: allocation.permissions.size,
    channels: allocation.channels.size,
    uplinkBytes: allocation.uplinkBytes,
    downlinkBytes: allocation.downlinkBytes,
  };
}

function formatEndpoint(endpoint: Endpoint): string {
  const address = formatAddress(endpoint);
  return endpoint.family === 4 ? `${address}:${endpoint.port}` : `[${address}]:${endpoint.port}`;
}
