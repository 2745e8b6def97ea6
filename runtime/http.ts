import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import proxyAddr from '@fastify/proxy-addr';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { HttpConfig } from './http-config.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { StartError } from './start-error.ts';
import type { TlsFiles } from './tls-files.ts';

/** How a client reached us, after the headers of trusted proxies. */
export interface ClientConnection {
  /** Textual IP address. */
  readonly address: string;
  /** `http` or `https` as the client used it. */
  readonly protocol: 'http' | 'https';
  /** Host and port as the client wrote them; empty if it sent none. */
  readonly host: string;
}

/** A WebSocket (or other) upgrade on its way to the owner of the path's first segment. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Path and query; the host part means nothing. */
  readonly url: URL;
  readonly client: ClientConnection;
}

export type UpgradeHandler = (upgrade: Upgrade) => void;

export interface UpgradeOptions {
  /** Also as the last segment below a tenant: `/<tenant>/xmpp-websocket`. */
  readonly isBelowTenants?: boolean;
}

/** A STUN stream that came in on the https port; the first bytes are unread again. */
export type StunStreamHandler = (socket: TLSSocket) => void;

/** A reason why no meeting can be held now, or undefined. */
export type HealthCheck = () => string | undefined;

// RFC 7983 §7: the first byte of a STUN message is 0 … 3; no HTTP request and no TLS record starts so.
const LAST_STUN_FIRST_BYTE = 3;
const FIRST_BYTE_TIMEOUT_MS = 10_000;
const BODY_LIMIT_BYTES = 262_144;

/**
 * The process's one HTTP listener: pages and APIs through fastify, WebSocket upgrades through one table by the path's
 * first segment, and with TLS also STUN streams for the relay (decisions.md, "HTTP: one port").
 */
export class HttpServer {
  readonly app: FastifyInstance;
  readonly #config: HttpConfig;
  readonly #host: string;
  readonly #tls: TlsFiles | undefined;
  readonly #logger: Logger;
  readonly #server: Server;
  readonly #isTrusted: (address: string, hop: number) => boolean;
  readonly #upgrades = new Map<string, { handler: UpgradeHandler; options: UpgradeOptions }>();
  readonly #healthChecks = new Map<string, HealthCheck>();
  #stunHandler: StunStreamHandler | undefined;

  constructor(host: string, config: HttpConfig, tls: TlsFiles | undefined, metrics: Metrics, logger: Logger) {
    this.#config = config;
    this.#host = host;
    this.#tls = tls;
    this.#logger = logger.child({ service: 'http' });
    this.#isTrusted = proxyAddr.compile([...config.trustedProxies]);
    let server: Server | undefined;
    this.app = Fastify({
      serverFactory: (handler) => {
        server = tls === undefined ? createHttpServer(handler) : createHttpsServer({ ...tls.material }, handler);
        return server;
      },
      trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
      bodyLimit: BODY_LIMIT_BYTES,
      logger: false,
      forceCloseConnections: true,
      routerOptions: { maxParamLength: 4_096 },
    });
    if (server === undefined) throw new Error('fastify made no server');
    this.#server = server;
    tls?.onReplaced((material) => {
      if ('setSecureContext' in this.#server)
        (this.#server as { setSecureContext(m: object): void }).setSecureContext(material);
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket, head);
    });
    if (tls !== undefined) this.#peekFirstBytes();
    this.#routes(metrics);
  }

  /** Takes a first path segment for upgrades. */
  onUpgrade(firstSegment: string, handler: UpgradeHandler, options: UpgradeOptions = {}): void {
    if (this.#upgrades.has(firstSegment)) throw new Error(`two owners for upgrades on /${firstSegment}`);
    this.#upgrades.set(firstSegment, { handler, options });
  }

  /** Hands STUN streams on the https port to the relay; without TLS it is never called. */
  onStunStream(handler: StunStreamHandler | undefined): void {
    this.#stunHandler = handler;
  }

  /** `/health` answers 200 only while no check names a reason. */
  addHealthCheck(name: string, check: HealthCheck): void {
    this.#healthChecks.set(name, check);
  }

  get isTls(): boolean {
    return this.#tls !== undefined;
  }

  get tls(): TlsFiles | undefined {
    return this.#tls;
  }

  /** Reasons why no meeting can be held now. */
  problems(): string[] {
    return [...this.#healthChecks].flatMap(([name, check]) => {
      const problem = check();
      return problem === undefined ? [] : [`${name}: ${problem}`];
    });
  }

  /** @returns the TCP port. @throws StartError when the address or port cannot be used. */
  async listen(): Promise<number> {
    await this.app.ready();
    const { port } = this.#config;
    try {
      await this.app.listen({ host: this.#host, port });
    } catch (cause) {
      throw new StartError(listenProblem(cause, this.#host, port), { cause });
    }
    return (this.#server.address() as AddressInfo).port;
  }

  /** Open upgraded sockets belong to their owners, who end them first (decisions.md, "HTTP"). */
  async close(): Promise<void> {
    await this.app.close();
  }

  /** Whether a page of another origin may speak to this server (`http.allowedOrigins`). */
  isAllowedOrigin(origin: string): boolean {
    const { allowedOrigins } = this.#config;
    return allowedOrigins.length === 0 || allowedOrigins.includes(origin);
  }

  clientOf(request: IncomingMessage): ClientConnection {
    const peer = request.socket.remoteAddress ?? '';
    const isBehindProxy = peer !== '' && this.#isTrusted(peer, 0);
    const forwarded = (name: string): string | undefined => {
      const value = request.headers[name];
      const text = Array.isArray(value) ? value[0] : value;
      return isBehindProxy ? text?.split(',')[0]?.trim() : undefined;
    };
    const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
    const protocol = forwarded('x-forwarded-proto') ?? (encrypted ? 'https' : 'http');
    return {
      address: plainAddress(proxyAddr(request, this.#isTrusted)),
      protocol: protocol === 'https' ? 'https' : 'http',
      host: forwarded('x-forwarded-host') ?? request.headers.host ?? '',
    };
  }

  #routes(metrics: Metrics): void {
    this.app.get('/health', async (_request, reply) => {
      const problems = this.problems();
      return reply
        .code(problems.length === 0 ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status: problems.length === 0 ? 'ok' : 'unavailable', problems });
    });
    const isMetricsReader = proxyAddr.compile([...this.#config.metricsAllow]);
    this.app.get('/metrics', async (request: FastifyRequest, reply: FastifyReply) => {
      if (!isMetricsReader(plainAddress(request.ip), 0)) {
        return reply.code(403).type('text/plain').send('This address may not read metrics (http.metricsAllow).\n');
      }
      return reply.type(metrics.contentType).send(await metrics.metrics());
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', (error) => this.#logger.debug({ err: error }, 'an upgraded socket failed'));
    const { origin } = request.headers;
    if (origin !== undefined && !this.isAllowedOrigin(origin)) return refuse(socket, 403, 'Forbidden');
    const url = parseTarget(request.url);
    const segments = url?.pathname.split('/').filter((segment) => segment !== '') ?? [];
    const first = this.#upgrades.get(segments[0] ?? '');
    const last = this.#upgrades.get(segments.at(-1) ?? '');
    const entry = first ?? (last?.options.isBelowTenants === true ? last : undefined);
    if (url === undefined || entry === undefined) return refuse(socket, 404, 'Not Found');
    try {
      entry.handler({ request, socket, head, url, client: this.clientOf(request) });
    } catch (error) {
      this.#logger.error({ err: error }, 'an upgrade handler failed');
      socket.destroy();
    }
  }

  /** Puts a look at the first decrypted byte before Node's own connection handler, whose time-outs stay in force. */
  #peekFirstBytes(): void {
    const toHttp = this.#server.listeners('secureConnection');
    this.#server.removeAllListeners('secureConnection');
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      const onError = (): void => void socket.destroy();
      const timer = setTimeout(onError, FIRST_BYTE_TIMEOUT_MS);
      socket.on('error', onError);
      socket.once('close', () => clearTimeout(timer));
      socket.once('readable', () => {
        clearTimeout(timer);
        const chunk: unknown = socket.read();
        if (!Buffer.isBuffer(chunk) || chunk.length === 0) return void socket.destroy();
        socket.unshift(chunk);
        socket.off('error', onError);
        if ((chunk[0] ?? 0) > LAST_STUN_FIRST_BYTE) for (const listener of toHttp) listener.call(this.#server, socket);
        else if (this.#stunHandler === undefined) socket.destroy();
        else this.#stunHandler(socket);
      });
    });
  }
}

/** Answers an upgrade that nobody wants and ends the socket. */
export function refuse(socket: Duplex, status: number, reason: string): void {
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function parseTarget(target: string | undefined): URL | undefined {
  return URL.parse(target ?? '/', 'http://localhost') ?? undefined;
}

/** IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2) as IPv4. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

function listenProblem(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is in use by another program. Stop it, or set PARLEY_HTTP_PORT to a free port.`;
  }
  if (code === 'EACCES') {
    return `This user may not listen on port ${port}. Use a port from 1024 on (PARLEY_HTTP_PORT), or give the right (CAP_NET_BIND_SERVICE).`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is no address of this machine. Set PARLEY_HTTP_HOST to one of its addresses, or 0.0.0.0 for all.`;
  }
  return `Cannot listen on ${host}, port ${port}: ${String(cause)}`;
}
