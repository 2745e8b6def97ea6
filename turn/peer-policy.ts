import { type Address, copyAddress, type Endpoint, ipv4, sameAddress } from './endpoint.ts';
import type { PeerRules, PeerVerdict } from './peer-rules.ts';
import type { RelayAddress } from './relay-address.ts';

/** How packets reach a peer. */
export interface Route {
  /** Where they go on the wire. */
  wire: Endpoint;
  /** Set when the peer is a relayed address of our own: then they are delivered inside the process, if its worker is this one. */
  hairpin: RelayAddress | undefined;
}

/** Address and port pairs that live sfus announce on the bus. */
export interface AnnouncedMedia {
  addresses: readonly Address[];
  ports: readonly number[];
}

/** A pair as its peers know it and as it is on the wire. */
interface AnnouncedPair {
  announced: Endpoint;
  wire: Endpoint;
}

/**
 * Who may be a peer: the static rules, and beside them exactly two kinds of address of this host that they deny: our
 * own relayed addresses with a live allocation, and the pairs that sfus announce. Without the first, two browsers that
 * can only relay would not reach each other, without the second none of them would reach a bridge on this host.
 */
export class PeerPolicy {
  #rules: PeerRules;
  readonly #relayAddresses: readonly RelayAddress[];
  /** By port, which is the same on both sides. */
  #announced = new Map<number, AnnouncedPair[]>();
  #renamesAnnounced = false;
  /** Packets from other workers' allocations come from the address behind the advertised one. */
  readonly #renamesRelays: boolean;
  /** Reused for the name of a peer that is another worker's allocation. */
  readonly #relayName: Endpoint = ipv4(0);

  constructor(rules: PeerRules, relayAddresses: readonly RelayAddress[]) {
    this.#rules = rules;
    this.#relayAddresses = relayAddresses;
    this.#renamesRelays = relayAddresses.some(
      ({ isShared, local, advertised }) => isShared && !sameAddress(local, advertised),
    );
  }

  /** Replaces the rules, or the announced pairs; the owner of the allocations checks them again afterwards. */
  setRules(rules: PeerRules): void {
    this.#rules = rules;
  }

  setAnnounced(media: readonly AnnouncedMedia[]): void {
    this.#announced = new Map();
    this.#renamesAnnounced = false;
    for (const { addresses, ports } of media) {
      for (const address of addresses) {
        const local = this.#localAddressFor(address);
        if (!sameAddress(address, local)) this.#renamesAnnounced = true;
        for (const port of ports) {
          const pairs = this.#announced.get(port) ?? [];
          pairs.push({ announced: { ...address, port }, wire: { ...local, port } });
          this.#announced.set(port, pairs);
        }
      }
    }
  }

  /**
   * What a permission asked for with this address and port may cover. The port does not count for a permission, but where
   * only some ports are open, one that is named must be one of them, so that a refusal is heard and not only felt.
   */
  judgePermission(peer: Endpoint): PeerVerdict {
    const verdict = this.judge(peer);
    const isNamedPortClosed = verdict === 'some-ports' && peer.port !== 0 && this.route(peer) === undefined;
    return isNamedPortClosed ? 'none' : verdict;
  }

  /** What a permission for this address may cover. */
  judge(peer: Address): PeerVerdict {
    const verdict = this.#rules.judge(peer);
    if (verdict === 'all-ports') return verdict;
    if (this.#relayAddressOf(peer) !== undefined) return 'some-ports';
    for (const pairs of this.#announced.values()) {
      if (pairs.some(({ announced }) => sameAddress(announced, peer))) return 'some-ports';
    }
    return verdict;
  }

  /** How to reach this very address and port, or undefined when it may not be reached. */
  route(peer: Endpoint): Route | undefined {
    if (peer.port === 0) return undefined;
    const pair = this.#announced.get(peer.port)?.find(({ announced }) => sameAddress(announced, peer));
    if (pair !== undefined) return { wire: { ...pair.wire }, hairpin: undefined };
    const relayAddress = this.#relayAddressOf(peer);
    if (relayAddress?.isLive(peer.port) === true) {
      return { wire: { ...relayAddress.local, port: peer.port }, hairpin: relayAddress };
    }
    return this.#rules.allowsEndpoint(peer, peer.port) ? { wire: { ...peer }, hairpin: undefined } : undefined;
  }

  /** Whether any peer has another address on the wire than the one its clients know. */
  get renamesPeers(): boolean {
    return this.#renamesAnnounced || this.#renamesRelays;
  }

  /** The peer as its clients name it, for a packet that came from this address; good until the next call. */
  nameOf(wire: Endpoint): Endpoint {
    const pairs = this.#announced.get(wire.port);
    if (pairs !== undefined) for (const pair of pairs) if (sameAddress(pair.wire, wire)) return pair.announced;
    if (this.#renamesRelays) {
      for (const relayAddress of this.#relayAddresses) {
        if (!sameAddress(relayAddress.local, wire) || !relayAddress.isLive(wire.port)) continue;
        copyAddress(this.#relayName, relayAddress.advertised);
        this.#relayName.port = wire.port;
        return this.#relayName;
      }
    }
    return wire;
  }

  #relayAddressOf(peer: Address): RelayAddress | undefined {
    return this.#relayAddresses.find(({ advertised }) => sameAddress(advertised, peer));
  }

  /** A bridge on this host that announces our public address listens on the private one behind it. */
  #localAddressFor(announced: Address): Address {
    return this.#relayAddressOf(announced)?.local ?? announced;
  }
}
