import { isIP } from 'node:net';

// SDP (RFC 8866) as far as an audio call needs it: connection, media lines and attributes. Lines we do not know are skipped,
// lines we know must be right.

export interface SessionDescription {
  readonly connection?: Connection;
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly MediaSection[];
  /** The first `t=`, which an answer repeats (RFC 3264 §6). */
  readonly timing: string;
}

/** `c=`. A name instead of an address is not resolved. */
export interface Connection {
  readonly family: 4 | 6;
  readonly address: string;
}

/** `a=name` or `a=name:value`; the value is the empty string where there is none. */
export interface SdpAttribute {
  readonly name: string;
  readonly value: string;
}

export interface MediaSection {
  /** `audio`, `video`, `image` … */
  readonly kind: string;
  /** 0 for a section that is refused or over. */
  readonly port: number;
  /** `RTP/AVP`, `RTP/SAVP`, `udptl` … */
  readonly protocol: string;
  /** As they came; never empty. */
  readonly formats: readonly string[];
  /** The formats as RTP payload types; empty when the protocol is not RTP. */
  readonly payloadTypes: readonly number[];
  readonly connection?: Connection;
  readonly attributes: readonly SdpAttribute[];
}

export type SdpResult =
  { readonly ok: true; readonly description: SessionDescription } | { readonly ok: false; readonly reason: string };

const MAX_LINES = 512;
const MAX_MEDIA = 32;
const MAX_PORT = 65_535;
/** Seven bits in the RTP header (RFC 3550 §5.1). */
const MAX_PAYLOAD_TYPE = 127;

/** Reads a session description; bytes that are none give a reason, never an exception. */
export function parseSessionDescription(bytes: Uint8Array): SdpResult {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const lines = text.split(/\r?\n/, MAX_LINES + 1).filter((line) => line !== '');
  if (lines.length > MAX_LINES) return refuse('too many lines');
  if (lines[0] !== 'v=0') return refuse('it does not begin with v=0');
  const session: SectionDraft = { attributes: [] };
  const media: (SectionDraft & MediaLine)[] = [];
  let timing = '0 0';
  for (const line of lines) {
    const value = line.slice(2);
    const section = media.at(-1) ?? session;
    if (line.startsWith('m=')) {
      const mediaLine = parseMediaLine(value);
      if (mediaLine === undefined) return refuse('malformed m= line');
      if (media.length === MAX_MEDIA) return refuse('too many m= lines');
      media.push({ ...mediaLine, attributes: [] });
    } else if (line.startsWith('c=')) {
      const connection = parseConnection(value);
      if (connection === undefined) return refuse('c= names no IP address');
      section.connection ??= connection;
    } else if (line.startsWith('a=')) {
      section.attributes.push(parseAttribute(value));
    } else if (line.startsWith('t=') && /^\d{1,20} \d{1,20}$/.test(value)) {
      timing = value;
    } else if (line.charAt(1) !== '=') {
      return refuse('a line that is not type=value');
    }
  }
  return { ok: true, description: { ...session, media, timing } };
}

interface SectionDraft {
  connection?: Connection;
  readonly attributes: SdpAttribute[];
}

type MediaLine = Pick<MediaSection, 'kind' | 'port' | 'protocol' | 'formats' | 'payloadTypes'>;

function refuse(reason: string): SdpResult {
  return { ok: false, reason };
}

function parseMediaLine(value: string): MediaLine | undefined {
  const [kind = '', portText = '', protocol = '', ...formats] = value.split(' ').filter((part) => part !== '');
  const port = parseDecimal(portText.split('/', 1)[0] ?? '', MAX_PORT);
  if (!/^[\w.+-]+$/.test(kind) || !/^[\w./+-]+$/.test(protocol) || port === undefined) return undefined;
  if (formats.length === 0 || !formats.every((format) => /^[\w.*+-]+$/.test(format))) return undefined;
  if (!protocol.startsWith('RTP/')) return { kind, port, protocol, formats, payloadTypes: [] };
  const payloadTypes = formats.map((format) => parseDecimal(format, MAX_PAYLOAD_TYPE));
  return payloadTypes.every((payloadType) => payloadType !== undefined)
    ? { kind, port, protocol, formats, payloadTypes }
    : undefined;
}

/** `IN IP4 address`, with what multicast writes behind a slash. */
export function parseConnection(value: string): Connection | undefined {
  const [network, type, target = ''] = value.split(' ');
  const address = target.split('/', 1)[0] ?? '';
  const family = isIP(address);
  if (network !== 'IN' || (family !== 4 && family !== 6) || type !== `IP${family}`) return undefined;
  return { family, address };
}

function parseAttribute(value: string): SdpAttribute {
  const colon = value.indexOf(':');
  return colon < 0 ? { name: value, value: '' } : { name: value.slice(0, colon), value: value.slice(colon + 1).trim() };
}

/** Decimal digits from 0 to `maximum`. */
export function parseDecimal(text: string, maximum: number): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value <= maximum ? value : undefined;
}

/** The value of the first attribute of this name, here or, for those that hold for a whole session, there. */
export function attribute(section: Pick<SessionDescription, 'attributes'>, name: string): string | undefined {
  return section.attributes.find((attribute) => attribute.name === name)?.value;
}
