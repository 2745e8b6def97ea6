import { fetchDocument, type FetchBounds as OutboundBounds } from '../outbound/fetch-document.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import { KeyServerError } from './key-source.ts';

export interface FetchBounds extends Pick<OutboundBounds, 'timeoutMs' | 'maxBytes'> {
  /** Unencrypted http is for key servers inside one's own network only. */
  readonly isHttpAllowed: boolean;
}

const MAX_REDIRECTS = 3;

/**
 * Gets a document from an address of the configuration. That address is trusted; what it redirects to is not, and must
 * be https to a public address.
 *
 * @returns undefined for 404 and 410.
 * @throws KeyServerError
 */
export async function fetchGuarded(url: URL, bounds: FetchBounds): Promise<Buffer | undefined> {
  try {
    const { status, body } = await fetchDocument(url, { ...bounds, maxRedirects: MAX_REDIRECTS, isTrusted: true });
    if (status === 200) return body;
    if (status === 404 || status === 410) return undefined;
    throw new KeyServerError('bad-status', `answered with status ${status}`);
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    throw new KeyServerError(cause.code, cause.message, { cause });
  }
}
