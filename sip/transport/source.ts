export type Protocol = 'UDP' | 'TCP' | 'TLS';

/** Where a message came from. */
export interface Source {
  readonly protocol: Protocol;
  /** Textual IP address, IPv4 never mapped into IPv6. */
  readonly address: string;
  readonly port: number;
  /** Number of the connection for TCP and TLS: answers go back on it. */
  readonly connection?: number;
}

/** Where a message goes. */
export interface Target {
  readonly protocol: Protocol;
  /** Textual IP address. */
  readonly address: string;
  readonly port: number;
  /** The name the certificate must bear, for TLS. */
  readonly serverName?: string;
  /** A connection to be used while it is open. */
  readonly connection?: number;
  /** What takes messages that are too large for UDP there; they go by UDP too where it cannot be reached. */
  readonly largeBy?: 'TCP';
}

export function isReliable(protocol: Protocol): boolean {
  return protocol !== 'UDP';
}

export function defaultPort(protocol: Protocol): number {
  return protocol === 'TLS' ? 5061 : 5060;
}
