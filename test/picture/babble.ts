const SAMPLE_RATE = 48_000;
const SECONDS = 2;
const HARMONICS = 12;

/** A WAV file (RIFF, 16-bit PCM, mono) whose sound comes in syllables, so that nothing takes it for noise; or silence. */
export function babble({ isSilent = false } = {}): Uint8Array {
  const count = SAMPLE_RATE * SECONDS;
  const file = Buffer.alloc(44 + count * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(count * 2, 40);
  for (let index = 0, phase = 0; index < count; index++) {
    const second = index / SAMPLE_RATE;
    phase += (2 * Math.PI * (150 + 25 * Math.sin(2 * Math.PI * second))) / SAMPLE_RATE;
    let sample = 0;
    for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) sample += Math.sin(phase * harmonic) / harmonic;
    const loudness = isSilent ? 0 : Math.max(0, Math.sin(2 * Math.PI * 3.5 * second));
    file.writeInt16LE(Math.round(sample * loudness * 12_000), 44 + index * 2);
  }
  return file;
}
