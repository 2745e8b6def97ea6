import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Source, Target } from './source.ts';

/** A queue for bursts: a call set up brings a handful of messages, and the event loop may be busy with others. */
const RECEIVE_BUFFER_BYTES = 1 << 20;

/** One UDP socket for everything SIP sends and receives there. */
export class UdpTransport {
  readonly #socket: Socket;
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Rejects with the system's error when the address cannot be used. */
  static open(address: string, port: number, onBytes: (bytes: Buffer, source: Source) => void): Promise<UdpTransport> {
    return new Promise((resolve, reject) => {
      const socket = createSocket({
        type: isIPv6(address) ? 'udp6' : 'udp4',
        recvBufferSize: RECEIVE_BUFFER_BYTES,
      });
      socket.once('error', reject);
      socket.bind(port, address, () => {
        socket.off('error', reject);
        // ICMP errors of earlier datagrams: whoever waits for an answer has a timer of its own.
        socket.on('error', () => undefined);
        resolve(new UdpTransport(socket));
      });
      socket.on('message', (bytes, { address, port }) => onBytes(bytes, { protocol: 'UDP', address, port }));
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Rejects when the system refuses the datagram at once. */
  send(bytes: Buffer, { address, port }: Target): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return resolve();
      this.#socket.send(bytes, port, address, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
