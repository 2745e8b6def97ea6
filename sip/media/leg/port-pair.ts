import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** RTP on an even port, RTCP on the odd one above (RFC 3550 §11), both bound. */
export interface PortPair {
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly port: number;
}

export interface PortRange {
  /** 0 for any free ports. */
  readonly first: number;
  readonly last: number;
}

const ANY_PORT_ATTEMPTS = 50;

export function createUdpSocket(address: string): Socket {
  return isIPv6(address) ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4');
}

/** @throws the system's error when the port is taken */
export async function bindUdp(address: string, port: number): Promise<Socket> {
  const socket = createUdpSocket(address);
  try {
    socket.bind({ address, port });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Hands out pairs of a range, each once around before one comes again: late packets of a call must not meet the next one. */
export class PortPairs {
  readonly #address: string;
  readonly #first: number;
  readonly #pairs: number;
  #next = 0;

  constructor(address: string, { first, last }: PortRange) {
    this.#address = address;
    this.#first = first + (first % 2);
    this.#pairs = first === 0 ? 0 : Math.floor((last - this.#first + 1) / 2);
  }

  /** Undefined when none is free. @throws what the system says, but that a port is taken */
  async bind(): Promise<PortPair | undefined> {
    if (this.#first === 0) return this.#bindAny();
    const start = this.#next;
    this.#next = (start + 1) % this.#pairs; // whoever else asks meanwhile begins elsewhere
    for (let attempt = 0; attempt < this.#pairs; attempt += 1) {
      const index = (start + attempt) % this.#pairs;
      const pair = await this.#bindAt(this.#first + 2 * index);
      if (pair === undefined) continue;
      if (attempt > 0) this.#next = (index + 1) % this.#pairs;
      return pair;
    }
    return undefined;
  }

  async #bindAny(): Promise<PortPair | undefined> {
    for (let attempt = 0; attempt < ANY_PORT_ATTEMPTS; attempt += 1) {
      const pair = await this.#bindAt(0);
      if (pair !== undefined) return pair;
    }
    return undefined;
  }

  async #bindAt(wanted: number): Promise<PortPair | undefined> {
    const rtp = await unlessTaken(bindUdp(this.#address, wanted));
    if (rtp === undefined) return undefined;
    const { port } = rtp.address();
    const rtcp = port % 2 === 0 ? await unlessTaken(bindUdp(this.#address, port + 1)) : undefined;
    if (rtcp !== undefined) return { rtp, rtcp, port };
    rtp.close();
    return undefined;
  }
}

async function unlessTaken(binding: Promise<Socket>): Promise<Socket | undefined> {
  try {
    return await binding;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
