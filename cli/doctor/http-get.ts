import { get as httpGet, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { getCACertificates } from 'node:tls';

const TIMEOUT_MS = 8_000;
const MAX_BYTES = 262_144;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Gets what a browser would get: no redirects are followed, so that each is seen. Rejects with Node's errors. */
export async function httpAnswer(
  url: URL,
  { ca, headers = {} }: { readonly ca: string | undefined; readonly headers?: Readonly<Record<string, string>> },
): Promise<Answer> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { signal, headers, agent: false as const };
    const request =
      url.protocol === 'https:'
        ? httpsGet(url, { ...options, ...trusting(ca) }, resolve)
        : httpGet(url, options, resolve);
    request.once('error', reject);
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) break;
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') };
}

/** Authorities of the system, and one more. */
export function trusting(ca: string | undefined): { readonly ca?: string[] } {
  return ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
}
