import type { PlainEndpointCreated } from '#protocol/bridge/bridge-bus.ts';
import type { RtpAddress } from '#protocol/media/rtp.ts';
import { audioCodec, type AudioCodec, type Source } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { JingleContent, SessionAccept, SessionInitiate } from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import { decodeSentSources, describeReceivedSources, type SignalledSources } from '#protocol/xmpp/jingle-sources.ts';
import { bridgeSessionOf, type OfferParameters } from './offer.ts';

/** The only extension that means something without a browser: who speaks is told from it (RFC 6464). */
const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

/**
 * The offer to a telephone at the gateway: sound alone, over plain RTP (XEP-0177). Without a browser behind it there is
 * nothing to bundle and no placeholder to begin with.
 */
export function plainSessionInitiate(
  parameters: Omit<OfferParameters, 'created' | 'form'> & { readonly created: PlainEndpointCreated },
): SessionInitiate {
  const { created, sources, channelUrl } = parameters;
  return {
    action: 'session-initiate',
    sid: parameters.sid,
    initiator: parameters.initiator,
    contents: [
      {
        creator: 'initiator',
        name: 'audio',
        senders: 'both',
        description: {
          ...sourceDescription('audio', describeReceivedSources(sources, 'audio')),
          payloadTypes: created.rtp.payloadTypes.filter(({ kind }) => kind === 'audio'),
          headerExtensions: created.rtp.headerExtensions.filter(
            ({ kind, uri }) => kind === 'audio' && uri === AUDIO_LEVEL,
          ),
          rtcpMux: true,
        },
        rawUdp: { ...created.rtpAddress, webSocketUrls: [channelUrl] },
      },
    ],
    bridgeSession: bridgeSessionOf(parameters),
  };
}

/**
 * Where the gateway sends from and receives.
 * @throws DecodeError
 */
export function plainAddress({ contents }: SessionAccept): RtpAddress {
  const transport = contents.find(({ rawUdp }) => rawUdp !== undefined)?.rawUdp;
  if (transport === undefined) throw new DecodeError('bad-format', 'no raw-udp transport');
  return { address: transport.address, port: transport.port };
}

/**
 * A telephone's sources: its description names the one codec that they have.
 * @throws DecodeError also for video.
 */
export function decodePlainSources(signalled: SignalledSources, sender: string): readonly Source[] {
  const sources = decodeSentSources(signalled, sender);
  if (sources.length === 0) return [];
  if (sources.some(({ kind }) => kind === 'video')) throw new DecodeError('bad-format', 'a telephone has no picture');
  const codec = codecOf(signalled.contents);
  return sources.map((source) => ({ ...source, codec }));
}

function codecOf(contents: readonly JingleContent[]): AudioCodec {
  const [payloadType, ...others] = contents.flatMap(({ description }) => description?.payloadTypes ?? []);
  const codec = payloadType === undefined ? undefined : audioCodec(payloadType.name);
  if (codec === undefined || others.length > 0) {
    throw new DecodeError('bad-format', 'a telephone names the one codec of opus, G722, PCMU and PCMA that it sends');
  }
  return codec;
}
