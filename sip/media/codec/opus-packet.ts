import { DecodeError } from '../decode-error.ts';

// What the first bytes of an Opus packet say about how long it is (RFC 6716 §3.1).

/** Frame lengths in 1/400 s (2.5 ms), by configuration: SILK 10, 20, 40, 60; hybrid 10, 20; CELT 2.5, 5, 10, 20. */
const SILK_LENGTHS = [4, 8, 16, 24];
const HYBRID_LENGTHS = [4, 8];
const CELT_LENGTHS = [1, 2, 4, 8];
const MAX_LENGTH = 48; // 120 ms

/** In units of the RTP clock of 48 kHz. @throws DecodeError */
export function opusUnits(packet: Uint8Array): number {
  const first = packet[0];
  if (first === undefined) throw new DecodeError('an empty Opus packet');
  const configuration = first >> 3;
  const length =
    configuration < 12
      ? SILK_LENGTHS[configuration % 4]
      : configuration < 16
        ? HYBRID_LENGTHS[configuration % 2]
        : CELT_LENGTHS[configuration % 4];
  const total = (length ?? 0) * frames(packet, first & 3);
  if (total === 0 || total > MAX_LENGTH) throw new DecodeError('an Opus packet of no or too many frames');
  return total * 120;
}

function frames(packet: Uint8Array, code: number): number {
  if (code === 0) return 1;
  return code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
}
