import type { Allocation, Relay, Reservation } from './allocation.ts';
import type { Endpoint, Family } from './endpoint.ts';
import { FiveTupleTable } from './five-tuple.ts';
import type { DatagramIo } from './io/datagram-io.ts';
import type { Quotas } from './quotas.ts';
import type { RelayAddress } from './relay-address.ts';

/** Why an allocation ended, for the log and the metrics. */
export type EndReason = 'released' | 'expired' | 'disconnected' | 'credential-expired' | 'killed' | 'stopped';

/** Bind failures in a row after which the ports are taken to be exhausted rather than merely used by others. */
const MAX_BIND_ATTEMPTS = 64;

export type PortWish = 'any' | 'even' | 'even-and-reserve';

/** A relay socket that belongs to no allocation yet. */
export interface OpenRelay {
  address: RelayAddress;
  port: number;
  socket: number;
}

/** Every live allocation, by client and by relay socket, and the ports they hold. */
export class AllocationTable {
  readonly #io: DatagramIo;
  readonly #quotas: Quotas;
  readonly #relayAddresses: readonly RelayAddress[];
  readonly #byFiveTuple: FiveTupleTable<Allocation>;
  readonly #byStream = new Map<number, Allocation>();
  readonly #all = new Set<Allocation>();
  readonly #relaysBySocket: (Relay | undefined)[] = [];
  readonly #reservations = new Map<string, Reservation>();
  /** Which address of a family comes first next time. */
  #turn = 0;
  onStarted: (allocation: Allocation) => void = () => undefined;
  onEnded: (allocation: Allocation, reason: EndReason) => void = () => undefined;

  constructor(io: DatagramIo, quotas: Quotas, relayAddresses: readonly RelayAddress[], hashSeed: number) {
    this.#io = io;
    this.#quotas = quotas;
    this.#relayAddresses = relayAddresses;
    this.#byFiveTuple = new FiveTupleTable(hashSeed);
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): SetIterator<Allocation> {
    return this.#all.values();
  }

  findByClient(listener: number, client: Endpoint): Allocation | undefined {
    return this.#byFiveTuple.find(listener, client);
  }

  findByStream(stream: number): Allocation | undefined {
    return this.#byStream.get(stream);
  }

  relayBySocket(socket: number): Relay | undefined {
    return this.#relaysBySocket[socket];
  }

  supports(family: Family): boolean {
    return this.#relayAddresses.some(({ local }) => local.family === family);
  }

  /** Opens a relay socket, or says by undefined that no port of this family is to be had. */
  openRelay(family: Family, wish: PortWish, nowMs: number): OpenRelay | undefined {
    const addresses = this.#relayAddresses.filter(({ local }) => local.family === family);
    for (let i = 0; i < addresses.length; i++) {
      const address = addresses[(this.#turn + i) % addresses.length];
      const relay = address === undefined ? undefined : this.openOn(address, wish, nowMs);
      if (relay !== undefined) {
        this.#turn++;
        return relay;
      }
    }
    return undefined;
  }

  /** As `openRelay`, on this very address. */
  openOn(address: RelayAddress, wish: PortWish, nowMs: number): OpenRelay | undefined {
    const isWanted = (port: number): boolean =>
      wish === 'any' || (port % 2 === 0 && (wish === 'even' || address.isFree(port + 1, nowMs)));
    let attempts = 0;
    for (const port of address.candidates(nowMs, isWanted)) {
      const socket = this.#io.open({ address: address.local, port, kind: 'relay', sharesPort: false });
      if (socket >= 0) return { address, port, socket };
      if (++attempts >= MAX_BIND_ATTEMPTS) return undefined;
    }
    return undefined;
  }

  /** Opens the port above, to be reserved. */
  openNext(relay: OpenRelay): OpenRelay | undefined {
    const { address } = relay;
    const port = relay.port + 1;
    const socket = this.#io.open({ address: address.local, port, kind: 'relay', sharesPort: false });
    return socket < 0 ? undefined : { address, port, socket };
  }

  /** Gives back a socket that no allocation got. */
  closeUnused(relay: OpenRelay): void {
    this.#io.close(relay.socket);
  }

  /** Makes the allocation reachable under its five-tuple, with these sockets behind it. */
  add(allocation: Allocation, relays: readonly OpenRelay[]): void {
    this.#all.add(allocation);
    if (allocation.transport === 'udp') this.#byFiveTuple.add(allocation);
    else this.#byStream.set(allocation.stream, allocation);
    for (const relay of relays) this.#attach(allocation, relay);
    this.onStarted(allocation);
  }

  #attach(allocation: Allocation, open: OpenRelay): void {
    const relay: Relay = this.#own(allocation, open);
    this.#relaysBySocket[relay.socket] = relay;
    if (relay.address.local.family === 4) allocation.relay4 = relay;
    else allocation.relay6 = relay;
  }

  #own(allocation: Allocation, { address, port, socket }: OpenRelay): Relay {
    const relay: Relay = { allocation, address, socket, advertised: { ...address.advertised, port } };
    address.occupy(port, relay);
    return relay;
  }

  /** Keeps an open port for whoever shows the token. It dies with the allocation beside which it was made. */
  reserve(allocation: Allocation, open: OpenRelay, token: string, expiresAtMs: number): void {
    const reservation = { token, relay: this.#own(allocation, open), expiresAtMs };
    allocation.reservation = reservation;
    this.#reservations.set(token, reservation);
  }

  /** The port reserved under a token, for the user who reserved it; it is no longer reserved then. */
  claim(token: string, username: string, nowMs: number): OpenRelay | undefined {
    const reservation = this.#reservations.get(token);
    if (reservation === undefined || reservation.expiresAtMs <= nowMs) return undefined;
    const { allocation, address, socket, advertised } = reservation.relay;
    if (allocation.owner.username !== username) return undefined;
    this.#reservations.delete(token);
    allocation.reservation = undefined;
    return { address, socket, port: advertised.port };
  }

  /** Ends one family of a dual allocation. */
  detach(relay: Relay, nowMs: number): void {
    if (relay.allocation.relay4 === relay) relay.allocation.relay4 = undefined;
    if (relay.allocation.relay6 === relay) relay.allocation.relay6 = undefined;
    this.#close(relay, nowMs);
  }

  /** Ends an allocation: sockets, ports and quota are free again at once. */
  end(allocation: Allocation, reason: EndReason, nowMs: number): void {
    if (!this.#all.delete(allocation)) return;
    if (allocation.transport === 'udp') this.#byFiveTuple.remove(allocation);
    else this.#byStream.delete(allocation.stream);
    for (const relay of allocation.relays) this.#close(relay, nowMs);
    this.#dropReservation(allocation, nowMs);
    this.#quotas.release(allocation.owner.subject, allocation.client);
    this.onEnded(allocation, reason);
  }

  #close(relay: Relay, nowMs: number): void {
    this.#relaysBySocket[relay.socket] = undefined;
    relay.address.release(relay.advertised.port, nowMs);
    this.#io.close(relay.socket);
  }

  #dropReservation(allocation: Allocation, nowMs: number): void {
    if (allocation.reservation === undefined) return;
    this.#reservations.delete(allocation.reservation.token);
    this.#close(allocation.reservation.relay, nowMs);
    allocation.reservation = undefined;
  }

  /** Once a second: ends what has expired. */
  sweep(nowMs: number): void {
    for (const allocation of this.#all) {
      if (allocation.expiresAtMs <= nowMs) {
        this.end(allocation, 'expired', nowMs);
        continue;
      }
      const { reservation } = allocation;
      if (reservation !== undefined && reservation.expiresAtMs <= nowMs) this.#dropReservation(allocation, nowMs);
      allocation.permissions.sweep(nowMs);
      allocation.channels.sweep(nowMs);
    }
  }
}
