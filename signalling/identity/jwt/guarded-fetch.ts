import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet, type RequestOptions } from 'node:https';
import ipaddr from 'ipaddr.js';
import { KeyServerError } from './key-source.ts';

export interface FetchBounds {
  /** For everything together: names, redirects, the whole answer. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Unencrypted http is for key servers inside one's own network only. */
  readonly isHttpAllowed: boolean;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Gets a document from an address of the configuration. That address is trusted; what it redirects to is not, and must
 * be https to a public address, looked at where the connection is made, so that no name can resolve differently twice.
 *
 * @returns undefined for 404 and 410.
 * @throws KeyServerError
 */
export async function fetchGuarded(url: URL, bounds: FetchBounds): Promise<Buffer | undefined> {
  const signal = AbortSignal.timeout(bounds.timeoutMs);
  let current = url;
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      checkUrl(current, bounds);
      const response = await request(current, current.origin === url.origin, signal);
      const { statusCode = 0 } = response;
      if (statusCode === 200) return await readBody(response, bounds.maxBytes);
      response.destroy();
      if (statusCode === 404 || statusCode === 410) return undefined;
      if (!REDIRECTS.has(statusCode)) throw new KeyServerError('bad-status', `answered with status ${statusCode}`);
      const target = URL.parse(response.headers.location ?? '', current.href);
      if (target === null) throw new KeyServerError('bad-redirect', 'redirects to no address');
      current = target;
    }
  } catch (cause) {
    if (cause instanceof KeyServerError) throw cause;
    if (signal.aborted) throw new KeyServerError('timeout', `no answer within ${bounds.timeoutMs} ms`, { cause });
    throw new KeyServerError('unreachable', 'cannot be reached', { cause });
  }
  throw new KeyServerError('bad-redirect', `more than ${MAX_REDIRECTS} redirects`);
}

function checkUrl(url: URL, bounds: FetchBounds): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && bounds.isHttpAllowed)) return;
  throw new KeyServerError('bad-redirect', 'is not at an https address');
}

function request(url: URL, isTrusted: boolean, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Node resolves no literal addresses, so the guard below would not see them.
  if (!isTrusted && ipaddr.isValid(host) && !isPublic(host)) throw forbidden();
  const get = url.protocol === 'https:' ? httpsGet : httpGet;
  const options: RequestOptions = {
    signal,
    agent: false,
    headers: { accept: 'application/json, application/x-pem-file, */*;q=0.1' },
    ...(isTrusted ? {} : { lookup: lookupPublic }),
  };
  return new Promise((resolve, reject) => {
    get(url, options, resolve).once('error', reject);
  });
}

/** As dns.lookup, but an error where any address of the name is not public. */
const lookupPublic: NonNullable<RequestOptions['lookup']> = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error !== null) callback(error, '', 0);
    else if (first === undefined || !addresses.every(({ address }) => isPublic(address))) callback(forbidden(), '', 0);
    else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast';
}

function forbidden(): KeyServerError {
  return new KeyServerError('forbidden-address', 'redirects to an address that is not public');
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new KeyServerError('too-large', `sends more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
