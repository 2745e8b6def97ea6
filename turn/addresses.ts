import { networkInterfaces } from 'node:os';
import type { TurnConfig } from './config.ts';
import { parseExternalAddress } from './config.ts';
import { type Address, endpoint, type Family, parseAddress, sameAddress } from './endpoint.ts';

/** fe80::/10 needs a zone, which no STUN attribute can carry. */
function isLinkLocal(address: Address): boolean {
  return address.family === 6 && address.w0 >>> 22 === 0xfe80 >>> 6;
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: Address): boolean {
  if (address.family === 4) return address.w3 >>> 24 === 127;
  return address.w0 === 0 && address.w1 === 0 && address.w2 === 0 && address.w3 === 1;
}

interface LocalAddress {
  address: Address;
  isInternal: boolean;
}

/** Every usable address of this machine, those that others can reach first. */
export function localAddresses(): LocalAddress[] {
  const found = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .flatMap(({ address: text, internal }) => {
      const address = parseAddress(text);
      return address === undefined || isLinkLocal(address) ? [] : [{ address, isInternal: internal }];
    });
  return found.toSorted((a, b) => Number(a.isInternal) - Number(b.isInternal));
}

/** An address relayed addresses are made on, and what clients and peers are told in its place. */
export interface RelayAddressPair {
  local: Address;
  advertised: Address;
}

export interface Addresses {
  listen: Address[];
  relay: RelayAddressPair[];
  /** Everything that is this host under any name; no peer may be there. */
  own: Address[];
}

/** What the configuration and this machine's interfaces amount to. */
export function resolveAddresses(config: TurnConfig, local: readonly LocalAddress[]): Addresses {
  const listen =
    config.listenAddresses.length > 0
      ? config.listenAddresses.map((text) => endpoint(text, 0))
      : local.map(({ address }) => address);
  const relayLocal =
    config.relayAddresses.length > 0 ? config.relayAddresses.map((text) => endpoint(text, 0)) : defaultRelays(local);
  const external = config.externalAddresses.flatMap((text) => parseExternalAddress(text) ?? []);
  const relay = relayLocal.map((address) => ({ local: address, advertised: address }));
  for (const { public: publicText, private: privateText } of external) {
    const advertised = endpoint(publicText, 0);
    const behind = privateText === undefined ? undefined : endpoint(privateText, 0);
    for (const pair of relay) {
      const isMeant = behind === undefined ? pair.local.family === advertised.family : sameAddress(pair.local, behind);
      if (isMeant) pair.advertised = advertised;
    }
  }
  const own = [...local.map(({ address }) => address), ...listen, ...relayLocal];
  for (const { advertised } of relay) own.push(advertised);
  return { listen, relay, own };
}

/** The first address of each family that others can reach; loopback only on a machine that has nothing else. */
function defaultRelays(local: readonly LocalAddress[]): Address[] {
  const families: Family[] = [4, 6];
  return families.flatMap((family) => {
    const candidates = local.filter(({ address }) => address.family === family);
    const reachable = candidates.filter(({ isInternal }) => !isInternal);
    const hasReachable = local.some(({ isInternal }) => !isInternal);
    return (hasReachable ? reachable : candidates).slice(0, 1).map(({ address }) => address);
  });
}
