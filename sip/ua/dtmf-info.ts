import { headerValue } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';

const MAX_BODY_BYTES = 256;
const DIGIT = /^[0-9A-D*#]$/u;

/**
 * The key an INFO reports, in either of the two forms that phones send: `application/dtmf-relay` with `Signal=5`, and
 * `application/dtmf` with the key alone.
 * @returns undefined for any other INFO
 */
export function digitOfInfo(request: SipRequest): string | undefined {
  const type = headerValue(request, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (request.body.length > MAX_BODY_BYTES) return undefined;
  const text = Buffer.from(request.body).toString('latin1');
  let key: string | undefined;
  if (type === 'application/dtmf-relay') {
    const line = text.split(/\r?\n/u).find((line) => line.toLowerCase().startsWith('signal'));
    key = line?.slice(line.indexOf('=') + 1);
  } else if (type === 'application/dtmf') key = text;
  // 10 and 11 are * and # by their number as telephone events (RFC 4733 §3.2).
  const named = key?.trim().toUpperCase();
  const digit = named === '10' ? '*' : named === '11' ? '#' : named;
  return digit !== undefined && DIGIT.test(digit) ? digit : undefined;
}
