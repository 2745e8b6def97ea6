import { headerValue, parseParameterised } from './headers.ts';
import type { SipMessage } from './message.ts';
import { unquote } from './quoted-string.ts';

const CRLF = '\r\n';
const HEAD_END = Buffer.from('\r\n\r\n');
const SDP = 'application/sdp';
/** Carriers send two parts or three: SDP, ISUP, a place. */
const MAX_PARTS = 16;

/**
 * The message with the session description as its body, where that came as one part of a `multipart/mixed` (RFC 5621 §8.1), as
 * exchanges send it beside what is theirs. Any other message is given back as it is.
 */
export function unwrapSession<Message extends SipMessage>(message: Message): Message {
  const type = parseParameterised(headerValue(message, 'content-type') ?? '');
  const boundary = unquote(type?.parameters.get('boundary') ?? '');
  if (type?.value.toLowerCase() !== 'multipart/mixed' || boundary === '') return message;
  const body = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength);
  const session = partsOf(body, boundary).find(({ head }) => typeOf(head) === SDP);
  if (session === undefined) return message;
  const others = message.others.map((header) => (header.name === 'content-type' ? { ...header, value: SDP } : header));
  return { ...message, others, body: session.content };
}

interface Part {
  readonly head: string;
  readonly content: Uint8Array;
}

/** RFC 2046 §5.1: each part stands between two delimiters, the line break before a delimiter is the delimiter's. */
function partsOf(body: Buffer, boundary: string): readonly Part[] {
  const delimiter = `${CRLF}--${boundary}`;
  const parts: Part[] = [];
  const first = body.indexOf(delimiter.slice(CRLF.length));
  const isAtLineStart = first === 0 || body.toString('latin1', Math.max(0, first - CRLF.length), first) === CRLF;
  if (first < 0 || !isAtLineStart) return parts;
  let start = first + delimiter.length - CRLF.length;
  while (parts.length < MAX_PARTS) {
    const end = body.indexOf(delimiter, start);
    if (end < 0) break;
    const part = body.subarray(start, end);
    const headEnd = part.indexOf(HEAD_END);
    if (headEnd >= 0) {
      parts.push({ head: part.toString('latin1', 0, headEnd), content: part.subarray(headEnd + HEAD_END.length) });
    }
    start = end + delimiter.length;
  }
  return parts;
}

function typeOf(head: string): string | undefined {
  for (const line of head.split(CRLF)) {
    const colon = line.indexOf(':');
    if (line.slice(0, Math.max(0, colon)).trim().toLowerCase() !== 'content-type') continue;
    return line
      .slice(colon + 1)
      .split(';', 1)[0]
      ?.trim()
      .toLowerCase();
  }
  return undefined;
}
