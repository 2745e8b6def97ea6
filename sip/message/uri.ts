import { formatHostPort, parseHostPort } from './host.ts';
import { NO_PARAMETERS, type SipParameters } from './parameters.ts';

/** `sip:` or `sips:` (RFC 3261 §19.1). User, password and parameters are kept escaped as they came: peers compare bytes. */
export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** Still percent-escaped; decoded by `uriUser`. */
  readonly user?: string;
  readonly password?: string;
  /** Lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly parameters: SipParameters;
  /** What stands behind `?`, as it came. */
  readonly headers?: string;
}

/** Any other URI, `tel:` among them: kept, compared and sent as it is. */
export interface OtherUri {
  readonly kind: 'other';
  /** Lower case. */
  readonly scheme: string;
  /** What stands behind the scheme's colon. */
  readonly rest: string;
}

export type Uri = SipUri | OtherUri;

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const UNRESERVED = `${ALPHANUMERIC}-_.!~*'()`;

function characterSet(characters: string): Uint8Array {
  const set = new Uint8Array(128);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

const SCHEME = characterSet(`${ALPHANUMERIC}+-.`);
/** `user-unreserved`, and the `#` that dialled numbers have unescaped. */
const USER = characterSet(`${UNRESERVED}&=+$,;?/#`);
const PASSWORD = characterSet(`${UNRESERVED}&=+$,`);
const PARAMETER = characterSet(`${UNRESERVED}[]/:&+$`);
const HEADERS = characterSet(`${UNRESERVED}[]/?:+$&=`);
/** RFC 3986 §2, without the delimiters of a header that a URI stands in. */
const OTHER = characterSet(`${UNRESERVED}:/?#[]@$&+,;=`);

const PERCENT = 0x25;

/** Whether a text is made of these characters and of `%` with two hexadecimal digits. */
function consistsOf(text: string, set: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === PERCENT) {
      if (!isHex(text.charCodeAt(i + 1)) || !isHex(text.charCodeAt(i + 2))) return false;
      i += 2;
    } else if (set[code] !== 1) return false;
  }
  return true;
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

/** Resolves escapes; bytes that are no UTF-8 become U+FFFD. */
function unescapeUri(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = text.replace(/%[0-9a-fA-F]{2}/g, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function escapeUri(text: string, set: Uint8Array): string {
  let escaped = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    escaped += set[byte] === 1 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/** @returns undefined for what is no URI: white space, control characters, wrong escapes, a host or port that cannot be. */
export function parseUri(text: string): Uri | undefined {
  const colon = text.indexOf(':');
  const scheme = text.slice(0, Math.max(0, colon)).toLowerCase();
  const rest = text.slice(colon + 1);
  if (!/^[a-z]/.test(scheme) || !consistsOf(scheme, SCHEME) || rest === '') return undefined;
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(scheme, rest);
  return consistsOf(rest, OTHER) ? { kind: 'other', scheme, rest } : undefined;
}

function parseSipUri(scheme: 'sip' | 'sips', rest: string): SipUri | undefined {
  const at = rest.indexOf('@');
  const userInfo = at < 0 ? undefined : parseUserInfo(rest.slice(0, at));
  if (at >= 0 && userInfo === undefined) return undefined;
  const remaining = rest.slice(at + 1);
  const question = remaining.indexOf('?');
  const [authority = '', ...pieces] = (question < 0 ? remaining : remaining.slice(0, question)).split(';');
  const hostPort = parseHostPort(authority);
  const parameters = parseUriParameters(pieces);
  if (hostPort === undefined || parameters === undefined) return undefined;
  const headers = question < 0 ? undefined : remaining.slice(question + 1);
  if (headers !== undefined && (headers === '' || !consistsOf(headers, HEADERS))) return undefined;
  const host = hostPort.host.toLowerCase();
  return { kind: 'sip', scheme, ...userInfo, ...hostPort, host, parameters, ...(headers !== undefined && { headers }) };
}

function parseUserInfo(text: string): Pick<SipUri, 'user' | 'password'> | undefined {
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  if (user === '' || !consistsOf(user, USER)) return undefined;
  if (colon < 0) return { user };
  const password = text.slice(colon + 1);
  return consistsOf(password, PASSWORD) ? { user, password } : undefined;
}

/** Names are decoded, for `%6C%72` is `lr`; values stay as they are. A name must not come twice (RFC 3261 §19.1.1). */
function parseUriParameters(pieces: readonly string[]): SipParameters | undefined {
  if (pieces.length === 0) return NO_PARAMETERS;
  const parameters = new Map<string, string | undefined>();
  for (const piece of pieces) {
    const equals = piece.indexOf('=');
    const rawName = equals < 0 ? piece : piece.slice(0, equals);
    const value = equals < 0 ? undefined : piece.slice(equals + 1);
    if (rawName === '' || value === '') return undefined;
    if (!consistsOf(rawName, PARAMETER) || (value !== undefined && !consistsOf(value, PARAMETER))) return undefined;
    const name = unescapeUri(rawName).toLowerCase();
    if (parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

export function formatUri(uri: Uri): string {
  if (uri.kind === 'other') return `${uri.scheme}:${uri.rest}`;
  const { scheme, user, password, parameters, headers } = uri;
  let text = `${scheme}:`;
  if (user !== undefined) text += password === undefined ? `${user}@` : `${user}:${password}@`;
  text += formatHostPort(uri);
  for (const [name, value] of parameters) {
    text += value === undefined ? `;${escapeUri(name, PARAMETER)}` : `;${escapeUri(name, PARAMETER)}=${value}`;
  }
  return headers === undefined ? text : `${text}?${headers}`;
}

export interface SipUriParts {
  /** As people write it: what must be escaped will be. */
  readonly user?: string;
  readonly host: string;
  readonly port?: number;
  readonly isSecure?: boolean;
  readonly parameters?: SipParameters;
}

/** Builds a URI of ours. */
export function sipUri({ user, host, port, isSecure = false, parameters = NO_PARAMETERS }: SipUriParts): SipUri {
  return {
    kind: 'sip',
    scheme: isSecure ? 'sips' : 'sip',
    ...(user !== undefined && { user: escapeUri(user, USER) }),
    host: host.toLowerCase(),
    ...(port !== undefined && { port }),
    parameters,
  };
}

/**
 * Who is meant: the decoded user part of a SIP URI, or the number of a `tel:` URI without the separators that are there for
 * the eye (RFC 3966 §3). Undefined where there is neither.
 */
export function uriUser(uri: Uri): string | undefined {
  if (uri.kind === 'sip') return uri.user === undefined ? undefined : unescapeUri(uri.user);
  if (uri.scheme !== 'tel') return undefined;
  return unescapeUri(uri.rest.split(';', 1)[0] ?? '').replace(/[-.()]/g, '');
}

/** Parameters that make two URIs differ when only one of them has them (RFC 3261 §19.1.4). */
const TELLING_PARAMETERS = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two URIs mean the same (RFC 3261 §19.1.4). Headers are compared as texts. */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.kind === 'other' || b.kind === 'other') {
    return a.kind === 'other' && b.kind === 'other' && a.scheme === b.scheme && a.rest === b.rest;
  }
  return (
    a.scheme === b.scheme &&
    sameEscaped(a.user, b.user) &&
    sameEscaped(a.password, b.password) &&
    a.host === b.host &&
    a.port === b.port &&
    a.headers === b.headers &&
    TELLING_PARAMETERS.every((name) => a.parameters.has(name) === b.parameters.has(name)) &&
    [...a.parameters].every(
      ([name, value]) =>
        !b.parameters.has(name) || sameEscaped(value?.toLowerCase(), b.parameters.get(name)?.toLowerCase()),
    )
  );
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && unescapeUri(a) === unescapeUri(b));
}
