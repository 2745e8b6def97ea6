import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { Logger } from '#runtime/logger.ts';
import { frame, FrameReader } from './framed-datagrams.ts';
import type { CheckSource, CheckVerdict, IceRoleResponder } from './ice-role.ts';
import { MAX_CHECK_LENGTH } from './stun-binding.ts';

/** Connections on one TCP address; beyond it new ones are closed at once. */
const MAX_CONNECTIONS = 512;
/** Role conflicts are settled within a second; a browser that stays connected has nothing more to say here. */
const CONNECTION_LIFETIME_MS = 20_000;
/** A client of the role responder sends and gets some 100 bytes per check. */
const MAX_UNSENT_BYTES = 16_384;

/** The sockets of the ICE role responder: one UDP and one TCP port on every bound address. */
export class IceRoleSockets {
  readonly #responder: IceRoleResponder;
  readonly #count: (verdict: CheckVerdict) => void;
  readonly #logger: Logger;
  readonly #udp: UdpSocket[] = [];
  readonly #tcp: Server[] = [];
  readonly #connections = new Set<Socket>();
  #lastConnection = 0;

  constructor(responder: IceRoleResponder, count: (verdict: CheckVerdict) => void, logger: Logger) {
    this.#responder = responder;
    this.#count = count;
    this.#logger = logger;
  }

  /** @throws the operating system's error (`EADDRINUSE` …) when one cannot be bound. */
  async listen(addresses: readonly string[], port: number): Promise<void> {
    for (const address of addresses) {
      await this.#listenUdp(address, port);
      await this.#listenTcp(address, port);
    }
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await Promise.all([
      ...this.#udp.splice(0).map((socket) => new Promise<void>((resolve) => socket.close(resolve))),
      ...this.#tcp.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    ]);
  }

  async #listenUdp(address: string, port: number): Promise<void> {
    const socket = isIPv6(address) ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('error', reject);
    socket.bind({ address, port }, resolve);
    await promise;
    socket.off('error', reject);
    this.#udp.push(socket);
    socket.on('error', (error) => this.#logger.warn({ err: error }, 'the role responder cannot use its UDP socket'));
    socket.on('message', (datagram, { address: from, port: fromPort }) => {
      const source: CheckSource = {
        key: `${from}/${fromPort}`,
        // A datagram that the network refuses is a lost datagram; the client checks again.
        send: (answer) =>
          socket.send(answer, fromPort, from, (error) => {
            if (error !== null) this.#logger.debug({ code: codeOf(error) }, 'a role check could not be sent');
          }),
      };
      this.#count(this.#responder.receive(datagram, source));
    });
  }

  async #listenTcp(address: string, port: number): Promise<void> {
    const server = createServer({ noDelay: true }, (connection) => this.#accept(connection));
    server.maxConnections = MAX_CONNECTIONS;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: true }, resolve);
    await promise;
    server.off('error', reject);
    this.#tcp.push(server);
    server.on('error', (error) => this.#logger.warn({ err: error }, 'the role responder cannot use its TCP socket'));
  }

  #accept(connection: Socket): void {
    this.#connections.add(connection);
    const reader = new FrameReader(MAX_CHECK_LENGTH);
    const end = setTimeout(() => connection.destroy(), CONNECTION_LIFETIME_MS);
    this.#lastConnection += 1;
    const source: CheckSource = {
      key: `tcp/${this.#lastConnection}`,
      send: (answer) => {
        if (connection.writableLength > MAX_UNSENT_BYTES) connection.destroy();
        else if (connection.writable) connection.write(frame(answer));
      },
    };
    connection.once('close', () => {
      clearTimeout(end);
      this.#connections.delete(connection);
    });
    connection.on('error', (error) => this.#logger.debug({ code: codeOf(error) }, 'a role connection failed'));
    connection.on('data', (chunk) => {
      const datagrams = reader.push(chunk);
      if (datagrams === undefined) return void connection.destroy();
      for (const datagram of datagrams) {
        const verdict = this.#responder.receive(datagram, source);
        this.#count(verdict);
        if (verdict !== 'answered' && verdict !== 'ignored') return void connection.destroy();
      }
    });
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
