import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Endpoint } from '../endpoint.ts';
import type { StreamConnections } from './stream-connections.ts';

const HANDSHAKE_MS = 10_000;

/** RFC 7443 §3. A client that offers no ALPN, as browsers do, is served too; one that offers only others is not. */
const ALPN_PROTOCOLS = ['stun.turn', 'stun.nat-discovery'];

export interface TlsMaterial {
  /** PEM */
  readonly cert: Buffer;
  /** PEM */
  readonly key: Buffer;
}

/** Makes TLS of accepted TCP connections (RFC 8656 §3.1). It listens on nothing itself. */
export class TlsAcceptor {
  readonly #connections: StreamConnections;
  /** How many may go on at the same time. */
  maxHandshakes: number;
  readonly #handshakes = new Set<TLSSocket>();
  #context: SecureContext;

  constructor(material: TlsMaterial, connections: StreamConnections, maxHandshakes: number) {
    this.#context = contextOf(material);
    this.#connections = connections;
    this.maxHandshakes = maxHandshakes;
  }

  /** The pair for connections from now on; those that are open keep theirs. */
  replace(material: TlsMaterial): void {
    this.#context = contextOf(material);
  }

  /** @param client when it is not the other end of the socket, as behind a proxy. */
  accept(socket: Socket, client?: Endpoint): void {
    if (this.#handshakes.size >= this.maxHandshakes) {
      socket.destroy();
      return;
    }
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#context,
      ALPNProtocols: ALPN_PROTOCOLS,
    });
    this.#handshakes.add(secured);
    // A failed handshake is the client's affair; nothing is logged for strangers.
    const destroy = (): void => {
      secured.destroy();
      socket.destroy();
    };
    const timer = setTimeout(destroy, HANDSHAKE_MS);
    socket.on('error', destroy);
    secured.on('error', destroy);
    secured.once('close', () => {
      clearTimeout(timer);
      this.#handshakes.delete(secured);
    });
    secured.once('secure', () => {
      clearTimeout(timer);
      this.#handshakes.delete(secured);
      this.#connections.serve(secured, 'tls', client);
    });
  }

  /** Ends handshakes that are going on. */
  close(): void {
    for (const socket of this.#handshakes) socket.destroy();
  }
}

function contextOf({ cert, key }: TlsMaterial): SecureContext {
  return createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}
