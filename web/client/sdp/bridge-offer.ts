import type { DtlsFingerprint, IceCandidate, IceCredentials, RtcpFeedback } from '#protocol/media/rtp.ts';
import type { HeaderExtension, PayloadType } from '#protocol/media/rtp.ts';
import { PLACEHOLDER_OWNER, type MediaKind, type ReceivedSource } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { SessionInitiate } from '#protocol/xmpp/jingle.ts';
import { decodeReceivedSources } from '#protocol/xmpp/jingle-sources.ts';
import type { RtpDescription } from '#protocol/xmpp/jingle-rtp.ts';

/** RTP parameters of one kind that every m-section of that kind shares. */
export interface OfferedMedia {
  readonly payloadTypes: readonly PayloadType[];
  /** Feedback for every payload type. */
  readonly feedback: readonly RtcpFeedback[];
  readonly headerExtensions: readonly HeaderExtension[];
  readonly extmapAllowMixed: boolean;
}

/** What a session-initiate of the focus offers, in the shape that the SDP is written from. */
export interface BridgeOffer {
  readonly ice: IceCredentials;
  readonly fingerprint: DtlsFingerprint;
  readonly candidates: readonly IceCandidate[];
  readonly isIceLite: boolean;
  /** Where the bridge channel opens. */
  readonly channelUrls: readonly string[];
  readonly media: Readonly<Record<MediaKind, OfferedMedia>>;
  /** Without the bridge's placeholders (wire note, rule 6), which our own m-sections make superfluous. */
  readonly sources: readonly ReceivedSource[];
}

/** @throws DecodeError for an offer that no session can be made of */
export function readBridgeOffer(jingle: SessionInitiate): BridgeOffer {
  // The transport is bundled and stands in every content (wire note §5.2).
  const transport = jingle.contents.find(({ transport: one }) => one?.credentials !== undefined)?.transport;
  if (transport?.credentials === undefined || transport.fingerprint === undefined) {
    throw new DecodeError('bad-format', 'the offer has no ICE credentials or no fingerprint');
  }
  return {
    ice: transport.credentials,
    fingerprint: transport.fingerprint,
    candidates: transport.candidates,
    isIceLite: transport.iceLite,
    channelUrls: transport.webSocketUrls,
    media: {
      audio: offeredMedia(descriptionOf(jingle, 'audio')),
      video: onlyVp8(offeredMedia(descriptionOf(jingle, 'video'))),
    },
    sources: realSources(decodeReceivedSources(jingle)),
  };
}

export function realSources(sources: readonly ReceivedSource[]): readonly ReceivedSource[] {
  return sources.filter(({ owner }) => owner !== PLACEHOLDER_OWNER);
}

function descriptionOf(jingle: SessionInitiate, kind: MediaKind): RtpDescription {
  const description = jingle.contents.find((content) => content.description?.media === kind)?.description;
  if (description === undefined || description.payloadTypes.length === 0) {
    throw new DecodeError('bad-format', `the offer has no ${kind}`);
  }
  return description;
}

export function offeredMedia(description: RtpDescription): OfferedMedia {
  const { payloadTypes, feedback, headerExtensions, extmapAllowMixed } = description;
  return { payloadTypes, feedback, headerExtensions, extmapAllowMixed };
}

/** VP8 is the meeting's one codec (wire note §5.8); a browser that sees no other cannot choose another. */
export function onlyVp8<Media extends Pick<OfferedMedia, 'payloadTypes'>>(video: Media): Media {
  const vp8 = video.payloadTypes.filter(({ name }) => name.toUpperCase() === 'VP8');
  if (vp8.length === 0) return video;
  const ids = new Set(vp8.map(({ id }) => String(id)));
  const payloadTypes = video.payloadTypes.filter(
    (one) => vp8.includes(one) || (one.name.toLowerCase() === 'rtx' && ids.has(one.parameters['apt'] ?? '')),
  );
  return { ...video, payloadTypes };
}
