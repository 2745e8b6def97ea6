import { fetchDocument, type Fetched } from '../outbound/fetch-document.ts';
import type { Network } from '../outbound/network.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import { hostPort, type ServerName } from './server-name.ts';
import type { ServiceResolver } from './srv.ts';
import { cacheMsOf, delegateIn } from './well-known.ts';

/** Where a homeserver answers requests of other servers. */
export interface Destination {
  /** `https://name[:port]`: what the Host header and the certificate say. */
  readonly origin: string;
  /** Where it is, if elsewhere. */
  readonly connectTo: { readonly host: string; readonly port: number } | undefined;
}

export interface DiscoveryPorts {
  /** Asks a host for its `/.well-known/matrix/server`. Throws OutboundError. */
  wellKnown(host: string): Promise<Fetched>;
  readonly services: ServiceResolver;
  now(): number;
}

const WELL_KNOWN_BOUNDS = { timeoutMs: 5_000, connectTimeoutMs: 3_000, maxBytes: 16_384, maxRedirects: 5 };

/** As any host of the network is asked. @throws OutboundError */
export function fetchWellKnown(host: string, network: Network): Promise<Fetched> {
  const url = new URL(`https://${host}/.well-known/matrix/server`);
  return fetchDocument(url, { ...WELL_KNOWN_BOUNDS, isTrusted: false, network });
}

const DEFAULT_PORT = 8_448;
const HOUR_MS = 3_600_000;
/** A document that is missing or wrong. */
const NEGATIVE_CACHE_MS = HOUR_MS;
/** A server that did not answer, or answered that it cannot now. */
const FAILURE_CACHE_MS = 60_000;
const MAX_ENTRIES = 1_000;

interface Delegation {
  /** Undefined: the name stands for itself. */
  readonly to: ServerName | undefined;
  readonly untilMs: number;
}

/**
 * Finds the homeserver behind a server name (Matrix server-server API, "Resolving server names"): address or port in the
 * name, else what its `/.well-known/matrix/server` says, else its SRV records, else port 8448. Names are anybody's, so
 * addresses must be public, ports none of other services, and what is remembered is bounded.
 */
export class ServerDiscovery {
  readonly #ports: DiscoveryPorts;
  readonly #known = new Map<string, Delegation>();
  readonly #pending = new Map<string, Promise<Delegation>>();

  constructor(ports: DiscoveryPorts) {
    this.#ports = ports;
  }

  /** What it finds may be anywhere: whoever connects looks at the address. */
  async find(name: ServerName): Promise<Destination> {
    if (name.isAddress || name.port !== undefined) return itself(name);
    const delegate = await this.#delegate(name);
    const { to } = delegate;
    if (to !== undefined && (to.isAddress || to.port !== undefined)) return itself(to);
    return this.#byService(to ?? name);
  }

  /** The certificate is the name's own, wherever its SRV record leads. */
  async #byService(name: ServerName): Promise<Destination> {
    const { services } = this.#ports;
    // The second is the name of before; both are asked for at once, as most servers have neither.
    const [service, old] = await Promise.all(
      ['_matrix-fed._tcp', '_matrix._tcp'].map((label) => services.service(`${label}.${name.host}`)),
    );
    const connectTo = service ?? old;
    if (connectTo === undefined) return itself(name);
    return { origin: `https://${name.host}`, connectTo };
  }

  async #delegate({ host }: ServerName): Promise<Delegation> {
    const key = host.toLowerCase();
    const known = this.#known.get(key);
    if (known !== undefined && this.#ports.now() < known.untilMs) return known;
    return this.#pending.get(key) ?? this.#ask(key);
  }

  #ask(host: string): Promise<Delegation> {
    const pending = this.#fetch(host)
      .then((delegation) => {
        this.#known.delete(host);
        this.#known.set(host, delegation);
        const [oldest] = this.#known.keys();
        if (this.#known.size > MAX_ENTRIES && oldest !== undefined) this.#known.delete(oldest);
        return delegation;
      })
      .finally(() => this.#pending.delete(host));
    this.#pending.set(host, pending);
    return pending;
  }

  async #fetch(host: string): Promise<Delegation> {
    try {
      const { status, headers, body } = await this.#ports.wellKnown(host);
      const nowMs = this.#ports.now();
      const to = status === 200 ? delegateIn(body.toString('utf8')) : undefined;
      if (to !== undefined) return { to, untilMs: nowMs + cacheMsOf(headers, nowMs) };
      return { to: undefined, untilMs: nowMs + (status >= 500 ? FAILURE_CACHE_MS : NEGATIVE_CACHE_MS) };
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      return { to: undefined, untilMs: this.#ports.now() + FAILURE_CACHE_MS };
    }
  }
}

function itself({ host, port }: ServerName): Destination {
  if (port !== undefined) return { origin: `https://${hostPort(host, port)}`, connectTo: undefined };
  // Without a port in the name there is none in the Host header either.
  return {
    origin: `https://${host.includes(':') ? `[${host}]` : host}`,
    connectTo: { host, port: DEFAULT_PORT },
  };
}
