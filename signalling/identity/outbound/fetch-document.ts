import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { FORBIDDEN_PORTS } from './forbidden-ports.ts';
import { systemNetwork, type Network } from './network.ts';
import { OutboundError } from './outbound-error.ts';

/** How much another server may cost us. */
export interface FetchBounds {
  /** For everything together: names, redirects, the whole answer. */
  readonly timeoutMs: number;
  /** For one connection, encryption included. Default: all of the above. */
  readonly connectTimeoutMs?: number;
  readonly maxBytes: number;
  readonly maxRedirects: number;
}

export interface FetchOptions extends FetchBounds {
  /**
   * Whether the address comes from our configuration: then it may be a private one, and so may redirects within its
   * origin. Every other address must be public, looked at where the connection is made, so that no name can resolve
   * differently twice, and its port none of another service.
   */
  readonly isTrusted: boolean;
  /** Unencrypted http is for servers inside one's own network only. */
  readonly isHttpAllowed?: boolean;
  /** Where to connect instead of the address's own host and port; name and certificate stay those of the address. */
  readonly connectTo?: { readonly host: string; readonly port: number } | undefined;
  /** PEM; trusted besides the authorities of the system. */
  readonly ca?: string | undefined;
  /** Sent to the address's own origin only. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly network?: Network;
}

export interface Fetched {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Gets a document from another server with everything bounded: time, size, redirects, and the addresses it may lead to. The
 * environment's proxies are not used, and there are no cookies.
 *
 * @returns whatever the server answers that is no redirect.
 * @throws OutboundError
 */
export async function fetchDocument(url: URL, options: FetchOptions): Promise<Fetched> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  let current = url;
  try {
    for (let redirects = 0; redirects <= options.maxRedirects; redirects += 1) {
      checkScheme(current, options);
      const isOwn = current.origin === url.origin;
      const response = await ask(current, isOwn, options, signal);
      const { statusCode: status = 0, headers } = response;
      if (!REDIRECTS.has(status)) return { status, headers, body: await readBody(response, options.maxBytes) };
      response.destroy();
      const target = URL.parse(headers.location ?? '', current.href);
      if (target === null) throw new OutboundError('bad-redirect', 'redirects to no address');
      current = target;
    }
  } catch (cause) {
    if (cause instanceof OutboundError) throw cause;
    if (signal.aborted) throw new OutboundError('timeout', `gave no answer within ${options.timeoutMs} ms`, { cause });
    throw new OutboundError('unreachable', 'cannot be reached', { cause });
  }
  throw new OutboundError('bad-redirect', `redirects more than ${options.maxRedirects} times`);
}

function checkScheme(url: URL, { isHttpAllowed = false }: FetchOptions): void {
  const isGood = url.protocol === 'https:' || (url.protocol === 'http:' && isHttpAllowed);
  if (!isGood || url.username !== '') throw new OutboundError('bad-redirect', 'is not at an https address');
}

function ask(url: URL, isOwn: boolean, options: FetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { network = systemNetwork } = options;
  const isTrusted = options.isTrusted && isOwn;
  const ownHost = url.hostname.replace(/^\[|\]$/g, '');
  const { host, port } = (isOwn ? options.connectTo : undefined) ?? { host: ownHost, port: url.port };
  // Node resolves no literal addresses, so the guard below would not see them.
  const isForbidden = (isIP(host) !== 0 && !network.isAllowed(host)) || FORBIDDEN_PORTS.has(Number(port));
  if (!isTrusted && isForbidden) throw forbidden();
  const isSecure = url.protocol === 'https:';
  const requestOptions: RequestOptions = {
    signal,
    agent: false,
    method: 'GET',
    host,
    path: `${url.pathname}${url.search}`,
    headers: { accept: 'application/json, */*;q=0.1', ...(isOwn ? options.headers : {}), host: url.host },
    lookup: guardedLookup(network, isTrusted),
    ...(port === '' ? {} : { port }),
    // RFC 6066 §3: addresses are no server names; the certificate is then compared with where we connect.
    ...(isSecure && isIP(ownHost) === 0 ? { servername: ownHost } : {}),
    ...(isSecure && options.ca !== undefined ? { ca: [...getCACertificates('default'), options.ca] } : {}),
  };
  return new Promise((resolve, reject) => {
    const outgoing = (isSecure ? httpsRequest : httpRequest)(requestOptions, resolve);
    const { connectTimeoutMs = options.timeoutMs } = options;
    const timer = setTimeout(() => {
      outgoing.destroy(new OutboundError('timeout', `did not take a connection within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    outgoing.once('socket', (socket) => socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(timer)));
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.once('error', reject);
    outgoing.end();
  });
}

/** As dns.lookup, but an error where any address of the name is not public; the connection goes to what was looked at. */
function guardedLookup(network: Network, isTrusted: boolean): LookupFunction {
  return (name, { all }, callback) => {
    network.resolve(name, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const [first] = addresses;
      const isAllowed = isTrusted || addresses.every(({ address }) => network.isAllowed(address));
      if (first === undefined || !isAllowed) callback(forbidden(), '', 0);
      else if (all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

function forbidden(): OutboundError {
  return new OutboundError('forbidden-address', 'is at an address or port that is not for the public');
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new OutboundError('too-large', `sends more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
