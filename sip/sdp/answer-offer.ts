import { CODECS, readAudioFormats } from './codec.ts';
import { type CryptoAttribute, readCrypto } from './crypto-attribute.ts';
import { answerTo, direction, readDirection, receives, sends } from './direction.ts';
import { describe, type LocalDescription, type LocalSection } from './local-description.ts';
import type { LocalMedia } from './local-media.ts';
import { type NegotiatedMedia, noAgreement, type NoAgreement, packetMs, readTransport } from './negotiated-media.ts';
import { type MediaSection, parseSessionDescription, type SessionDescription } from './session-description.ts';

export type AnswerResult =
  { readonly ok: true; readonly description: LocalDescription; readonly media: NegotiatedMedia } | NoAgreement;

const PLAIN_PROTOCOLS = ['RTP/AVP', 'RTP/AVPF'];
const SECURE_PROTOCOLS = ['RTP/SAVP', 'RTP/SAVPF'];

/**
 * Answers an offer (RFC 3264 §6): one codec, by our order, in the first audio section that can be agreed upon; every other section keeps
 * its place with port 0.
 * @param previous what we last sent in this call, if anything.
 */
export function answerOffer(offer: Uint8Array, local: LocalMedia, previous?: LocalDescription): AnswerResult {
  const parsed = parseSessionDescription(offer);
  if (!parsed.ok) return noAgreement(399, `Malformed session description: ${parsed.reason}`);
  const session = parsed.description;
  let firstRefusal: NoAgreement | undefined;
  for (const section of session.media) {
    if (section.kind !== 'audio' || section.port === 0) continue;
    const agreement = agreeOn(section, session, local);
    if (!agreement.ok) {
      firstRefusal ??= agreement;
      continue;
    }
    const sections = session.media.map((other) => (other === section ? agreement.audio : refused(other)));
    const origin = { sessionId: local.sessionId, address: local.address, timing: session.timing };
    return { ok: true, description: describe(origin, sections, previous), media: agreement.media };
  }
  return firstRefusal ?? noAgreement(304, 'No audio is offered');
}

type Agreement = { readonly ok: true; readonly audio: LocalSection; readonly media: NegotiatedMedia } | NoAgreement;

function agreeOn(section: MediaSection, session: SessionDescription, local: LocalMedia): Agreement {
  if (![...PLAIN_PROTOCOLS, ...SECURE_PROTOCOLS].includes(section.protocol)) {
    return noAgreement(302, 'Audio is offered over no transport known here');
  }
  const { codecs, telephoneEvents } = readAudioFormats(section);
  const allowed = local.codecs ?? CODECS;
  const chosen = CODECS.filter((codec) => allowed.includes(codec))
    .map((codec) => codecs.find((format) => format.codec === codec))
    .find((format) => format !== undefined);
  if (chosen === undefined) return noAgreement(305, 'No common codec');
  const transport = readTransport(session, section, local);
  if (!transport.ok) return transport;
  const crypto = chooseCrypto(section, local);
  if (crypto === 'impossible') return noAgreement(399, 'No common encryption');
  const { remote, remoteRtcp, hasRtcpMux, isNowhere } = transport;
  // Nothing can be sent nowhere, so such an offer says no more than that they send.
  const stated = readDirection(session, section);
  const theirs = isNowhere ? direction(sends(stated), false) : stated;
  const ours = answerTo(theirs, local.direction ?? 'sendrecv');
  return {
    ok: true,
    audio: {
      kind: 'audio',
      port: local.port,
      ...(local.rtcpPort !== undefined && { rtcpPort: local.rtcpPort }),
      protocol: section.protocol,
      codecs: [chosen],
      telephoneEvents,
      direction: ours,
      hasRtcpMux,
      ...(crypto !== undefined && { crypto: { tag: crypto.tag, key: crypto.localKey } }),
    },
    media: {
      ...chosen,
      telephoneEvents,
      packetMs: packetMs(section),
      remote,
      remoteRtcp,
      isRtcpMuxed: hasRtcpMux,
      direction: ours,
      isHeld: !receives(theirs),
      ...(crypto !== undefined && { srtp: { localKey: crypto.localKey, remoteKey: crypto.key } }),
    },
  };
}

function refused({ kind, protocol, formats }: MediaSection): LocalSection {
  return { kind: 'refused', media: kind, protocol, format: formats[0] ?? '0' };
}

/** Undefined for a call in the clear. A phone may offer keys also with plain RTP, and mean both. */
function chooseCrypto(
  section: MediaSection,
  { srtp }: LocalMedia,
): (CryptoAttribute & { readonly localKey: Uint8Array }) | 'impossible' | undefined {
  const crypto = srtp === undefined ? undefined : readCrypto(section);
  if (srtp !== undefined && crypto !== undefined) return { ...crypto, localKey: srtp.key };
  return SECURE_PROTOCOLS.includes(section.protocol) || srtp?.isMandatory === true ? 'impossible' : undefined;
}
