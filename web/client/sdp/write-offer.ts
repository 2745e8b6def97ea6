import type { IceCandidate, PayloadType, RtcpFeedback } from '#protocol/media/rtp.ts';
import type { MediaKind, ReceivedSource } from '#protocol/media/source.ts';
import type { BridgeOffer, OfferedMedia } from './bridge-offer.ts';

/** One m-section of the offer that we write in the bridge's name. */
export type OfferSection =
  /** We send here and the bridge receives. */
  | { readonly role: 'send'; readonly mid: string; readonly kind: MediaKind; readonly simulcastRids: readonly string[] }
  /** The bridge sends a source, or nothing at the moment (the transceiver waits for its next use). */
  | {
      readonly role: 'receive';
      readonly mid: string;
      readonly kind: MediaKind;
      readonly source: ReceivedSource | undefined;
    };

export interface OfferLayout {
  readonly sections: readonly OfferSection[];
  /** Counts up with each description of one session (RFC 8866 §5.2 sess-version). */
  readonly version: number;
  readonly useIceLite: boolean;
}

/** RFC 8122 via RFC 8829 §5.1.2: the port of an m-section whose address is in its candidates. */
export const DISCARD_PORT = 9;

/**
 * The bridge's offer as SDP (RFC 8829), Unified Plan, everything bundled on one transport.
 *
 * Jingle speaks of sources, not of m-sections, so their order is ours: first what we send, then what we receive, and a
 * section whose source ended is used again. SSRCs are listed since the bridge stamps no mids (wire note, rule 8).
 */
export function writeOffer(offer: BridgeOffer, layout: OfferLayout): string {
  const { sections, version, useIceLite } = layout;
  const lines = [
    'v=0',
    `o=- 1 ${version} IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    // RFC 8839 §5.3: makes the browser controlling, as the bridge's mediasoup wants it.
    ...(useIceLite && offer.isIceLite ? ['a=ice-lite'] : []),
    `a=group:BUNDLE ${sections.map(({ mid }) => mid).join(' ')}`,
    'a=msid-semantic: WMS *',
    ...sections.flatMap((section, index) => writeSection(offer, section, index === 0)),
    '',
  ];
  return lines.join('\r\n');
}

function writeSection(offer: BridgeOffer, section: OfferSection, isFirst: boolean): string[] {
  const media = offer.media[section.kind];
  const { ice, fingerprint } = offer;
  return [
    `m=${section.kind} ${DISCARD_PORT} UDP/TLS/RTP/SAVPF ${media.payloadTypes.map(({ id }) => id).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${section.mid}`,
    `a=${directionOf(section)}`,
    `a=ice-ufrag:${ice.usernameFragment}`,
    `a=ice-pwd:${ice.password}`,
    `a=fingerprint:${fingerprint.hash} ${fingerprint.value}`,
    'a=setup:actpass',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...(media.extmapAllowMixed ? ['a=extmap-allow-mixed'] : []),
    ...media.headerExtensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    ...writePayloadTypes(media),
    ...(section.role === 'receive' ? writeSource(section.source) : writeSimulcast(section.simulcastRids)),
    ...(isFirst ? [...offer.candidates.map(writeCandidate), 'a=end-of-candidates'] : []),
  ];
}

/** Seen from the bridge, whose offer this is. */
function directionOf(section: OfferSection): string {
  if (section.role === 'send') return 'recvonly';
  return section.source === undefined ? 'inactive' : 'sendonly';
}

/** `a=rtpmap`, `a=fmtp` and `a=rtcp-fb` of one kind. */
export function writePayloadTypes(media: OfferedMedia): string[] {
  return [
    ...media.payloadTypes.flatMap((payloadType) => [
      `a=rtpmap:${payloadType.id} ${payloadType.name}/${payloadType.clockRate}${channelsSuffix(payloadType)}`,
      ...writeParameters(payloadType),
      ...payloadType.feedback.map((feedback) => writeFeedback(String(payloadType.id), feedback)),
    ]),
    ...media.feedback.map((feedback) => writeFeedback('*', feedback)),
  ];
}

function channelsSuffix({ channels }: PayloadType): string {
  return channels === undefined || channels === 1 ? '' : `/${channels}`;
}

function writeParameters({ id, parameters }: PayloadType): string[] {
  const entries = Object.entries(parameters).map(([name, value]) => (name === '' ? value : `${name}=${value}`));
  return entries.length === 0 ? [] : [`a=fmtp:${id} ${entries.join(';')}`];
}

function writeFeedback(payloadType: string, { type, subtype }: RtcpFeedback): string {
  return `a=rtcp-fb:${payloadType} ${type}${subtype === undefined ? '' : ` ${subtype}`}`;
}

/**
 * Stream and track are named by us: the signalled msid means nothing here, and two alike would make the browser refuse
 * the whole description (wire note, rule 9).
 */
export function writeSource(source: ReceivedSource | undefined): string[] {
  if (source === undefined) return [];
  const { name, ssrc, rtxSsrc } = source;
  const msid = `${name} ${name}-${ssrc}`;
  const ssrcs = rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc];
  return [
    `a=msid:${msid}`,
    ...(rtxSsrc === undefined ? [] : [`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`]),
    ...ssrcs.flatMap((one) => [`a=ssrc:${one} cname:${source.owner}`, `a=ssrc:${one} msid:${msid}`]),
  ];
}

/** RFC 8853, for Firefox only: it makes simulcast by RID. The rids never reach the wire; the bridge goes by SSRC. */
function writeSimulcast(rids: readonly string[]): string[] {
  if (rids.length === 0) return [];
  return [...rids.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${rids.join(';')}`];
}

/** `a=candidate` (RFC 8839 §5.1). */
export function writeCandidate(candidate: IceCandidate): string {
  const { foundation, component, protocol, priority, address, port, type, tcpType, related } = candidate;
  const base = related === undefined ? '' : ` raddr ${related.address} rport ${related.port}`;
  const tcp = tcpType === undefined ? '' : ` tcptype ${tcpType}`;
  return `a=candidate:${foundation} ${component} ${protocol} ${priority} ${address} ${port} typ ${type}${base}${tcp} generation 0`;
}
