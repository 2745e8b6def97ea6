import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { StreamConnections } from './stream-connections.ts';
import type { TlsAcceptor } from './tls-acceptor.ts';

/** How long a connection may keep silent before its first byte. */
const FIRST_BYTE_MS = 10_000;
/** RFC 7983 §7, RFC 8446 §5.1: the first byte of a TLS handshake record. */
const TLS_HANDSHAKE_BYTE = 22;
const LAST_STUN_FIRST_BYTE = 3;

/** Listens on one address and port for STUN over TCP and, where there is a certificate, TLS, told by the first byte. */
export class TcpListener {
  readonly #server: Server;

  constructor(connections: StreamConnections, tls: TlsAcceptor | undefined) {
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
      if (connections.admit(socket)) route(socket, connections, tls);
    });
  }

  /**
   * @param sharesPort other workers listen there too, and the kernel gives each connection to one of them.
   * @returns the port. Rejects with the system's error when the address cannot be used.
   */
  listen(address: string, port: number, sharesPort: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const ipv6Only = address.includes(':');
      this.#server.listen({ host: address, port, ipv6Only, exclusive: true, reusePort: sharesPort }, () => {
        this.#server.off('error', reject);
        // Running out of descriptors ends one accept, not the listener.
        this.#server.on('error', () => undefined);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  close(): void {
    this.#server.close();
  }
}

function route(socket: Socket, connections: StreamConnections, tls: TlsAcceptor | undefined): void {
  const destroy = (): void => void socket.destroy();
  socket.on('error', destroy);
  socket.setTimeout(FIRST_BYTE_MS, destroy);
  socket.once('readable', () => {
    const chunk: unknown = socket.read();
    if (!Buffer.isBuffer(chunk)) return destroy();
    socket.setTimeout(0);
    socket.off('error', destroy);
    socket.off('timeout', destroy);
    const firstByte = chunk[0] ?? 0xff;
    // Neither STUN nor TLS, or TLS without a certificate: closed without an answer, so that nothing is learnt.
    if (firstByte !== TLS_HANDSHAKE_BYTE && firstByte > LAST_STUN_FIRST_BYTE) return destroy();
    if (firstByte === TLS_HANDSHAKE_BYTE && tls === undefined) return destroy();
    socket.unshift(chunk);
    if (firstByte === TLS_HANDSHAKE_BYTE) tls?.accept(socket);
    else connections.serve(socket, 'tcp');
  });
}
