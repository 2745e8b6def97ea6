import { isIP } from 'node:net';
import { localAddressTowards } from './local-address.ts';
import type { Protocol, Source, Target } from './source.ts';
import { StreamTransport, type StreamSettings, type TlsFiles } from './stream-transport.ts';
import { UdpTransport } from './udp-transport.ts';

/** Idle connections are closed after this; trunks that want theirs kept ping. */
const IDLE_MS = 120_000;
const CONNECTIONS_PER_ADDRESS = 256;
/** RFC 3261 §18.1.1: more may be sent in fragments, of which networks lose some, and of which firewalls let none pass. */
const MAX_UDP_BYTES = 1_300;
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];

export interface TransportSettings {
  readonly address: string;
  /** For UDP and TCP; 0 is any free one, the same for both. */
  readonly port: number;
  /** Undefined: nobody listens for TLS. */
  readonly tlsPort?: number;
  readonly tls?: TlsFiles;
  readonly trusted?: readonly string[];
  readonly isTlsVerified: boolean;
  /** What others are told in place of the bound address, behind NAT. */
  readonly announcedAddress?: string;
}

export interface TransportEvents {
  readonly onBytes: (bytes: Uint8Array, source: Source) => void;
  readonly onBroken: (reason: string) => void;
  readonly isAllowed: (address: string) => boolean;
}

/** Remote addresses for which ours is kept. */
const KEPT_LOCAL_ADDRESSES = 500;
/** How often another free port is tried when the one that UDP got is taken for TCP. */
const FREE_PORT_TRIES = 10;

/** All sockets of SIP: one UDP socket, TCP on the same port, TLS. */
export class Transports {
  readonly #settings: TransportSettings;
  readonly #udp: UdpTransport;
  readonly #tcp: StreamTransport;
  readonly #tls: StreamTransport;
  readonly tlsPort: number | undefined;
  readonly #localAddresses = new Map<string, string>();

  private constructor(
    settings: TransportSettings,
    sockets: { udp: UdpTransport; tcp: StreamTransport; tls: StreamTransport; tlsPort: number | undefined },
  ) {
    this.#settings = settings;
    this.#udp = sockets.udp;
    this.#tcp = sockets.tcp;
    this.#tls = sockets.tls;
    this.tlsPort = sockets.tlsPort;
  }

  /** Rejects with the system's error when an address or port cannot be used; nothing stays open then. */
  static async open(settings: TransportSettings, events: TransportEvents): Promise<Transports> {
    let number = 0;
    const stream = (protocol: 'TCP' | 'TLS'): StreamTransport =>
      new StreamTransport({ ...streamSettings(settings), ...events, protocol, nextNumber: () => ++number });
    const tls = stream('TLS');
    for (let tried = 1; ; tried++) {
      const udp = await UdpTransport.open(settings.address, settings.port, events.onBytes);
      const tcp = stream('TCP');
      try {
        await tcp.listen(settings.address, udp.port);
        const tlsPort =
          settings.tlsPort === undefined ? undefined : await tls.listen(settings.address, settings.tlsPort);
        return new Transports(settings, { udp, tcp, tls, tlsPort });
      } catch (error) {
        await Promise.all([udp.close(), tcp.close()]);
        if (settings.port !== 0 || tried === FREE_PORT_TRIES) throw error;
      }
    }
  }

  /** For TLS connections from now on. */
  replaceCertificate(tls: TlsFiles): void {
    this.#tls.replaceCertificate(tls);
  }

  /** Of UDP and TCP. */
  get port(): number {
    return this.#udp.port;
  }

  get connections(): number {
    return this.#tcp.size + this.#tls.size;
  }

  /** Rejects when the message cannot be sent, as far as that shows at once. */
  send(bytes: Buffer, target: Target): Promise<void> {
    switch (target.protocol) {
      case 'UDP':
        return this.#udp.send(bytes, target);
      case 'TCP':
        return this.#tcp.send(bytes, target);
      case 'TLS':
        return this.#tls.send(bytes, target);
    }
  }

  /** The way of a message to a target: its other one where it is too large for UDP (RFC 3261 §18.1.1). */
  async wayOf(bytes: number, target: Target): Promise<Target> {
    if (target.largeBy === undefined || target.protocol !== 'UDP' || bytes <= MAX_UDP_BYTES) return target;
    const other = { ...target, protocol: target.largeBy };
    return (await this.#tcp.reaches(other)) ? other : target;
  }

  /** Whether a connection that something came over can still be used. */
  isOpen(connection: number): boolean {
    return this.#tcp.isOpen(connection) || this.#tls.isOpen(connection);
  }

  /** The port others reach us at by a protocol. */
  portOf(protocol: Protocol): number {
    return protocol === 'TLS' ? (this.tlsPort ?? this.port) : this.port;
  }

  /** The address that a remote one is told for answers, requests and media. */
  async addressTowards(remote: string): Promise<string> {
    const { announcedAddress, address } = this.#settings;
    if (announcedAddress !== undefined) return announcedAddress;
    if (!WILDCARDS.includes(address)) return address;
    const known = this.#localAddresses.get(remote);
    if (known !== undefined) return known;
    const found = isIP(remote) === 0 ? address : await localAddressTowards(remote);
    // Asked anew now and then, too: addresses of this machine change.
    if (this.#localAddresses.size >= KEPT_LOCAL_ADDRESSES) this.#localAddresses.clear();
    this.#localAddresses.set(remote, found);
    return found;
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp.close(), this.#tcp.close(), this.#tls.close()]);
  }
}

function streamSettings(
  settings: TransportSettings,
): Pick<StreamSettings, 'tls' | 'trusted' | 'isVerified' | 'idleMs' | 'connectionsPerAddress'> {
  return {
    ...(settings.tls === undefined ? {} : { tls: settings.tls }),
    ...(settings.trusted === undefined ? {} : { trusted: settings.trusted }),
    isVerified: settings.isTlsVerified,
    idleMs: IDLE_MS,
    connectionsPerAddress: CONNECTIONS_PER_ADDRESS,
  };
}
