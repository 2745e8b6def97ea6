/**
 * How much of a tone is in samples: its peak level in dB below full scale, and by how many dB it exceeds everything else
 * there (signal to noise). By projection on sine and cosine (Goertzel's result), at any frequency.
 */
export function measureTone(
  samples: Int16Array,
  frequencyHz: number,
  sampleRateHz = 16_000,
): { levelDbfs: number; snrDb: number } {
  let cosine = 0;
  let sine = 0;
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * frequencyHz * index) / sampleRateHz;
    cosine += sample * Math.cos(angle);
    sine += sample * Math.sin(angle);
  }
  const a = (2 * cosine) / samples.length;
  const b = (2 * sine) / samples.length;
  let noise = 0;
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * frequencyHz * index) / sampleRateHz;
    noise += (sample - a * Math.cos(angle) - b * Math.sin(angle)) ** 2;
  }
  const signal = ((a * a + b * b) / 2) * samples.length;
  return { levelDbfs: 20 * Math.log10(Math.hypot(a, b) / 32_767), snrDb: 10 * Math.log10(signal / Math.max(noise, 1)) };
}
