import { BlockList, isIP, isIPv6 } from 'node:net';
import type { TrunkConfig } from './config.ts';
import { type SipUri, sipUri, uriUser } from './message/uri.ts';
import type { SipRequest } from './message/message.ts';
import type { Protocol, Target } from './transport/source.ts';
import { resolveUri } from './ua/resolve.ts';

interface Trunk {
  readonly config: TrunkConfig;
  /** Where the configuration says that calls come from. */
  readonly sources: BlockList;
  /** What its server's name led to when it was last asked. */
  addresses: readonly string[];
}

/** Names change their addresses; whoever calls from a new one is known after so long. */
const RESOLVE_EVERY_MS = 300_000;

/** The trunks that are configured, and which of them something comes from. */
export class TrunkTable {
  readonly #trunks: readonly Trunk[];
  readonly #onProblem: (trunk: string, error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(trunks: readonly TrunkConfig[], onProblem: (trunk: string, error: unknown) => void) {
    this.#onProblem = onProblem;
    // One that is known by its address goes before one that may be anywhere.
    const ordered = trunks.toSorted((a, b) => Number(a.authenticate) - Number(b.authenticate));
    this.#trunks = ordered.map((config) => ({ config, sources: blockListOf(config.sources), addresses: [] }));
  }

  /** Looks the servers' names up, now and from time to time. */
  async start(): Promise<void> {
    await this.#resolveAll();
    this.#timer = setInterval(() => void this.#resolveAll(), RESOLVE_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The first trunk at this address. */
  trunkAt(address: string): TrunkConfig | undefined {
    return this.#trunks.find((trunk) => comesFrom(trunk, address))?.config;
  }

  /** Of several at one address the one whose account is called, else the first. */
  trunkOf(request: SipRequest, address: string): TrunkConfig | undefined {
    const there = this.#trunks.filter((trunk) => comesFrom(trunk, address)).map(({ config }) => config);
    const called = uriUser(request.uri);
    return there.find(({ username }) => username !== undefined && username === called) ?? there[0];
  }

  get(name: string): TrunkConfig | undefined {
    return this.#trunks.find(({ config }) => config.name === name)?.config;
  }

  async #resolveAll(): Promise<void> {
    await Promise.all(
      this.#trunks.map(async (trunk) => {
        if (trunk.config.server === undefined) return;
        try {
          trunk.addresses = (await targetsOfTrunk(trunk.config)).map(({ address }) => address);
        } catch (error) {
          // The addresses of before stay: a name server that is away must not cut calls off.
          this.#onProblem(trunk.config.name, error);
        }
      }),
    );
  }
}

/** Where a trunk's server is, the best first. @throws the DNS's error */
export async function targetsOfTrunk(trunk: TrunkConfig): Promise<readonly Target[]> {
  const targets = await resolveUri(serverUri(trunk));
  return trunk.largeByTcp ? targets.map((target) => ({ ...target, largeBy: 'TCP' })) : targets;
}

/** `sip:` and the trunk's server, with port and transport as configured. */
export function serverUri({ server = '', transport }: Pick<TrunkConfig, 'server' | 'transport'>): SipUri {
  const [, bracketed, name, port] = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+))(?::(\d+))?$/u.exec(server) ?? [];
  const protocol = transport.toUpperCase() as Protocol;
  return sipUri({
    host: bracketed ?? name ?? '',
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(protocol === 'UDP' ? {} : { parameters: new Map([['transport', transport]]) }),
  });
}

function comesFrom({ sources, addresses }: Trunk, address: string): boolean {
  if (isIP(address) === 0) return false;
  return addresses.includes(address) || sources.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
