import type { IceCandidate, IceCredentials } from '#protocol/media/rtp.ts';
import type { ContentSenders, JingleContent, SessionAccept, SessionInitiate } from '#protocol/xmpp/jingle.ts';
import type { TransportInfo } from '#protocol/xmpp/jingle.ts';
import { describeSentSources } from '#protocol/xmpp/jingle-sources.ts';
import { onlyVp8 } from '../sdp/bridge-offer.ts';
import type { Answer } from '../sdp/read-answer.ts';
import { sendSlot, sentSource } from '../session/send-slots.ts';
import type { Direction, PeerDescription } from './peer-description.ts';

export interface PeerIds {
  readonly sid: string;
  /** Occupant addresses. */
  readonly initiator: string;
  readonly responder: string;
  /** Our endpoint id. */
  readonly own: string;
}

/** Our offer to the peer. @param local what the browser offers */
export function writePeerOffer(local: Answer, ids: PeerIds): SessionInitiate {
  return { action: 'session-initiate', ...writeNegotiation(local, ids, 'initiator', () => 'both') };
}

/** Our answer. @param local what the browser answered */
export function writePeerAnswer(local: Answer, offer: PeerDescription, ids: PeerIds): SessionAccept {
  const sendersOf = (mid: string): ContentSenders =>
    answeredSenders(offer.sections.find(({ name }) => name === mid)?.direction ?? 'inactive');
  return { action: 'session-accept', ...writeNegotiation(local, ids, 'responder', sendersOf) };
}

/** Candidates as they are found; the transport is bundled, so one content stands for both. */
export function writeCandidates(
  candidates: readonly IceCandidate[],
  local: Answer,
  { sid, initiator }: PeerIds,
  creator: 'initiator' | 'responder',
): TransportInfo {
  const name = local.sections[0]?.mid ?? '';
  return {
    action: 'transport-info',
    sid,
    initiator,
    contents: [{ creator, name, transport: transportOf(local.ice, candidates) }],
  };
}

function writeNegotiation(
  local: Answer,
  { sid, initiator, responder, own }: PeerIds,
  creator: 'initiator' | 'responder',
  sendersOf: (mid: string) => ContentSenders,
): Omit<SessionInitiate, 'action'> {
  const contents = local.sections.map((section): JingleContent => {
    const { kind, mid } = section;
    const { payloadTypes } = kind === 'video' ? onlyVp8(section) : section;
    const source = sentSource(sendSlot(kind === 'audio' ? 'microphone' : 'camera'), own, section, crypto.randomUUID());
    return {
      creator,
      name: mid,
      senders: sendersOf(mid),
      description: {
        media: kind,
        payloadTypes,
        feedback: [],
        headerExtensions: section.headerExtensions,
        extmapAllowMixed: section.extmapAllowMixed,
        rtcpMux: true,
        ...describeSentSources(source === undefined ? [] : [source], kind),
      },
      transport: { ...transportOf(local.ice, []), fingerprint: local.fingerprint },
    };
  });
  const group = { semantics: 'BUNDLE', contents: contents.map(({ name }) => name) };
  return { sid, initiator, responder, contents, group };
}

function transportOf(
  credentials: IceCredentials,
  candidates: readonly IceCandidate[],
): NonNullable<JingleContent['transport']> {
  return { credentials, candidates, webSocketUrls: [], rtcpMux: true, iceLite: false };
}

/** We send and receive whatever the offer lets us. */
function answeredSenders(offered: Direction): ContentSenders {
  switch (offered) {
    case 'sendrecv':
      return 'both';
    case 'sendonly':
      return 'initiator';
    case 'recvonly':
      return 'responder';
    case 'inactive':
      return 'none';
  }
}
