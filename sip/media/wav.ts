import { SAMPLE_RATE_HZ } from './codec/audio-codec.ts';
import { DecodeError } from './decode-error.ts';
import { sharedSamples } from './shared-samples.ts';

// RIFF WAVE: chunks of a name and a length in bytes; `fmt ` says what the samples in `data` are. Little-endian.

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES = 16;
const PCM = 1;

/**
 * The samples of a file of 16 kHz, mono, 16 bit; in memory that threads share.
 * @throws DecodeError that says what the file is instead
 */
export function decodeWav(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < RIFF_HEADER_BYTES || nameAt(bytes, 0) !== 'RIFF' || nameAt(bytes, 8) !== 'WAVE') {
    throw new DecodeError('not a WAV file');
  }
  let hasFormat = false;
  let offset = RIFF_HEADER_BYTES;
  while (offset + CHUNK_HEADER_BYTES <= bytes.length) {
    const name = nameAt(bytes, offset);
    const start = offset + CHUNK_HEADER_BYTES;
    const end = start + view.getUint32(offset + 4, true);
    if (end > bytes.length) throw new DecodeError(`the WAV file is cut off in its chunk "${name}"`);
    if (name === 'fmt ') {
      checkFormat(view, start, end);
      hasFormat = true;
    }
    if (name === 'data') {
      if (!hasFormat) throw new DecodeError('the WAV file has samples before it says what they are');
      const samples = sharedSamples((end - start) >> 1);
      for (let index = 0; index < samples.length; index += 1) samples[index] = view.getInt16(start + 2 * index, true);
      return samples;
    }
    offset = end + (end % 2);
  }
  throw new DecodeError('the WAV file has no samples');
}

function nameAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

function checkFormat(view: DataView, start: number, end: number): void {
  if (end - start < FORMAT_BYTES) throw new DecodeError('the WAV file does not say what its samples are');
  const coding = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const rateHz = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  if (coding === PCM && channels === 1 && rateHz === SAMPLE_RATE_HZ && bits === 16) return;
  const is = `${rateHz} Hz, ${channels} channel(s), ${bits} bit${coding === PCM ? '' : `, coding ${coding}`}`;
  throw new DecodeError(`the WAV file has ${is}; it must have ${SAMPLE_RATE_HZ} Hz, 1 channel, 16 bit PCM`);
}
