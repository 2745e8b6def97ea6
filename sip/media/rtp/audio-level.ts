import { findExtensionElement, oneElementExtension } from './header-extension.ts';
import type { RtpExtension } from './packet.ts';

// Client-to-mixer audio level (RFC 6464): a bit for "voice" and the level as the number of decibels below full scale.

/** The level of digital silence, in -dBov. */
export const SILENCE_LEVEL = 127;

/** The level in -dBov, 0 (loudest) to 127; undefined when the packet carries none. @throws DecodeError */
export function readAudioLevel(extension: RtpExtension | undefined, id: number): number | undefined {
  const data = findExtensionElement(extension, id);
  const byte = data?.[0];
  return byte === undefined ? undefined : byte & 0x7f;
}

/** @param level in -dBov, 0 to 127 */
export function audioLevelExtension(id: number, level: number, isVoice: boolean): RtpExtension {
  return oneElementExtension(id, Uint8Array.of((isVoice ? 0x80 : 0) | level));
}

/** Of samples of 16 bit: RMS over full scale (RFC 6464 §3, RFC 6465's formula), as -dBov. */
export function audioLevel(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  if (energy === 0) return SILENCE_LEVEL;
  const level = -10 * Math.log10(energy / samples.length / (32_768 * 32_768));
  return Math.min(SILENCE_LEVEL, Math.max(0, Math.round(level)));
}
