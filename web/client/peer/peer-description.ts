import type { IceCandidate, IceCredentials } from '#protocol/media/rtp.ts';
import { formatSourceName, type MediaKind, type ReceivedSource } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { ContentSenders, JingleContent, SessionAccept, SessionInitiate } from '#protocol/xmpp/jingle.ts';
import type { TransportFingerprint } from '#protocol/xmpp/jingle-ice-udp.ts';
import type { DescribedSources } from '#protocol/xmpp/jingle-rtp.ts';
import { offeredMedia, onlyVp8, type OfferedMedia } from '../sdp/bridge-offer.ts';

/** Seen from the peer, whose description it is. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface PeerSection extends OfferedMedia {
  readonly kind: MediaKind;
  /** The content's name, which is also the mid (wire note §5.12). */
  readonly name: string;
  readonly direction: Direction;
  /** What the peer sends there. */
  readonly source: ReceivedSource | undefined;
}

/** What a peer says of itself in session-initiate or session-accept: one audio and one video section, bundled. */
export interface PeerDescription {
  readonly ice: IceCredentials;
  readonly fingerprint: TransportFingerprint;
  readonly candidates: readonly IceCandidate[];
  /** In the order of the contents. */
  readonly sections: readonly PeerSection[];
}

/**
 * Reads a peer's offer or answer.
 * @param peer endpoint id of who sent it; whatever owners it names
 * @throws DecodeError for what cannot be answered, such as a third content
 */
export function readPeerDescription(jingle: SessionInitiate | SessionAccept, peer: string): PeerDescription {
  const transport = jingle.contents.find(({ transport: one }) => one?.credentials !== undefined)?.transport;
  if (transport?.credentials === undefined || transport.fingerprint === undefined) {
    throw new DecodeError('bad-format', 'a peer needs ICE credentials and a fingerprint');
  }
  const role = jingle.action === 'session-initiate' ? 'initiator' : 'responder';
  const sections = jingle.contents.map((content) => readSection(content, role, peer));
  const kinds = sections.map(({ kind }) => kind).toSorted();
  if (kinds.join() !== 'audio,video') throw new DecodeError('bad-format', 'a peer needs one audio and one video');
  return {
    ice: transport.credentials,
    fingerprint: transport.fingerprint,
    candidates: jingle.contents.flatMap((content) => content.transport?.candidates ?? []),
    sections,
  };
}

function readSection(content: JingleContent, role: 'initiator' | 'responder', peer: string): PeerSection {
  const { name, description, senders = 'both' } = content;
  if (description === undefined || description.payloadTypes.length === 0 || senders === 'rejected') {
    throw new DecodeError('bad-format', `the content ${name} cannot be used`);
  }
  const media = offeredMedia(description);
  const direction = directionOf(senders, role);
  const isSending = direction === 'sendrecv' || direction === 'sendonly';
  return {
    ...(description.media === 'video' ? onlyVp8(media) : media),
    kind: description.media,
    name,
    direction,
    source: isSending ? sourceOf(description, description.media, peer) : undefined,
  };
}

function directionOf(senders: Exclude<ContentSenders, 'rejected'>, role: 'initiator' | 'responder'): Direction {
  if (senders === 'both') return 'sendrecv';
  if (senders === 'none') return 'inactive';
  return senders === role ? 'sendonly' : 'recvonly';
}

/** One stream with its retransmission; a peer that sends layers is shown its first one. */
function sourceOf({ ssrcs, groups }: DescribedSources, kind: MediaKind, peer: string): ReceivedSource | undefined {
  const [first] = ssrcs;
  if (first === undefined) return undefined;
  const pair = groups.find(({ semantics, ssrcs: [primary] }) => semantics === 'FID' && primary === first.ssrc);
  const rtxSsrc = pair?.ssrcs[1];
  const name = formatSourceName({ endpoint: peer, kind, index: 0 });
  return {
    name,
    owner: peer,
    kind,
    msid: `${name} ${name}`,
    ssrc: first.ssrc,
    ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
  };
}
