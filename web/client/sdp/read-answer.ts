import type { HeaderExtension, IceCredentials, PayloadType, RtcpFeedback } from '#protocol/media/rtp.ts';
import type { MediaKind, SsrcGroup } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { DtlsSetup, TransportFingerprint } from '#protocol/xmpp/jingle-ice-udp.ts';
import { attributeValue, attributeValues, splitSdp } from './sdp-lines.ts';

/** One m-section of the browser's answer. */
export interface AnswerSection {
  readonly mid: string;
  readonly kind: MediaKind;
  /** Port 0: the browser will not use it, unless it is offered inside the bundle only (RFC 9143 §6). */
  readonly isRejected: boolean;
  readonly payloadTypes: readonly PayloadType[];
  readonly headerExtensions: readonly HeaderExtension[];
  readonly extmapAllowMixed: boolean;
  /** What the browser will send with, in order of appearance. */
  readonly ssrcs: readonly number[];
  readonly groups: readonly SsrcGroup[];
}

/** What an answer says, as far as signalling needs it. */
export interface Answer {
  readonly ice: IceCredentials;
  readonly fingerprint: TransportFingerprint;
  readonly sections: readonly AnswerSection[];
}

/** @throws DecodeError for a description without transport: a browser that does this cannot be used */
export function readAnswer(sdp: string): Answer {
  const { session, media } = splitSdp(sdp);
  const first = media[0] ?? [];
  const transport = (name: string): string => {
    const value = attributeValue(first, name) ?? attributeValue(session, name);
    if (value === undefined) throw new DecodeError('bad-format', `the browser's answer has no ${name}`);
    return value;
  };
  const [hash = '', value = ''] = transport('fingerprint').split(' ');
  return {
    ice: { usernameFragment: transport('ice-ufrag'), password: transport('ice-pwd') },
    fingerprint: { hash: hash.toLowerCase(), value: value.toUpperCase(), setup: readSetup(transport('setup')) },
    sections: media.flatMap(readSection),
  };
}

function readSection(lines: readonly string[]): AnswerSection[] {
  const [media, port] = (lines[0] ?? '').slice('m='.length).split(' ');
  if (media !== 'audio' && media !== 'video') return [];
  return [
    {
      mid: attributeValue(lines, 'mid') ?? '',
      kind: media,
      isRejected: port === '0' && attributeValue(lines, 'bundle-only') === undefined,
      payloadTypes: attributeValues(lines, 'rtpmap').flatMap((map) => readPayloadType(media, map, lines)),
      headerExtensions: attributeValues(lines, 'extmap').flatMap((map) => readHeaderExtension(media, map)),
      extmapAllowMixed: attributeValue(lines, 'extmap-allow-mixed') !== undefined,
      ssrcs: readSsrcs(lines),
      groups: readGroups(lines),
    },
  ];
}

function readPayloadType(kind: MediaKind, rtpmap: string, lines: readonly string[]): PayloadType[] {
  const [, id, name, clockRate, channels] = /^(\d+) ([^/]+)\/(\d+)(?:\/(\d+))?/.exec(rtpmap) ?? [];
  if (id === undefined || name === undefined || clockRate === undefined) return [];
  return [
    {
      kind,
      id: Number(id),
      name,
      clockRate: Number(clockRate),
      ...(channels === undefined ? {} : { channels: Number(channels) }),
      parameters: readParameters(id, lines),
      feedback: attributeValues(lines, 'rtcp-fb').flatMap((value) => readFeedback(id, value)),
    },
  ];
}

function readParameters(id: string, lines: readonly string[]): Record<string, string> {
  const format = attributeValues(lines, 'fmtp').find((value) => value.startsWith(`${id} `));
  if (format === undefined) return {};
  const parameters = format.slice(id.length + 1).split(';');
  return Object.fromEntries(
    parameters.map((parameter) => {
      const [name, value] = splitOnce(parameter.trim(), '=');
      return value === undefined ? ['', name] : [name, value];
    }),
  );
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function readFeedback(id: string, value: string): RtcpFeedback[] {
  const [payloadType, type, subtype] = value.split(' ');
  if (type === undefined || (payloadType !== id && payloadType !== '*')) return [];
  return [{ type, ...(subtype === undefined ? {} : { subtype }) }];
}

function readHeaderExtension(kind: MediaKind, value: string): HeaderExtension[] {
  const [, id, uri] = /^(\d+)(?:\/\w+)? (\S+)/.exec(value) ?? [];
  return id === undefined || uri === undefined ? [] : [{ kind, id: Number(id), uri }];
}

export function readSsrcs(lines: readonly string[]): number[] {
  const ssrcs = attributeValues(lines, 'ssrc').map((value) => Number(value.split(' ')[0]));
  return Array.from(new Set(ssrcs));
}

export function readGroups(lines: readonly string[]): SsrcGroup[] {
  return attributeValues(lines, 'ssrc-group').flatMap((value) => {
    const [semantics, ...ssrcs] = value.split(' ');
    return semantics === 'FID' || semantics === 'SIM' ? [{ semantics, ssrcs: ssrcs.map(Number) }] : [];
  });
}

function readSetup(value: string): DtlsSetup {
  if (value === 'active' || value === 'passive' || value === 'actpass' || value === 'holdconn') return value;
  throw new DecodeError('bad-format', "the browser's answer has an unknown setup");
}
