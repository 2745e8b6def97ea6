import { isAscii, isUtf8 } from 'node:buffer';
import { mayRepeat } from './header-name.ts';
import { type HeadProblem, splitHead } from './header-lines.ts';
import { MESSAGE_LIMITS, type MessageLimits } from './limits.ts';
import type { CSeq, Header, NameAddress, SipFields, SipMessage, Via } from './message.ts';
import { parseNameAddress, parseNameAddresses } from './name-address.ts';
import type { ParseFailure, ParseResult, ReplyFields } from './parse-result.ts';
import { isToken, parseNumber, Scanner } from './scanner.ts';
import { parseUri, type Uri } from './uri.ts';
import { parseVias } from './via.ts';

const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
/** RFC 3261 §8.1.1.5. */
const MAX_CSEQ = 2 ** 31 - 1;
/** RFC 3261 §20.22. */
const MAX_MAX_FORWARDS = 255;

export interface ParseOptions {
  readonly limits?: MessageLimits;
  /** Over a stream Content-Length is needed and exact; a datagram may end the body, and what is behind it is ignored (RFC 3261 §18.3). */
  readonly framing?: 'datagram' | 'stream';
}

interface RequestLine {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: Uri;
}

interface StatusLine {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
}

type Problem = HeadProblem | { readonly reason: string; readonly status: 505 };

/**
 * Reads one message; never throws. What is refused here is refused by syntax (RFC 3261 §25, RFC 4475): what a method, scheme
 * or extension means is for the user agent to judge.
 */
export function parseMessage(
  bytes: Uint8Array,
  { limits = MESSAGE_LIMITS, framing = 'datagram' }: ParseOptions = {},
): ParseResult {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length > limits.messageBytes) return dropped('Message too large');
  const start = skipEmptyLines(buffer);
  const headEnd = buffer.indexOf(HEAD_END, start);
  if (headEnd < 0) return dropped('No end of the headers');
  const head = splitHead(decodeText(buffer.subarray(start, headEnd)), limits);
  const { headers } = head;
  const line = parseStartLine(head.startLine);
  const refuse = ({ reason, status }: Problem): ParseFailure => {
    const canReply = isAnswerable(head.startLine) ? replyFields(headers, limits) : undefined;
    return { ok: false, reason, status, ...(canReply !== undefined && { canReply }) };
  };
  if (line === undefined) return dropped('No SIP');
  if ('problem' in line) return refuse(line.problem);
  if (head.problem !== undefined) return refuse(head.problem);
  const fields = readFields(headers, limits);
  if ('problem' in fields) return refuse(fields.problem);
  if (line.kind === 'request' && line.method !== fields.cSeq.method) {
    return refuse(malformed('CSeq names another method'));
  }
  const body = cutBody(buffer.subarray(headEnd + HEAD_END.length), fields.contentLength, { limits, framing });
  if ('problem' in body) return refuse(body.problem);
  const { contentLength: _, ...message } = fields;
  return { ok: true, message: { ...line, ...message, body: body.bytes } satisfies SipMessage };
}

function dropped(reason: string): ParseFailure {
  return { ok: false, reason, status: 400 };
}

function malformed(reason: string): HeadProblem {
  return { reason, status: 400 };
}

/** RFC 3261 §7.5: empty lines before a message are ignored. */
function skipEmptyLines(buffer: Buffer): number {
  let start = 0;
  while (buffer[start] === CRLF[0] && buffer[start + 1] === CRLF[1]) start += CRLF.length;
  return start;
}

/** UTF-8; what is none came from a phone that writes names in Latin-1. */
function decodeText(bytes: Buffer): string {
  return !isAscii(bytes) && isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}

/** Undefined when this is not SIP at all, so that nobody is answered. */
function parseStartLine(text: string): RequestLine | StatusLine | { readonly problem: Problem } | undefined {
  if (/^SIP\//i.test(text)) return parseStatusLine(text);
  const methodEnd = text.indexOf(' ');
  const uriEnd = text.lastIndexOf(' ');
  const method = text.slice(0, Math.max(0, methodEnd));
  const version = text.slice(uriEnd + 1);
  if (!isToken(method)) return undefined;
  if (!/^SIP\/\d+\.\d+$/i.test(version)) {
    return text.includes('SIP/') ? { problem: malformed('Malformed request line') } : undefined;
  }
  if (version.toUpperCase() !== 'SIP/2.0') return { problem: { reason: 'Version Not Supported', status: 505 } };
  const uri = parseUri(text.slice(methodEnd + 1, uriEnd));
  // RFC 3261 §19.1.1: a Request-URI must not carry headers.
  const isFit = uri !== undefined && (uri.kind === 'other' || uri.headers === undefined);
  return isFit ? { kind: 'request', method, uri } : { problem: malformed('Malformed Request-URI') };
}

function parseStatusLine(text: string): StatusLine | { readonly problem: Problem } {
  const [version = '', code = ''] = text.split(' ', 2);
  const status = code.length === 3 ? parseNumber(code, 699) : undefined;
  if (version.toUpperCase() !== 'SIP/2.0') return { problem: malformed('Version of a response') };
  if (status === undefined || status < 100) return { problem: malformed('Malformed status') };
  return { kind: 'response', status, reason: text.slice(version.length + code.length + 2) };
}

/** Neither responses nor ACK are ever answered. */
function isAnswerable(startLine: string): boolean {
  return !/^(?:SIP\/|ACK )/i.test(startLine);
}

function replyFields(headers: readonly Header[], limits: MessageLimits): ReplyFields | undefined {
  const via = readVias(headers, limits);
  if (via === undefined) return undefined;
  const copied = ['from', 'to', 'call-id', 'cseq'].flatMap((name) => {
    const header = headers.find((header) => header.name === name);
    return header === undefined ? [] : [header];
  });
  return { via, copied };
}

function readVias(headers: readonly Header[], limits: MessageLimits): readonly Via[] | undefined {
  const all: Via[] = [];
  for (const { name, value } of headers) {
    if (name !== 'via') continue;
    const vias = parseVias(value, limits.vias - all.length);
    if (vias === undefined) return undefined;
    all.push(...vias);
  }
  return all.length === 0 ? undefined : all;
}

/** Headers with a field of their own that may stand once. */
const SINGLE_FIELDS = new Set(['from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-length']);

type ReadFields = Omit<SipFields, 'body'> & { readonly contentLength: number | undefined };

function readFields(headers: readonly Header[], limits: MessageLimits): ReadFields | { readonly problem: Problem } {
  const via = readVias(headers, limits);
  if (via === undefined) return { problem: malformed('No Via, a malformed one, or too many') };
  const lists = { contact: [] as NameAddress[], route: [] as NameAddress[], 'record-route': [] as NameAddress[] };
  const single = new Map<string, string>();
  const others: Header[] = [];
  let isWildcardContact = false;
  for (const header of headers) {
    const { name, value } = header;
    if (name === 'via') continue;
    if (name === 'contact' && value === '*') {
      isWildcardContact = true;
    } else if (name === 'contact' || name === 'route' || name === 'record-route') {
      // One line with commas is as many headers as it has elements (RFC 3261 §7.3.1).
      const addresses = parseNameAddresses(value, limits.headers - lists[name].length);
      if (addresses === undefined) return { problem: malformed(`Malformed ${name}, or too many`) };
      lists[name].push(...addresses);
    } else if (SINGLE_FIELDS.has(name)) {
      if (single.has(name)) return { problem: malformed(`More than one ${name}`) };
      single.set(name, value);
    } else {
      if (!mayRepeat(name) && others.some((other) => other.name === name)) {
        return { problem: malformed(`More than one ${name}`) };
      }
      others.push(header);
    }
  }
  if (isWildcardContact && lists.contact.length > 0) return { problem: malformed('Contact * with another') };
  const from = parseNameAddress(single.get('from') ?? '');
  const to = parseNameAddress(single.get('to') ?? '');
  const callId = parseCallId(single.get('call-id') ?? '');
  const cSeq = parseCSeq(single.get('cseq') ?? '');
  if (from === undefined) return { problem: malformed('No From, or a malformed one') };
  if (to === undefined) return { problem: malformed('No To, or a malformed one') };
  if (callId === undefined) return { problem: malformed('No Call-ID, or a malformed one') };
  if (cSeq === undefined) return { problem: malformed('No CSeq, or a malformed one') };
  const maxForwards = optionalNumber(single.get('max-forwards'), MAX_MAX_FORWARDS);
  const contentLength = optionalNumber(single.get('content-length'), Number.MAX_SAFE_INTEGER);
  if (maxForwards === 'malformed') return { problem: malformed('Malformed Max-Forwards') };
  if (contentLength === 'malformed') return { problem: malformed('Malformed Content-Length') };
  return {
    via,
    from,
    to,
    callId,
    cSeq,
    ...(maxForwards !== undefined && { maxForwards }),
    contacts: lists.contact,
    ...(isWildcardContact && { isWildcardContact }),
    routes: lists.route,
    recordRoutes: lists['record-route'],
    others,
    contentLength,
  };
}

function optionalNumber(text: string | undefined, maximum: number): number | 'malformed' | undefined {
  return text === undefined ? undefined : (parseNumber(text, maximum) ?? 'malformed');
}

/** Wider than the grammar's words: only white space and control characters could do harm. */
function parseCallId(text: string): string | undefined {
  return text === '' || /[\x00-\x20\x7f]/.test(text) ? undefined : text;
}

function parseCSeq(text: string): CSeq | undefined {
  const scanner = new Scanner(text);
  const number = parseNumber(scanner.takeToken(), MAX_CSEQ);
  scanner.skipSpace();
  const method = scanner.takeToken();
  return number === undefined || method === '' || !scanner.isAtEnd ? undefined : { number, method };
}

function cutBody(
  rest: Buffer,
  contentLength: number | undefined,
  { limits, framing }: Required<ParseOptions>,
): { readonly bytes: Buffer } | { readonly problem: Problem } {
  if (framing === 'stream' && contentLength !== rest.length) {
    return { problem: malformed('Content-Length is not the length of the body') };
  }
  if (contentLength !== undefined && contentLength > rest.length) {
    return { problem: malformed('Content-Length beyond the datagram') };
  }
  const bytes = rest.subarray(0, contentLength ?? rest.length);
  return bytes.length > limits.bodyBytes ? { problem: { reason: 'Body too large', status: 513 } } : { bytes };
}
