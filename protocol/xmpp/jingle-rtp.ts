import type { HeaderExtension, PayloadType, RtcpFeedback } from '../media/rtp.ts';
import type { MediaKind, SsrcGroup, SsrcGroupSemantics, VideoType } from '../media/source.ts';
import {
  atMost,
  integerAttribute,
  optionalAttribute,
  optionalIntegerAttribute,
  requiredAttribute,
} from './attributes.ts';
import { DecodeError } from './decode-error.ts';
import { child, childElements, xml, type XmlElement } from './element.ts';

/** XEP-0167: RTP sessions. */
export const NS_JINGLE_RTP = 'urn:xmpp:jingle:apps:rtp:1';
/** XEP-0293: RTCP feedback. */
const NS_RTCP_FEEDBACK = 'urn:xmpp:jingle:apps:rtp:rtcp-fb:0';
/** XEP-0294: RTP header extensions. */
const NS_HEADER_EXTENSION = 'urn:xmpp:jingle:apps:rtp:rtp-hdrext:0';
/** XEP-0339: source-specific media attributes. */
const NS_SOURCE = 'urn:xmpp:jingle:apps:rtp:ssma:0';
/** Jitsi's extensions, here the owner of a source. */
export const NS_JITMEET = 'http://jitsi.org/jitmeet';

const MAX_PAYLOAD_TYPES = 128;
const MAX_PARAMETERS = 64;
const MAX_FEEDBACK = 32;
const MAX_HEADER_EXTENSIONS = 64;
const MAX_SSRCS = 2_000;
const MAX_SSRCS_OF_GROUP = 16;
// RFC 3550 §5.1: 32 bits; 0 is used by nobody and refused by clients.
const MAX_SSRC = 0xffff_ffff;

const TOKEN = /^[\x21-\x7e]{1,256}$/;
const PARAMETER_NAME = /^[\x20-\x7e]{0,256}$/;
const PARAMETER_VALUE = /^[\x20-\x7e]{0,1024}$/;
/** Placeholders (`jvb-a0`) included; what an endpoint may call its sources is the focus's rule. */
const NAME = /^[\w.-]{1,64}$/;
// RFC 8830 §2, wider in characters: clients write uuids, some in braces. No line ends: receivers copy it into their SDP.
const MSID = /^[\x21-\x7e]{1,255}( [\x21-\x7e]{1,255})?$/;
/** An endpoint id, or an address whose resource is one (wire note §5.3). */
const OWNER = /^(?:[^/]{1,2048}\/)?([\w.-]{1,64})$/;

/** One SSRC as a `<source/>` or its JSON form describes it. */
export interface SsrcSource {
  readonly ssrc: number;
  /** Absent only where a removal names bare SSRCs. */
  readonly name?: string;
  /** Endpoint id; absent in what a client says about itself. */
  readonly owner?: string;
  /** `<stream> <track>` */
  readonly msid?: string;
  readonly videoType?: VideoType;
}

/** SSRCs of one kind with their groups, as signalled together. */
export interface DescribedSources {
  readonly ssrcs: readonly SsrcSource[];
  readonly groups: readonly SsrcGroup[];
}

export const NO_SOURCES: DescribedSources = { ssrcs: [], groups: [] };

/** `<description/>` of one content. */
export interface RtpDescription extends DescribedSources {
  readonly media: MediaKind;
  /** Milliseconds. */
  readonly maxPacketTimeMs?: number;
  readonly payloadTypes: readonly PayloadType[];
  /** Feedback for every payload type. */
  readonly feedback: readonly RtcpFeedback[];
  readonly headerExtensions: readonly HeaderExtension[];
  /** RFC 8285 §6: one-byte and two-byte extensions in one stream. */
  readonly extmapAllowMixed: boolean;
  /** RFC 5761 */
  readonly rtcpMux: boolean;
}

/** A description that carries sources only, as in source-add and source-remove. */
export function sourceDescription(media: MediaKind, sources: DescribedSources): RtpDescription {
  return {
    media,
    payloadTypes: [],
    feedback: [],
    headerExtensions: [],
    extmapAllowMixed: false,
    rtcpMux: false,
    ssrcs: sources.ssrcs,
    groups: sources.groups,
  };
}

/**
 * Reads a `<description/>` of XEP-0167.
 * @returns undefined for media other than audio and video.
 * @throws DecodeError
 */
export function decodeRtpDescription(element: XmlElement): RtpDescription | undefined {
  const media = element.attrs['media'];
  if (media !== 'audio' && media !== 'video') return undefined;
  const maxPacketTimeMs = optionalIntegerAttribute(element, 'maxptime', 1, 10_000);
  const payloadTypes = atMost(MAX_PAYLOAD_TYPES, 'payload types', childElements(element, 'payload-type'));
  const extensions = childElements(element, 'rtp-hdrext', NS_HEADER_EXTENSION);
  const ssrcs = atMost(MAX_SSRCS, 'sources', childElements(element, 'source', NS_SOURCE));
  const groups = atMost(MAX_SSRCS, 'source groups', childElements(element, 'ssrc-group', NS_SOURCE));
  return {
    media,
    ...(maxPacketTimeMs === undefined ? {} : { maxPacketTimeMs }),
    payloadTypes: payloadTypes.flatMap((item) => decodePayloadType(media, item)),
    feedback: decodeFeedback(element),
    headerExtensions: atMost(MAX_HEADER_EXTENSIONS, 'header extensions', extensions).map((item) => ({
      kind: media,
      // RFC 8285 §4.3: two-byte ids go to 255.
      id: integerAttribute(item, 'id', 1, 255),
      uri: requiredAttribute(item, 'uri', TOKEN),
    })),
    extmapAllowMixed: child(element, 'extmap-allow-mixed', NS_HEADER_EXTENSION) !== undefined,
    rtcpMux: child(element, 'rtcp-mux') !== undefined,
    ssrcs: ssrcs.map(decodeSource),
    groups: groups.flatMap(decodeGroup),
  };
}

export function encodeRtpDescription(description: RtpDescription): XmlElement {
  return xml(
    'description',
    { xmlns: NS_JINGLE_RTP, media: description.media, maxptime: description.maxPacketTimeMs },
    description.payloadTypes.map((payloadType) =>
      xml(
        'payload-type',
        {
          id: payloadType.id,
          name: payloadType.name,
          clockrate: payloadType.clockRate,
          channels: payloadType.channels,
        },
        Object.entries(payloadType.parameters).map(([name, value]) =>
          xml('parameter', { name: name === '' ? undefined : name, value }),
        ),
        payloadType.feedback.map(encodeFeedback),
      ),
    ),
    description.feedback.map(encodeFeedback),
    description.headerExtensions.map(({ id, uri }) => xml('rtp-hdrext', { xmlns: NS_HEADER_EXTENSION, id, uri })),
    description.extmapAllowMixed && xml('extmap-allow-mixed', { xmlns: NS_HEADER_EXTENSION }),
    description.rtcpMux && xml('rtcp-mux'),
    description.ssrcs.map(encodeSource),
    description.groups.map(({ semantics, ssrcs }) =>
      xml(
        'ssrc-group',
        { xmlns: NS_SOURCE, semantics },
        ssrcs.map((ssrc) => xml('source', { xmlns: NS_SOURCE, ssrc })),
      ),
    ),
  );
}

/** Static payload types without name or clock rate (XEP-0167 §4.2 allows it) are left out: nobody here offers one. */
function decodePayloadType(kind: MediaKind, element: XmlElement): PayloadType[] {
  if (element.attrs['name'] === undefined || element.attrs['clockrate'] === undefined) return [];
  const channels = optionalIntegerAttribute(element, 'channels', 1, 255);
  const parameters = atMost(MAX_PARAMETERS, 'parameters of a payload type', childElements(element, 'parameter'));
  return [
    {
      kind,
      id: integerAttribute(element, 'id', 0, 127),
      name: requiredAttribute(element, 'name', TOKEN),
      clockRate: integerAttribute(element, 'clockrate', 1, 10_000_000),
      ...(channels === undefined ? {} : { channels }),
      // Object.fromEntries defines own properties, whatever the name is.
      parameters: Object.fromEntries(
        parameters.map((item) => [
          optionalAttribute(item, 'name', PARAMETER_NAME) ?? '',
          optionalAttribute(item, 'value', PARAMETER_VALUE) ?? '',
        ]),
      ),
      feedback: decodeFeedback(element),
    },
  ];
}

function decodeFeedback(parent: XmlElement): RtcpFeedback[] {
  const elements = atMost(MAX_FEEDBACK, 'feedback types', childElements(parent, 'rtcp-fb', NS_RTCP_FEEDBACK));
  return elements.map((element) => {
    const subtype = optionalAttribute(element, 'subtype', TOKEN);
    return { type: requiredAttribute(element, 'type', TOKEN), ...(subtype === undefined ? {} : { subtype }) };
  });
}

function encodeFeedback({ type, subtype }: RtcpFeedback): XmlElement {
  return xml('rtcp-fb', { xmlns: NS_RTCP_FEEDBACK, type, subtype });
}

function decodeSource(element: XmlElement): SsrcSource {
  const info = child(element, 'ssrc-info', NS_JITMEET);
  const msid = childElements(element, 'parameter').find((parameter) => parameter.attrs['name'] === 'msid');
  return ssrcSource({
    ssrc: element.attrs['ssrc'],
    name: element.attrs['name'],
    owner: info?.attrs['owner'],
    msid: msid?.attrs['value'],
    videoType: element.attrs['videoType'],
  });
}

/**
 * The one place that checks what is said about an SSRC, in XML and in JSON.
 * @throws DecodeError
 */
export function ssrcSource(raw: {
  readonly ssrc: string | undefined;
  readonly name: string | undefined;
  readonly owner: string | undefined;
  readonly msid: string | undefined;
  readonly videoType: string | undefined;
}): SsrcSource {
  const owner = raw.owner === undefined ? undefined : OWNER.exec(raw.owner)?.[1];
  if (raw.owner !== undefined && owner === undefined) throw badSource('owner');
  if (raw.name !== undefined && !NAME.test(raw.name)) throw badSource('name');
  if (raw.msid !== undefined && !MSID.test(raw.msid)) throw badSource('msid');
  return {
    ssrc: parseSsrc(raw.ssrc),
    ...(raw.name === undefined ? {} : { name: raw.name }),
    ...(owner === undefined ? {} : { owner }),
    ...(raw.msid === undefined ? {} : { msid: raw.msid }),
    ...(raw.videoType === 'camera' || raw.videoType === 'desktop' ? { videoType: raw.videoType } : {}),
  };
}

/** @throws DecodeError unless it is 1 … 2^32−1 in decimal digits. */
function parseSsrc(value: string | undefined): number {
  const ssrc = value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (ssrc < 1 || ssrc > MAX_SSRC) throw badSource('SSRC');
  return ssrc;
}

/** @throws DecodeError for a group that is empty or too long. */
export function ssrcGroup(semantics: SsrcGroupSemantics, ssrcs: readonly string[]): SsrcGroup {
  if (ssrcs.length === 0 || ssrcs.length > MAX_SSRCS_OF_GROUP) {
    throw new DecodeError('bad-format', `a group has 1 to ${MAX_SSRCS_OF_GROUP} SSRCs`);
  }
  return { semantics, ssrcs: ssrcs.map(parseSsrc) };
}

function badSource(what: string): DecodeError {
  return new DecodeError('bad-format', `a source with an invalid ${what}`);
}

function encodeSource({ ssrc, name, owner, msid, videoType }: SsrcSource): XmlElement {
  return xml(
    'source',
    { xmlns: NS_SOURCE, ssrc, name, videoType },
    owner !== undefined && xml('ssrc-info', { xmlns: NS_JITMEET, owner }),
    msid !== undefined && xml('parameter', { xmlns: NS_JINGLE_RTP, name: 'msid', value: msid }),
  );
}

/** Groups of other semantics are left out: only what was offered can be used. */
function decodeGroup(element: XmlElement): SsrcGroup[] {
  const semantics = element.attrs['semantics'];
  if (semantics !== 'FID' && semantics !== 'SIM') return [];
  return [
    ssrcGroup(
      semantics,
      childElements(element, 'source').map((source) => source.attrs['ssrc'] ?? ''),
    ),
  ];
}
