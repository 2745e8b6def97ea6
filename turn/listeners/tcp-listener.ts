import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../endpoint.ts';
import { ProxyHeaderReader } from './proxy-protocol.ts';
import type { StreamConnections } from './stream-connections.ts';
import type { TlsAcceptor } from './tls-acceptor.ts';

/** How long a connection may keep silent before its first byte, behind a proxy with the header that comes before. */
const FIRST_BYTE_MS = 10_000;
/** RFC 7983 §7, RFC 8446 §5.1: the first byte of a TLS handshake record. */
const TLS_HANDSHAKE_BYTE = 22;
const LAST_STUN_FIRST_BYTE = 3;

/** What a connection is handed to. */
interface StreamServices {
  readonly connections: StreamConnections;
  /** Undefined without a certificate. */
  readonly tls: TlsAcceptor | undefined;
  /** Whether connections from an address come through a proxy that says whose they are. */
  readonly isProxy: (address: string) => boolean;
}

/** Listens on one address and port for STUN over TCP and, where there is a certificate, TLS, told by the first byte. */
export class TcpListener {
  readonly #server: Server;

  constructor(services: StreamServices) {
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
      const isFromProxy = services.isProxy(socket.remoteAddress ?? '');
      // Whose a proxy's connection is shows only in its header.
      if (isFromProxy || services.connections.admit(socket)) route(socket, services, isFromProxy);
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

/**
 * Sees how a connection begins and hands it on, or closes it without an answer, so that nothing is learnt: neither STUN nor
 * TLS, TLS without a certificate, or from a proxy without the header that proxies write.
 */
function route(socket: Socket, { connections, tls }: StreamServices, isFromProxy: boolean): void {
  const header = new ProxyHeaderReader();
  let client: Endpoint | undefined;
  let isAdmitted = !isFromProxy;
  const destroy = (): void => void socket.destroy();
  const timer = setTimeout(destroy, FIRST_BYTE_MS);
  const onClose = (): void => clearTimeout(timer);
  const onReadable = (): void => {
    if (!isAdmitted) {
      const found = header.take(socket);
      if (found === 'incomplete') return;
      if (found === 'invalid') return destroy();
      client = found === 'local' ? undefined : found;
      isAdmitted = connections.admit(socket, client);
      if (!isAdmitted) return;
    }
    const chunk: unknown = socket.read();
    if (!Buffer.isBuffer(chunk)) return;
    onClose();
    socket.off('readable', onReadable).off('error', destroy).off('close', onClose);
    const firstByte = chunk[0] ?? 0xff;
    const isTls = firstByte === TLS_HANDSHAKE_BYTE;
    if (isTls ? tls === undefined : firstByte > LAST_STUN_FIRST_BYTE) return destroy();
    socket.unshift(chunk);
    if (isTls) tls?.accept(socket, client);
    else connections.serve(socket, 'tcp', client);
  };
  socket.on('error', destroy).on('close', onClose).on('readable', onReadable);
}
