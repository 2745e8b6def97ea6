import { readFileSync } from 'node:fs';

const HEADER_BYTES = 44;

/** A tone as a WAV file, 16 bit, the same on all channels. @param amplitude of full scale */
export function toneWav(tone: {
  readonly frequencyHz: number;
  readonly amplitude: number;
  readonly seconds: number;
  readonly sampleRateHz: number;
  readonly channels: number;
}): Buffer {
  const { frequencyHz, amplitude, seconds, sampleRateHz, channels } = tone;
  const count = Math.round(seconds * sampleRateHz);
  const frameBytes = 2 * channels;
  const bytes = Buffer.alloc(HEADER_BYTES + frameBytes * count);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE(frameBytes * sampleRateHz, 28);
  bytes.writeUInt16LE(frameBytes, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(frameBytes * count, 40);
  for (let index = 0; index < count; index++) {
    const sample = amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRateHz);
    for (let channel = 0; channel < channels; channel++) {
      bytes.writeInt16LE(Math.round(sample * 32_767), HEADER_BYTES + frameBytes * index + 2 * channel);
    }
  }
  return bytes;
}

/** The samples so far of a 16-bit file that is still being written, whatever its header says of its length. */
export function growingWav(path: string): { readonly samples: Int16Array; readonly sampleRateHz: number } {
  const bytes = readFileSync(path);
  if (bytes.length < HEADER_BYTES) return { samples: new Int16Array(), sampleRateHz: 0 };
  const channels = bytes.readUInt16LE(22);
  const sampleRateHz = bytes.readUInt32LE(24);
  const count = Math.floor((bytes.length - HEADER_BYTES) / (2 * channels));
  const samples = new Int16Array(count);
  for (let index = 0; index < count; index++) samples[index] = bytes.readInt16LE(HEADER_BYTES + 2 * channels * index);
  return { samples, sampleRateHz };
}
