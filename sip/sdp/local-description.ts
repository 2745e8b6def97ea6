import { type CodecName, ENCODINGS, type TelephoneEvent } from './codec.ts';
import { type CryptoAttribute, formatCrypto } from './crypto-attribute.ts';
import type { Direction } from './direction.ts';

/** What we send as SDP, and what of it the next one has to continue. */
export interface LocalDescription {
  /** Ready to be sent as `application/sdp`. */
  readonly text: string;
  /** Of the `o=` line: rises by one with every change and only then (RFC 3264 §8). */
  readonly version: number;
  readonly sections: readonly LocalSection[];
  readonly origin: Origin;
}

interface Origin {
  readonly sessionId: string;
  readonly address: string;
  readonly timing: string;
}

export type LocalSection = LocalAudio | RefusedSection;

export interface LocalAudio {
  readonly kind: 'audio';
  readonly port: number;
  /** Where it is not the port above. */
  readonly rtcpPort?: number;
  readonly protocol: string;
  readonly codecs: readonly { readonly payloadType: number; readonly codec: CodecName }[];
  readonly telephoneEvents: readonly TelephoneEvent[];
  readonly direction: Direction;
  readonly hasRtcpMux: boolean;
  readonly crypto?: CryptoAttribute;
}

/** A section of the other side's that we do not want: it keeps its place, with port 0 (RFC 3264 §6). */
export interface RefusedSection {
  readonly kind: 'refused';
  readonly media: string;
  readonly protocol: string;
  readonly format: string;
}

/** What we send (RFC 3551 §4.2 recommends it); we take 10 to 60. */
const PACKET_MS = 20;
const MAX_PACKET_MS = 60;
const FIRST_VERSION = 1;

/** Writes a description; the previous one stays as it is, version and all, when nothing changed. */
export function describe(
  origin: Origin,
  sections: readonly LocalSection[],
  previous: LocalDescription | undefined,
): LocalDescription {
  const sameVersion = previous?.version ?? FIRST_VERSION;
  const unchanged = write(origin, sections, sameVersion);
  if (previous === undefined || previous.text === unchanged) {
    return { text: unchanged, version: sameVersion, sections, origin };
  }
  const version = previous.version + 1;
  return { text: write(origin, sections, version), version, sections, origin };
}

function write({ sessionId, address, timing }: Origin, sections: readonly LocalSection[], version: number): string {
  const at = `IN IP${address.includes(':') ? 6 : 4} ${address}`;
  const lines = ['v=0', `o=- ${sessionId} ${version} ${at}`, 's=-', `c=${at}`, `t=${timing}`];
  for (const section of sections) {
    if (section.kind === 'refused') lines.push(`m=${section.media} 0 ${section.protocol} ${section.format}`);
    else lines.push(...audioLines(section));
  }
  return `${lines.join('\r\n')}\r\n`;
}

function audioLines(audio: LocalAudio): string[] {
  const { port, rtcpPort, protocol, codecs, telephoneEvents, direction, hasRtcpMux, crypto } = audio;
  const payloadTypes = [...codecs, ...telephoneEvents].map(({ payloadType }) => payloadType);
  const lines = [`m=audio ${port} ${protocol} ${payloadTypes.join(' ')}`];
  for (const { payloadType, codec } of codecs) {
    lines.push(`a=rtpmap:${payloadType} ${ENCODINGS[codec]}`);
    if (codec === 'opus') lines.push(`a=fmtp:${payloadType} useinbandfec=1`);
  }
  for (const { payloadType, clockRateHz } of telephoneEvents) {
    lines.push(`a=rtpmap:${payloadType} telephone-event/${clockRateHz}`, `a=fmtp:${payloadType} 0-15`);
  }
  lines.push(`a=ptime:${PACKET_MS}`, `a=maxptime:${MAX_PACKET_MS}`, `a=${direction}`);
  if (hasRtcpMux) lines.push('a=rtcp-mux');
  else if (rtcpPort !== undefined && rtcpPort !== port + 1) lines.push(`a=rtcp:${rtcpPort}`);
  if (crypto !== undefined) lines.push(`a=crypto:${formatCrypto(crypto)}`);
  return lines;
}
