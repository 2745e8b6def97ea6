import type { RtpAddress } from '#protocol/media/rtp.ts';
import { audioCodec, type AudioCodec, type ReceivedSource, type Source } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { JingleContent, SessionAccept, SessionInitiate, SourceChange } from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import { decodeReceivedSources, describeSentSources } from '#protocol/xmpp/jingle-sources.ts';

/** RFC 6464: how loud a packet is; the bridge tells who speaks by it. */
const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

/** What a caller sends. */
export interface UplinkSource {
  readonly codec: AudioCodec;
  /** 1 … 2^32−1, unlike that of any other caller. */
  readonly ssrc: number;
}

/** A codec under the number that the bridge has for it. */
export interface RoomPayloadType {
  readonly codec: AudioCodec;
  /** Of RTP timestamps. */
  readonly clockRateHz: number;
}

/** The focus's offer of a session over plain RTP, as far as a caller needs it. */
export interface PlainOffer {
  readonly sid: string;
  readonly initiator: string | undefined;
  /** Where the bridge takes RTP. */
  readonly remote: RtpAddress;
  readonly channelUrl: string | undefined;
  readonly payloadTypes: ReadonlyMap<number, RoomPayloadType>;
  readonly audioLevelExtensionId: number;
  readonly sources: readonly ReceivedSource[];
}

/** @throws DecodeError for an offer that a telephone cannot use. */
export function readPlainOffer(offer: SessionInitiate): PlainOffer {
  const content = offer.contents.find(({ description }) => description?.media === 'audio');
  const { description, rawUdp } = content ?? {};
  if (description === undefined || rawUdp === undefined) throw new DecodeError('bad-format', 'no sound over plain RTP');
  const level = description.headerExtensions.find(({ uri }) => uri === AUDIO_LEVEL);
  if (level === undefined) throw new DecodeError('bad-format', 'no header extension for audio levels');
  return {
    sid: offer.sid,
    initiator: offer.initiator,
    remote: { address: rawUdp.address, port: rawUdp.port },
    channelUrl: rawUdp.webSocketUrls[0],
    payloadTypes: new Map(
      description.payloadTypes.flatMap(({ id, name, clockRate }) => {
        const codec = audioCodec(name);
        return codec === undefined ? [] : [[id, { codec, clockRateHz: clockRate }] as const];
      }),
    ),
    audioLevelExtensionId: level.id,
    sources: decodeReceivedSources(offer),
  };
}

/** The bridge's number for a codec; undefined if it does not take it. */
export function payloadTypeOf({ payloadTypes }: PlainOffer, codec: AudioCodec): number | undefined {
  for (const [id, payloadType] of payloadTypes) if (payloadType.codec === codec) return id;
  return undefined;
}

/** @param local where the gateway sends from and receives. */
export function plainAccept(
  offer: PlainOffer,
  endpointId: string,
  uplink: UplinkSource,
  local: RtpAddress,
): SessionAccept {
  const content = uplinkContent(offer, endpointId, uplink);
  return {
    action: 'session-accept',
    sid: offer.sid,
    ...(offer.initiator === undefined ? {} : { initiator: offer.initiator }),
    contents: [{ ...content, creator: 'responder', rawUdp: { ...local, webSocketUrls: [] } }],
  };
}

/** Announces what a caller sends from now on, or that it does so no longer. */
export function uplinkChange(
  action: SourceChange['action'],
  offer: PlainOffer,
  endpointId: string,
  uplink: UplinkSource,
): SourceChange {
  return { action, sid: offer.sid, contents: [uplinkContent(offer, endpointId, uplink)] };
}

/** The description names the one codec of its source, as the focus reads it. */
function uplinkContent(offer: PlainOffer, endpointId: string, { codec, ssrc }: UplinkSource): JingleContent {
  const id = payloadTypeOf(offer, codec);
  const clockRate = id === undefined ? undefined : offer.payloadTypes.get(id)?.clockRateHz;
  const source: Source = {
    name: sourceNameOf(endpointId),
    owner: endpointId,
    kind: 'audio',
    msid: `${endpointId}-audio-0 ${ssrc}`,
    ssrcs: [ssrc],
    groups: [],
  };
  return {
    creator: 'initiator',
    name: 'audio',
    description: {
      ...sourceDescription('audio', describeSentSources([source], 'audio')),
      payloadTypes:
        id === undefined || clockRate === undefined
          ? []
          : [{ kind: 'audio', id, name: codec, clockRate, parameters: {}, feedback: [] }],
    },
  };
}

/** A caller has one source (wire note, rule 5). */
export function sourceNameOf(endpointId: string): string {
  return `${endpointId}-a0`;
}
