import type { MediaKind } from '#protocol/media/source.ts';
import type { DtlsSetup } from '#protocol/xmpp/jingle-ice-udp.ts';
import { DISCARD_PORT, writePayloadTypes, writeSource } from '../sdp/write-offer.ts';
import type { PeerDescription, PeerSection } from './peer-description.ts';

/**
 * A peer's offer or answer as SDP (RFC 8829), everything bundled. Candidates come apart from it, as they are found
 * (RFC 8838).
 * @param sections order and mids, which in an answer are those of our offer
 */
export function writePeerSdp(
  description: PeerDescription,
  type: 'offer' | 'answer',
  sections: readonly { readonly mid: string; readonly kind: MediaKind }[],
): string {
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${sections.map(({ mid }) => mid).join(' ')}`,
    'a=msid-semantic: WMS *',
    ...sections.flatMap(({ mid, kind }) => {
      const section = description.sections.find((one) => one.kind === kind);
      return section === undefined ? [] : writeSection(description, section, type, mid);
    }),
    '',
  ];
  return lines.join('\r\n');
}

function writeSection(
  { ice, fingerprint }: PeerDescription,
  section: PeerSection,
  type: 'offer' | 'answer',
  mid: string,
): string[] {
  return [
    `m=${section.kind} ${DISCARD_PORT} UDP/TLS/RTP/SAVPF ${section.payloadTypes.map(({ id }) => id).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=${section.direction}`,
    `a=ice-ufrag:${ice.usernameFragment}`,
    `a=ice-pwd:${ice.password}`,
    'a=ice-options:trickle',
    `a=fingerprint:${fingerprint.hash} ${fingerprint.value}`,
    `a=setup:${setupOf(fingerprint.setup, type)}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...(section.extmapAllowMixed ? ['a=extmap-allow-mixed'] : []),
    ...section.headerExtensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    ...writePayloadTypes(section),
    ...writeSource(section.source),
  ];
}

/** RFC 8842 §5.2–5.3: an offer leaves the choice open, an answer has made it. */
function setupOf(setup: DtlsSetup, type: 'offer' | 'answer'): DtlsSetup {
  if (type === 'offer') return 'actpass';
  return setup === 'passive' ? 'passive' : 'active';
}
