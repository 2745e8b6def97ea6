import { CODECS, type CodecName, type TelephoneEvent } from './codec.ts';
import type { Direction } from './direction.ts';
import { describe, type LocalAudio, type LocalDescription } from './local-description.ts';
import type { LocalMedia } from './local-media.ts';

const PAYLOAD_TYPES: Readonly<Record<CodecName, number>> = { opus: 111, G722: 9, PCMU: 0, PCMA: 8 };
const TELEPHONE_EVENTS: readonly TelephoneEvent[] = [
  { payloadType: 101, clockRateHz: 8000 },
  { payloadType: 110, clockRateHz: 48_000 },
];
/** The line of keys that we offer. */
const CRYPTO_TAG = 1;

/**
 * Our offer (RFC 3264 §5, §8). Within a call it has the same sections, formats and keys as what we sent last, so also the same
 * text and version while direction does not change, as a refresh of the session wants it.
 * @param previous what we last sent in this call, if anything.
 */
export function createOffer(local: LocalMedia, previous?: LocalDescription): LocalDescription {
  if (previous !== undefined) return repeatOffer(previous, local.direction);
  const codecs = CODECS.filter((codec) => (local.codecs ?? CODECS).includes(codec));
  const audio: LocalAudio = {
    kind: 'audio',
    port: local.port,
    ...(local.rtcpPort !== undefined && { rtcpPort: local.rtcpPort }),
    protocol: local.srtp?.isMandatory === true ? 'RTP/SAVP' : 'RTP/AVP',
    codecs: codecs.map((codec) => ({ codec, payloadType: PAYLOAD_TYPES[codec] })),
    // Events run at the clock of a codec beside them (RFC 4733 §2.1).
    telephoneEvents: TELEPHONE_EVENTS.filter(({ clockRateHz }) => clockRateHz === 8000 || codecs.includes('opus')),
    direction: local.direction ?? 'sendrecv',
    hasRtcpMux: false,
    ...(local.srtp !== undefined && { crypto: { tag: CRYPTO_TAG, key: local.srtp.key } }),
  };
  return describe({ sessionId: local.sessionId, address: local.address, timing: '0 0' }, [audio], undefined);
}

function repeatOffer(previous: LocalDescription, direction: Direction | undefined): LocalDescription {
  const sections = previous.sections.map((section) =>
    section.kind === 'audio' && direction !== undefined ? { ...section, direction } : section,
  );
  return describe(previous.origin, sections, previous);
}
