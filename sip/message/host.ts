import { isIPv6 } from 'node:net';
import { parseNumber } from './scanner.ts';

/** `host:port` of a URI or a Via (RFC 3261 §25.1, `hostport`). */
export interface HostPort {
  /** An IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
}

/** @returns undefined for what can be no host, or a port outside 1–65535. */
export function parseHostPort(text: string): HostPort | undefined {
  const isBracketed = text.startsWith('[');
  const close = isBracketed ? text.indexOf(']') : -1;
  if (isBracketed && close < 0) return undefined;
  const colon = isBracketed ? close + 1 : text.indexOf(':');
  const hasPort = colon >= 0 && colon < text.length;
  if (hasPort && text.charAt(colon) !== ':') return undefined;
  const host = isBracketed ? text.slice(1, close) : text.slice(0, hasPort ? colon : text.length);
  if (isBracketed ? !isIPv6(host) : !isHostName(host)) return undefined;
  if (!hasPort) return { host };
  const port = parseNumber(text.slice(colon + 1), 65_535);
  return port === undefined || port === 0 ? undefined : { host, port };
}

export function formatHostPort({ host, port }: HostPort): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}

/** Letters, digits, dots, hyphens; underscores too, which names of real machines have. */
function isHostName(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isDigit = code >= 0x30 && code <= 0x39;
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (!isDigit && !isLetter && code !== 0x2e && code !== 0x2d && code !== 0x5f) return false;
  }
  return text !== '' && text.length <= 255;
}
