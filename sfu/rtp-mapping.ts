import type { types } from 'mediasoup';
import type { PayloadType, RtpCapabilities } from '#protocol/media/rtp.ts';
import type { ReceivedSource, Source } from '#protocol/media/source.ts';

/**
 * Between the vocabulary that focus signals and mediasoup's. Payload types and extension ids are the router's own; the
 * client answers with the same numbers (wire note §5.3, §9.1).
 */

/** What a router is made with. One video codec only: a client may change its codec without a word (wire note §5.6). */
export const ROUTER_CODECS: types.RouterRtpCodecCapability[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    preferredPayloadType: 111,
    clockRate: 48_000,
    channels: 2,
    parameters: { minptime: 10, useinbandfec: 1 },
  },
  // What telephones send reaches browsers as it is; they can decode all of it, and send Opus, which is offered first.
  // Payload types of RFC 3551 §6; the clock rate of G.722 is what §4.5.2 says.
  { kind: 'audio', mimeType: 'audio/G722', preferredPayloadType: 9, clockRate: 8_000 },
  { kind: 'audio', mimeType: 'audio/PCMU', preferredPayloadType: 0, clockRate: 8_000 },
  { kind: 'audio', mimeType: 'audio/PCMA', preferredPayloadType: 8, clockRate: 8_000 },
  { kind: 'video', mimeType: 'video/VP8', preferredPayloadType: 100, clockRate: 90_000 },
];

/**
 * Extensions in use, of those that the router knows. Left out on purpose:
 * - mid: stamped mids must equal the client's, which we do not choose; SSRCs tell streams apart (wire note, rule 8).
 * - rid, repaired rid: never signalled by Jitsi clients (wire note §5.6).
 * - abs-capture-time: with it mediasoup 3.27 never leaves the lowest simulcast layer of Chromium.
 */
const USED_EXTENSIONS: ReadonlySet<string> = new Set<types.RtpHeaderExtensionUri>([
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'urn:3gpp:video-orientation',
  'urn:ietf:params:rtp-hdrext:toffset',
]);

/** Chromium needs 22 s for its third layer without this hint, 1.5 s with it (wire note §9.2); kbit/s. */
const VIDEO_START_BITRATE_KBPS = 2_000;

/** Mediasoup forwards only temporal layer 0 of a stream whose mode it does not know (wire note §9.2). */
const VP8_SCALABILITY_MODE = 'L1T3';

/** What may be sent to and received from every client of a router: its capabilities without the unused extensions. */
export function usedCapabilities(router: types.RouterRtpCapabilities): Required<types.RtpCapabilities> {
  return {
    codecs: (router.codecs ?? []).map((codec): types.RtpCodecCapability => {
      const { preferredPayloadType } = codec;
      if (preferredPayloadType === undefined) throw new Error(`the router has no payload type for ${codec.mimeType}`);
      // NACK for Opus costs a retransmission without RTX, which browsers do not ask for.
      const rtcpFeedback = (codec.rtcpFeedback ?? []).filter(({ type }) => codec.kind === 'video' || type !== 'nack');
      return { ...codec, preferredPayloadType, rtcpFeedback };
    }),
    headerExtensions: (router.headerExtensions ?? []).filter(({ uri }) => USED_EXTENSIONS.has(uri)),
  };
}

/** The same for the offer. */
export function offeredCapabilities(used: Required<types.RtpCapabilities>): RtpCapabilities {
  return {
    payloadTypes: used.codecs.map((codec): PayloadType => ({
      kind: codec.kind,
      id: codec.preferredPayloadType,
      name: codecName(codec.mimeType),
      clockRate: codec.clockRate,
      ...(codec.channels === undefined || codec.channels === 1 ? {} : { channels: codec.channels }),
      parameters: {
        ...textParameters(codec.parameters),
        ...(isVideoMedia(codec) ? { 'x-google-start-bitrate': String(VIDEO_START_BITRATE_KBPS) } : {}),
      },
      // REMB is for clients without transport-wide feedback, and offering both confuses the choice.
      feedback: (codec.rtcpFeedback ?? [])
        .filter(({ type }) => type !== 'goog-remb')
        .map(({ type, parameter }) => ({
          type,
          ...(parameter === undefined || parameter === '' ? {} : { subtype: parameter }),
        })),
    })),
    headerExtensions: used.headerExtensions.map(({ kind, preferredId, uri }) => ({ kind, id: preferredId, uri })),
  };
}

/** A source's primary streams with their retransmission streams, lowest simulcast layer first. */
export interface Encoding {
  readonly ssrc: number;
  readonly rtxSsrc?: number;
}

/**
 * Reads SIM and FID groups (RFC 5576, wire note §5.4).
 * @returns a text that says what is wrong with the source, if something is.
 */
export function encodingsOf(source: Source): readonly Encoding[] | string {
  const known = new Set(source.ssrcs);
  if (known.size === 0) return `${source.name} has no SSRC`;
  if (known.size !== source.ssrcs.length) return `${source.name} names an SSRC twice`;
  if (source.groups.some((group) => group.ssrcs.some((ssrc) => !known.has(ssrc)))) {
    return `${source.name} groups an SSRC that it does not have`;
  }
  const rtxByPrimary = new Map<number, number>();
  for (const { semantics, ssrcs } of source.groups) {
    if (semantics !== 'FID') continue;
    const [primary, rtx] = ssrcs;
    if (primary === undefined || rtx === undefined || ssrcs.length !== 2)
      return `${source.name}: a FID group has two SSRCs`;
    rtxByPrimary.set(primary, rtx);
  }
  const retransmissions = new Set(rtxByPrimary.values());
  if (retransmissions.size !== rtxByPrimary.size) return `${source.name}: two FID groups share an SSRC`;
  const simulcast = source.groups.find((group) => group.semantics === 'SIM')?.ssrcs;
  const primaries = simulcast ?? source.ssrcs.filter((ssrc) => !retransmissions.has(ssrc)).slice(0, 1);
  if (primaries.length === 0) return `${source.name} has only retransmission streams`;
  if (new Set(primaries).size !== primaries.length || primaries.some((ssrc) => retransmissions.has(ssrc))) {
    return `${source.name}: a simulcast layer is named twice or is a retransmission stream`;
  }
  if (primaries.length > MAX_SIMULCAST_LAYERS) return `${source.name} has more than ${MAX_SIMULCAST_LAYERS} layers`;
  return primaries.map((ssrc) => {
    const rtxSsrc = rtxByPrimary.get(ssrc);
    return rtxSsrc === undefined ? { ssrc } : { ssrc, rtxSsrc };
  });
}

export const MAX_SIMULCAST_LAYERS = 3;

/**
 * What a source's sender sends, in the router's numbers; the client's answer has the same by construction. Sound has one
 * codec: with several, mediasoup would take every packet for the first.
 */
export function producerParameters(
  { kind, codec: audioCodec = 'opus' }: Pick<Source, 'kind' | 'codec'>,
  encodings: readonly Encoding[],
  used: Required<types.RtpCapabilities>,
): types.RtpParameters {
  return {
    codecs: used.codecs
      .filter((codec) => codec.kind === kind && (kind === 'video' || codecName(codec.mimeType) === audioCodec))
      .map((codec) => ({
        mimeType: codec.mimeType,
        payloadType: codec.preferredPayloadType,
        clockRate: codec.clockRate,
        ...(codec.channels === undefined ? {} : { channels: codec.channels }),
        ...(codec.parameters === undefined ? {} : { parameters: codec.parameters }),
        rtcpFeedback: codec.rtcpFeedback ?? [],
      })),
    headerExtensions: used.headerExtensions
      .filter((extension) => extension.kind === kind)
      .map(({ uri, preferredId }) => ({ uri, id: preferredId })),
    encodings: encodings.map(({ ssrc, rtxSsrc }) => ({
      ssrc,
      ...(rtxSsrc === undefined ? {} : { rtx: { ssrc: rtxSsrc } }),
      ...(kind === 'video' ? { scalabilityMode: VP8_SCALABILITY_MODE } : {}),
    })),
    rtcp: { reducedSize: true },
  };
}

/** A consumer's stream as focus signals it to its receiver. */
export function receivedSource(source: Source, parameters: types.RtpParameters): ReceivedSource {
  const encoding = parameters.encodings?.[0];
  if (encoding?.ssrc === undefined) throw new Error('mediasoup made a consumer without SSRC');
  return {
    name: source.name,
    owner: source.owner,
    kind: source.kind,
    ...(source.videoType === undefined ? {} : { videoType: source.videoType }),
    msid: source.msid,
    ssrc: encoding.ssrc,
    ...(encoding.rtx === undefined ? {} : { rtxSsrc: encoding.rtx.ssrc }),
  };
}

function codecName(mimeType: string): string {
  return mimeType.slice(mimeType.indexOf('/') + 1);
}

function isVideoMedia(codec: types.RtpCodecCapability): boolean {
  return codec.kind === 'video' && codecName(codec.mimeType).toLowerCase() !== 'rtx';
}

function textParameters(parameters: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters ?? {}).map(([name, value]) => [name, String(value)]));
}
