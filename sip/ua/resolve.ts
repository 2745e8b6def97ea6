import { lookup, resolveNaptr, resolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Uri } from '../message/uri.ts';
import { defaultPort, type Protocol, type Target } from '../transport/source.ts';

/** The DNS as locating servers needs it; `systemNames` is the real one. */
export interface Names {
  readonly naptr: (
    name: string,
  ) => Promise<readonly { service: string; order: number; preference: number; replacement: string }[]>;
  readonly srv: (name: string) => Promise<readonly { name: string; port: number; priority: number; weight: number }[]>;
  readonly addresses: (name: string) => Promise<readonly string[]>;
}

/** Records that are not there are no failure: the next way is tried. */
const orNone = <Value>(records: Promise<readonly Value[]>): Promise<readonly Value[]> => records.catch(() => []);

export const systemNames: Names = {
  naptr: (name) => orNone(resolveNaptr(name)),
  srv: (name) => orNone(resolveSrv(name)),
  addresses: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
};

const NAPTR_PROTOCOLS: Readonly<Record<string, Protocol>> = { 'SIP+D2U': 'UDP', 'SIP+D2T': 'TCP', 'SIPS+D2T': 'TLS' };
const SRV_PREFIXES: Readonly<Record<Protocol, string>> = { UDP: '_sip._udp', TCP: '_sip._tcp', TLS: '_sips._tcp' };

/**
 * Where a request for a URI goes, the best first (RFC 3263 §4).
 * @throws the DNS's error when the host has no address
 */
export async function resolveUri(uri: Uri, names: Names = systemNames): Promise<readonly Target[]> {
  if (uri.kind !== 'sip') throw new Error(`no way leads to ${uri.scheme}:`);
  const host = uri.parameters.get('maddr') ?? uri.host;
  const asked = uri.parameters.get('transport')?.toUpperCase();
  const explicit = uri.scheme === 'sips' ? 'TLS' : isProtocol(asked) ? asked : undefined;
  if (isIP(host) !== 0 || uri.port !== undefined) {
    const protocol = explicit ?? 'UDP';
    return targetsOf(host, uri.port ?? defaultPort(protocol), protocol, uri.host, names);
  }
  const services =
    explicit === undefined
      ? await servicesOf(host, names)
      : [{ protocol: explicit, name: `${SRV_PREFIXES[explicit]}.${host}` }];
  const targets: Target[] = [];
  for (const { protocol, name } of services) {
    const records = (await names.srv(name)).toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
    for (const record of records)
      targets.push(...(await targetsOf(record.name, record.port, protocol, uri.host, names)));
  }
  if (targets.length > 0) return targets;
  const protocol = explicit ?? 'UDP';
  return targetsOf(host, defaultPort(protocol), protocol, uri.host, names);
}

async function servicesOf(host: string, names: Names): Promise<readonly { protocol: Protocol; name: string }[]> {
  const records = (await names.naptr(host)).toSorted((a, b) => a.order - b.order || a.preference - b.preference);
  const named = records.flatMap(({ service, replacement }) => {
    const protocol = NAPTR_PROTOCOLS[service.toUpperCase()];
    return protocol === undefined ? [] : [{ protocol, name: replacement }];
  });
  if (named.length > 0) return named;
  return (['UDP', 'TCP'] as const).map((protocol) => ({ protocol, name: `${SRV_PREFIXES[protocol]}.${host}` }));
}

async function targetsOf(
  host: string,
  port: number,
  protocol: Protocol,
  serverName: string,
  names: Names,
): Promise<readonly Target[]> {
  const addresses = isIP(host) === 0 ? await names.addresses(host) : [host];
  // A certificate bears the name of the domain asked for, not that of the machine (RFC 5922 §4).
  const named = protocol === 'TLS' && isIP(serverName) === 0 ? { serverName } : {};
  return addresses.map((address) => ({ protocol, address, port, ...named }));
}

function isProtocol(text: string | undefined): text is Protocol {
  return text === 'UDP' || text === 'TCP' || text === 'TLS';
}
