import { performance } from 'node:perf_hooks';
import { WebSocketServer } from 'ws';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { readTenant } from '#protocol/xmpp/tenant.ts';
import { addressGroup } from '#runtime/address-group.ts';
import { refuse, type Upgrade } from '#runtime/http.ts';
import { isLoopback, type AddressLimits } from '../address-limits.ts';
import { Connection, type ConnectionEnvironment } from './connection.ts';

export interface WebSocketEndpointOptions {
  readonly probeIntervalSeconds: number;
}

/** RFC 7395 §3.1 */
const SUBPROTOCOL = 'xmpp';
/**
 * A frame above this is cut by the WebSocket layer (close code 1009). It is larger than any stanza may be, so that
 * what is merely too large gets the stream error that XMPP has for it.
 */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** Takes WebSockets over from the HTTP listener and watches over all of them. */
export class WebSocketEndpoint {
  readonly #environment: ConnectionEnvironment;
  readonly #limits: AddressLimits;
  readonly #probeIntervalMs: number;
  readonly #connections = new Set<Connection>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  #probes: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(environment: ConnectionEnvironment, limits: AddressLimits, options: WebSocketEndpointOptions) {
    this.#environment = environment;
    this.#limits = limits;
    this.#probeIntervalMs = options.probeIntervalSeconds * 1000;
  }

  get size(): number {
    return this.#connections.size;
  }

  start(): void {
    this.#probes = setInterval(() => {
      for (const connection of this.#connections) connection.probe(this.#probeIntervalMs);
    }, this.#probeIntervalMs / 2);
    this.#probes.unref();
  }

  handle({ request, socket, head, url, client }: Upgrade): void {
    if (this.#isStopping) return refuse(socket, 503, 'Service Unavailable');
    const leave = this.#limits.admit(client.address, performance.now());
    if (leave === undefined) {
      this.#environment.metrics.refusedConnections.inc();
      return refuse(socket, 429, 'Too Many Requests');
    }
    socket.once('close', leave);
    // RFC 7395 §3.1: a client that does not ask for the subprotocol does not speak it.
    if (!offersXmpp(request.headers['sec-websocket-protocol'])) return refuse(socket, 400, 'Bad Request');
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const isSecure = client.protocol === 'https';
      const origin = {
        addressGroup: addressGroup(client.address),
        query: url.searchParams,
        tenant: tenantIn(url),
        isSecure,
        isPrivate: isSecure || isLoopback(client.address),
        webSocketOrigin: `${isSecure ? 'wss' : 'ws'}://${client.host}`,
      };
      const connection = new Connection(webSocket, socket, origin, this.#environment);
      this.#connections.add(connection);
      webSocket.once('close', () => this.#connections.delete(connection));
    });
  }

  /** Tells those that are still logging in; sessions have been told by their registry. */
  stop(): void {
    this.#isStopping = true;
    clearInterval(this.#probes);
    for (const connection of this.#connections) connection.shutDown();
  }

  terminateAll(): void {
    for (const connection of this.#connections) connection.terminate();
  }
}

/** Of `/<tenant>/xmpp-websocket`; what can be none names no room. */
function tenantIn(url: URL): string | undefined {
  const [segment, ...rest] = url.pathname.split('/').filter((one) => one !== '');
  if (segment === undefined || rest.length !== 1) return undefined;
  try {
    return readTenant(decodeURIComponent(segment));
  } catch (error) {
    if (error instanceof DecodeError || error instanceof URIError) return undefined;
    throw error;
  }
}

function offersXmpp(header: string | undefined): boolean {
  return (
    header
      ?.split(',')
      .map((name) => name.trim())
      .includes(SUBPROTOCOL) ?? false
  );
}
