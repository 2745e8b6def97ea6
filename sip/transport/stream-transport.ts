import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, Server as TlsServer, type TLSSocket } from 'node:tls';
import { StreamFramer } from '../message/stream-framer.ts';
import type { Protocol, Source, Target } from './source.ts';

/** RFC 5626 §4.4.1: what answers a keep-alive. */
const PONG = Buffer.from('\r\n');
const CONNECT_MS = 10_000;
/** A message that could go another way waits no longer for a connection, and looks for none again for so long. */
const REACH_MS = 2_000;
const UNREACHABLE_MS = 600_000;
const MAX_UNREACHABLE = 1_000;

export interface TlsFiles {
  /** PEM */
  readonly cert: Buffer;
  /** PEM */
  readonly key: Buffer;
}

export interface StreamSettings {
  readonly protocol: 'TCP' | 'TLS';
  /** Ours, for TLS: shown to those who connect, and to those we connect to, who may ask for it. */
  readonly tls?: TlsFiles;
  /** Whose certificates are trusted besides the system's, PEM. */
  readonly trusted?: readonly string[];
  /** Whether those we connect to must show a certificate that fits their name. */
  readonly isVerified: boolean;
  readonly idleMs: number;
  readonly connectionsPerAddress: number;
  /** Unique in the process, over all transports. */
  readonly nextNumber: () => number;
  readonly onBytes: (bytes: Uint8Array, source: Source) => void;
  /** The stream cannot be read on, and the connection is closed. */
  readonly onBroken: (reason: string) => void;
  /** Whether anything at all is taken from an address. */
  readonly isAllowed: (address: string) => boolean;
}

interface Connection {
  readonly number: number;
  readonly socket: Socket;
  readonly source: Source;
  readonly isOutgoing: boolean;
}

/** SIP over TCP or TLS: connections in both directions, cut into messages, used again while they are open. */
export class StreamTransport {
  readonly #settings: StreamSettings;
  readonly #server: Server | undefined;
  readonly #connections = new Map<number, Connection>();
  /** Those that are being made, by where they go, so that two messages do not make two. */
  readonly #pending = new Map<string, Promise<Connection>>();
  /** Until when nobody is to be expected there. */
  readonly #unreachable = new Map<string, number>();
  #tls: TlsFiles | undefined;
  #isClosed = false;

  constructor(settings: StreamSettings) {
    this.#settings = settings;
    this.#tls = settings.tls;
    const onSocket = (socket: Socket): void => this.#accept(socket);
    if (settings.protocol === 'TCP') this.#server = createServer({ noDelay: true }, onSocket);
    else if (settings.tls !== undefined) {
      const options = { ...settings.tls, minVersion: 'TLSv1.2', handshakeTimeout: CONNECT_MS } as const;
      this.#server = createTlsServer(options, onSocket);
      this.#server.on('connection', (socket: Socket) => {
        // Before the handshake: strangers get no cryptography from us.
        if (!settings.isAllowed(plainAddress(socket.remoteAddress))) socket.destroy();
        socket.on('error', () => socket.destroy());
      });
      // A failed handshake is the other side's affair.
      this.#server.on('tlsClientError', () => undefined);
    }
  }

  /** @returns the port. Rejects with the system's error when the address cannot be used. */
  listen(address: string, port: number): Promise<number> {
    const server = this.#server;
    if (server === undefined) return Promise.reject(new Error('a TLS listener needs a certificate'));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, () => {
        server.off('error', reject);
        // Running out of descriptors ends one accept, not the listener.
        server.on('error', () => undefined);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** The pair for connections from now on; those that are open keep theirs. */
  replaceCertificate(tls: TlsFiles): void {
    this.#tls = tls;
    if (this.#server instanceof TlsServer) this.#server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' });
  }

  get size(): number {
    return this.#connections.size;
  }

  isOpen(connection: number): boolean {
    return this.#connections.has(connection);
  }

  /** Over the connection that is named, else one to the same place, else a new one. Rejects when none can be made. */
  async send(bytes: Buffer, target: Target): Promise<void> {
    if (this.#isClosed) return;
    const { socket } = await this.#connectionTo(target);
    await new Promise<void>((resolve, reject) => {
      socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Whether there is a connection, or one can be made soon; where there was none a while ago it is not tried. */
  async reaches(target: Target): Promise<boolean> {
    const key = keyOf(target);
    if ((this.#unreachable.get(key) ?? 0) > performance.now()) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), REACH_MS);
    });
    const made = Promise.resolve(this.#connectionTo(target)).then(
      () => true,
      () => false,
    );
    const isReached = await Promise.race([made, late]);
    clearTimeout(timer);
    if (this.#unreachable.size >= MAX_UNREACHABLE) this.#unreachable.clear();
    if (isReached) this.#unreachable.delete(key);
    else this.#unreachable.set(key, performance.now() + UNREACHABLE_MS);
    return isReached;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const { socket } of this.#connections.values()) socket.destroy();
    const server = this.#server;
    if (server?.listening !== true) return Promise.resolve();
    return new Promise((resolve) => server.close(() => resolve()));
  }

  #connectionTo(target: Target): Connection | Promise<Connection> {
    const named = target.connection === undefined ? undefined : this.#connections.get(target.connection);
    if (named !== undefined) return named;
    for (const connection of this.#connections.values()) {
      const { address, port } = connection.source;
      // Only where the name was checked when it was made does the address stand for it.
      const isSame = address === target.address && port === target.port;
      if (isSame && (this.#settings.protocol === 'TCP' || connection.isOutgoing)) return connection;
    }
    const key = keyOf(target);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const made = this.#connect(target).finally(() => this.#pending.delete(key));
    this.#pending.set(key, made);
    return made;
  }

  #connect(target: Target): Promise<Connection> {
    const { protocol, trusted, isVerified } = this.#settings;
    return new Promise((resolve, reject) => {
      const socket: Socket | TLSSocket =
        protocol === 'TCP'
          ? connectTcp({ host: target.address, port: target.port, noDelay: true })
          : connectTls({
              host: target.address,
              port: target.port,
              ...(target.serverName === undefined ? {} : { servername: target.serverName }),
              ...this.#tls,
              ...(trusted === undefined ? {} : { ca: [...trusted] }),
              rejectUnauthorized: isVerified,
              minVersion: 'TLSv1.2',
            });
      const fail = (error: Error): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(error);
      };
      const timer = setTimeout(() => fail(new Error('the connection could not be made in time')), CONNECT_MS);
      socket.once('error', fail);
      socket.once(protocol === 'TCP' ? 'connect' : 'secureConnect', () => {
        clearTimeout(timer);
        socket.off('error', fail);
        resolve(this.#serve(socket, { ...target, protocol }, true));
      });
    });
  }

  #accept(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress);
    const { isAllowed, connectionsPerAddress, protocol } = this.#settings;
    let open = 0;
    for (const { source } of this.#connections.values()) if (source.address === address) open++;
    if (this.#isClosed || !isAllowed(address) || open >= connectionsPerAddress) {
      socket.destroy();
      return;
    }
    this.#serve(socket, { protocol, address, port: socket.remotePort ?? 0 }, false);
  }

  #serve(socket: Socket, { address, port }: Target, isOutgoing: boolean): Connection {
    const { protocol, nextNumber, idleMs, onBytes, onBroken } = this.#settings;
    const number = nextNumber();
    const source: Source = { protocol: protocol satisfies Protocol, address, port, connection: number };
    const connection = { number, socket, source, isOutgoing };
    const framer = new StreamFramer();
    this.#connections.set(number, connection);
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#connections.delete(number));
    socket.on('data', (chunk: Buffer) => {
      for (const frame of framer.push(chunk)) {
        if (frame.kind === 'message') onBytes(frame.bytes, source);
        else if (frame.kind === 'ping') socket.write(PONG);
        else if (frame.kind === 'broken') {
          onBroken(frame.reason);
          socket.destroy();
          return;
        }
      }
    });
    return connection;
  }
}

function keyOf({ address, port, serverName = '' }: Target): string {
  return `${address} ${port} ${serverName}`;
}

/** A listener on `::` reports IPv4 addresses as IPv4-mapped (RFC 4291 §2.5.5.2). */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/u, '').replace(/%.*$/u, '');
}
