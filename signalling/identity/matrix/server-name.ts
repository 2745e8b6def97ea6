import ipaddr from 'ipaddr.js';

/** A Matrix server name in its parts (Matrix specification, appendices, "Server Name"). */
export interface ServerName {
  /** As it was written. */
  readonly text: string;
  /** A DNS name, or an IP address without brackets. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number | undefined;
}

const MAX_LENGTH = 255;
const FORM = /^(?:\[(?<v6>[0-9A-Fa-f:.]{2,45})\]|(?<name>[A-Za-z0-9.-]{1,255}))(?::(?<port>\d{1,5}))?$/;
/** RFC 1123 §2.1: no label is empty; WHATWG URL §3.5: a name whose last label is a number is an address, however spelled. */
const DNS_NAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*(?!\d+$|0[xX][0-9A-Fa-f]*$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** @returns undefined for what is no server name. */
export function parseServerName(text: string): ServerName | undefined {
  const groups = text.length <= MAX_LENGTH ? FORM.exec(text)?.groups : undefined;
  if (groups === undefined) return undefined;
  const { v6, name = '', port: digits } = groups;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  if (v6 !== undefined) return ipaddr.IPv6.isValid(v6) ? { text, host: v6, isAddress: true, port } : undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(name)) return { text, host: name, isAddress: true, port };
  return DNS_NAME.test(name) ? { text, host: name, isAddress: false, port } : undefined;
}

/** `host:port` as it stands in URLs. */
export function hostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
