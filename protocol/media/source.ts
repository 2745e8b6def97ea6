/** A named camera, microphone or screen of one endpoint: what focus, sfu and web mean by a source. */

export type MediaKind = 'audio' | 'video';
/** What telephones send and the bridge forwards as it is. */
export type AudioCodec = 'opus' | 'PCMU' | 'PCMA' | 'G722';
export type VideoType = 'camera' | 'desktop';
/** RFC 5576 §4.2 group semantics in use: FID pairs a stream with its retransmission, SIM lists simulcast layers, lowest first. */
export type SsrcGroupSemantics = 'FID' | 'SIM';

export interface SsrcGroup {
  readonly semantics: SsrcGroupSemantics;
  readonly ssrcs: readonly number[];
}

/** A source as its sender announced it. */
export interface Source {
  /** `<endpointId>-a<N>` or `<endpointId>-v<N>` (wire note, rule 5). */
  readonly name: string;
  /** Endpoint id of the sender. */
  readonly owner: string;
  readonly kind: MediaKind;
  /** Video only; absent means camera. */
  readonly videoType?: VideoType;
  /** `<stream> <track>`, unique per source in a conference. */
  readonly msid: string;
  /** All SSRCs, 1 … 2^32−1. */
  readonly ssrcs: readonly number[];
  readonly groups: readonly SsrcGroup[];
  /** Sound of a telephone; absent: Opus. */
  readonly codec?: AudioCodec;
}

/** A source as one receiver gets it: one primary SSRC (and its RTX) of that receiver's own session (wire note §5.3). */
export interface ReceivedSource {
  readonly name: string;
  readonly owner: string;
  readonly kind: MediaKind;
  readonly videoType?: VideoType;
  readonly msid: string;
  readonly ssrc: number;
  /** Video only. */
  readonly rtxSsrc?: number;
}

const AUDIO_CODECS: readonly AudioCodec[] = ['opus', 'PCMU', 'PCMA', 'G722'];

/** The codec of that encoding name, which is compared as SDP has it: without regard to case (RFC 8866 §6.6). */
export function audioCodec(name: string): AudioCodec | undefined {
  return AUDIO_CODECS.find((codec) => codec.toLowerCase() === name.toLowerCase());
}

/** 8 lower-case hex digits, also the MUC nick (wire note, rule 4). */
export const ENDPOINT_ID = /^[0-9a-f]{8}$/;
const SOURCE_NAME = /^([0-9a-f]{8})-([av])(\d{1,3})$/;

export interface SourceName {
  readonly endpoint: string;
  readonly kind: MediaKind;
  readonly index: number;
}

/** The parts of a source name, or undefined if it is none. */
export function parseSourceName(name: string): SourceName | undefined {
  const [, endpoint, kind, index] = SOURCE_NAME.exec(name) ?? [];
  if (endpoint === undefined || index === undefined) return undefined;
  return { endpoint, kind: kind === 'a' ? 'audio' : 'video', index: Number(index) };
}

export function formatSourceName(source: SourceName): string {
  return `${source.endpoint}-${source.kind === 'audio' ? 'a' : 'v'}${source.index}`;
}

/** The owner of the placeholder sources that every offer starts with (wire note, rule 6 and §5.3). */
export const PLACEHOLDER_OWNER = 'jvb';
export const PLACEHOLDER_STREAM = 'mixedmslabel';
/**
 * A bridge draws no SSRC of these. They have nine digits, as all that a receiver is told of must have the same number:
 * Jitsi's client looks for an SSRC's group by substring (wire note §5.3).
 */
export const PLACEHOLDER_SSRCS: Readonly<Record<MediaKind, number>> = { audio: 399_900_001, video: 399_900_002 };
