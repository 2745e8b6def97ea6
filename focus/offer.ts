import type { EndpointCreated, IceRestarted } from '#protocol/bridge/bridge-bus.ts';
import type { PayloadType, RtpCapabilities } from '#protocol/media/rtp.ts';
import {
  PLACEHOLDER_OWNER,
  PLACEHOLDER_SSRCS,
  PLACEHOLDER_STREAM,
  type MediaKind,
  type ReceivedSource,
} from '#protocol/media/source.ts';
import type {
  BridgeSession,
  JingleContent,
  SessionInitiate,
  SourceChange,
  TransportInfo,
} from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import type { StartMutedPolicy } from '#protocol/xmpp/start-muted.ts';
import { describeReceivedSources, ownedReceivedSources } from '#protocol/xmpp/jingle-sources.ts';

/** Video codecs in use, as `visitor-codecs` and `jitsi_participant_codecList` name them (wire note §5.8). */
export const PINNED_VIDEO_CODECS: readonly string[] = ['vp8'];

/** The form in which a client gets sources (wire note §5.2). */
export type SourceForm = 'xml' | 'json';

export interface OfferParameters {
  readonly sid: string;
  /** The focus's own address. */
  readonly initiator: string;
  readonly bridgeSessionId: string;
  readonly region?: string;
  readonly channelUrl: string;
  readonly created: EndpointCreated;
  readonly sources: readonly ReceivedSource[];
  readonly form: SourceForm;
  /** How a client is to start that does not know it from the room's metadata. */
  readonly startMuted?: StartMutedPolicy;
}

/** The offer that invites a client into its session on the bridge (wire note §5.2, §5.3). */
export function sessionInitiate(parameters: OfferParameters): SessionInitiate {
  const { sources, form, startMuted } = parameters;
  return {
    action: 'session-initiate',
    sid: parameters.sid,
    initiator: parameters.initiator,
    contents: KINDS.map((kind) => content(kind, parameters)),
    group: { semantics: 'BUNDLE', contents: KINDS },
    bridgeSession: bridgeSessionOf(parameters),
    ...(form === 'json' && sources.length > 0 ? { jsonSources: ownedReceivedSources(sources) } : {}),
    ...(startMuted === undefined ? {} : { startMuted }),
  };
}

/** What the client echoes in requests about the session. */
export function bridgeSessionOf({
  bridgeSessionId,
  region,
}: Pick<OfferParameters, 'bridgeSessionId' | 'region'>): BridgeSession {
  return { id: bridgeSessionId, ...(region === undefined ? {} : { region }), restart: false, iceRestart: false };
}

/** Sources that come or go during the session. */
export function sourceChange(
  action: SourceChange['action'],
  sid: string,
  initiator: string,
  sources: readonly ReceivedSource[],
  form: SourceForm,
): SourceChange {
  if (form === 'json') return { action, sid, initiator, contents: [], jsonSources: ownedReceivedSources(sources) };
  return {
    action,
    sid,
    initiator,
    contents: KINDS.flatMap((kind): JingleContent[] => {
      const described = describeReceivedSources(sources, kind);
      if (described.ssrcs.length === 0) return [];
      return [{ creator: 'initiator', name: kind, description: sourceDescription(kind, described) }];
    }),
  };
}

/** New ICE credentials of the bridge in a session that goes on (wire note §5.10). */
export function iceRestart(
  sid: string,
  initiator: string,
  { ice, candidates }: Pick<IceRestarted, 'ice' | 'candidates'>,
  iceGeneration: number,
): TransportInfo {
  return {
    action: 'transport-info',
    sid,
    initiator,
    contents: [
      {
        creator: 'initiator',
        name: 'audio',
        // One for all contents: they are bundled.
        transport: { credentials: ice, candidates, webSocketUrls: [], rtcpMux: true, iceLite: true, iceGeneration },
      },
    ],
  };
}

const KINDS: readonly MediaKind[] = ['audio', 'video'];

/**
 * Without a placeholder as the first source of each kind, the client would share its own m-line with the first remote
 * source and break when that one leaves (wire note, rule 6). Always in XML, so that they come first whatever the JSON's
 * order.
 */
const PLACEHOLDERS: Readonly<Record<MediaKind, ReceivedSource>> = {
  audio: {
    name: `${PLACEHOLDER_OWNER}-a0`,
    owner: PLACEHOLDER_OWNER,
    kind: 'audio',
    msid: `${PLACEHOLDER_STREAM} mixedlabelaudio0`,
    ssrc: PLACEHOLDER_SSRCS.audio,
  },
  video: {
    name: `${PLACEHOLDER_OWNER}-v0`,
    owner: PLACEHOLDER_OWNER,
    kind: 'video',
    msid: `${PLACEHOLDER_STREAM} mixedlabelvideo0`,
    ssrc: PLACEHOLDER_SSRCS.video,
  },
};

/** Extensions that must not be offered: mids that the bridge would not stamp as the client counts, and RIDs (rule 8). */
const FORBIDDEN_EXTENSIONS: ReadonlySet<string> = new Set([
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
]);

function content(kind: MediaKind, { created, channelUrl, sources, form }: OfferParameters): JingleContent {
  const inXml = [PLACEHOLDERS[kind], ...(form === 'xml' ? sources : [])];
  return {
    creator: 'initiator',
    name: kind,
    senders: 'both',
    description: {
      ...sourceDescription(kind, describeReceivedSources(inXml, kind)),
      ...(kind === 'audio' ? { maxPacketTimeMs: 60 } : {}),
      payloadTypes: offeredPayloadTypes(created.rtp, kind),
      headerExtensions: created.rtp.headerExtensions.filter(
        (extension) => extension.kind === kind && !FORBIDDEN_EXTENSIONS.has(extension.uri),
      ),
      extmapAllowMixed: true,
      rtcpMux: true,
    },
    transport: {
      credentials: created.ice,
      fingerprint: { ...created.fingerprint, setup: 'actpass' },
      candidates: created.candidates,
      webSocketUrls: [channelUrl],
      rtcpMux: true,
      iceLite: true,
    },
  };
}

/** All audio, and of video only the pinned codecs with their RTX: what is offered must be what can be chosen (rule 7). */
function offeredPayloadTypes({ payloadTypes }: RtpCapabilities, kind: MediaKind): readonly PayloadType[] {
  const ofKind = payloadTypes.filter((payloadType) => payloadType.kind === kind);
  if (kind === 'audio') return ofKind;
  const pinned = ofKind.filter(({ name }) => PINNED_VIDEO_CODECS.includes(name.toLowerCase()));
  const ids = new Set(pinned.map(({ id }) => String(id)));
  const retransmissions = ofKind.filter(
    ({ name, parameters }) => name.toLowerCase() === 'rtx' && ids.has(parameters['apt'] ?? ''),
  );
  return [...pinned, ...retransmissions];
}
