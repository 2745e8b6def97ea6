import { type AudioFormat, readAudioFormats, type TelephoneEvent } from './codec.ts';
import { readCrypto } from './crypto-attribute.ts';
import { answerTo, direction, readDirection, receives, sends } from './direction.ts';
import type { LocalAudio, LocalDescription } from './local-description.ts';
import type { LocalMedia } from './local-media.ts';
import { type NegotiatedMedia, noAgreement, type NoAgreement, packetMs, readTransport } from './negotiated-media.ts';
import { parseSessionDescription } from './session-description.ts';

export type AcceptedAnswer = { readonly ok: true; readonly media: NegotiatedMedia } | NoAgreement;

/** What the answer to an offer of ours makes of it. */
export function acceptAnswer(offer: LocalDescription, answer: Uint8Array, local: LocalMedia): AcceptedAnswer {
  const parsed = parseSessionDescription(answer);
  if (!parsed.ok) return noAgreement(399, `Malformed session description: ${parsed.reason}`);
  const session = parsed.description;
  const index = offer.sections.findIndex(({ kind }) => kind === 'audio');
  const offered = offer.sections[index];
  const section = session.media[index];
  if (offered?.kind !== 'audio' || section?.kind !== 'audio' || section.port === 0) {
    return noAgreement(304, 'The answer refuses audio');
  }
  if (section.protocol !== offered.protocol) return noAgreement(302, 'The answer changes the transport');
  const { codecs, telephoneEvents } = readAudioFormats(section);
  const chosen = codecs.find((format) => isOffered(format, offered));
  if (chosen === undefined) return noAgreement(305, 'The answer has no codec that was offered');
  const transport = readTransport(session, section, local);
  if (!transport.ok) return transport;
  const crypto = offered.crypto === undefined ? undefined : readCrypto(section);
  if (crypto === undefined ? local.srtp?.isMandatory === true : crypto.tag !== offered.crypto?.tag) {
    return noAgreement(399, 'The answer has no key that fits');
  }
  const { remote, remoteRtcp, hasRtcpMux, isNowhere } = transport;
  const stated = readDirection(session, section);
  const theirs = isNowhere ? direction(sends(stated), false) : stated;
  return {
    ok: true,
    media: {
      ...chosen,
      telephoneEvents: telephoneEvents.filter((event) => offered.telephoneEvents.some((of) => sameEvent(of, event))),
      packetMs: packetMs(section),
      remote,
      remoteRtcp,
      isRtcpMuxed: hasRtcpMux && offered.hasRtcpMux,
      direction: answerTo(theirs, offered.direction),
      isHeld: !receives(theirs),
      ...(crypto !== undefined &&
        offered.crypto !== undefined && {
          srtp: { localKey: offered.crypto.key, remoteKey: crypto.key },
        }),
    },
  };
}

function isOffered({ codec, payloadType }: AudioFormat, offered: LocalAudio): boolean {
  return offered.codecs.some((format) => format.codec === codec && format.payloadType === payloadType);
}

function sameEvent(a: TelephoneEvent, b: TelephoneEvent): boolean {
  return a.payloadType === b.payloadType && a.clockRateHz === b.clockRateHz;
}
