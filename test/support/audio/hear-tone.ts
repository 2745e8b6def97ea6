import { until } from '../wait.ts';
import { measureTone } from './goertzel.ts';
import type { RtpPhone } from './rtp-phone.ts';

/** A quarter of a second at 16 kHz. */
const WINDOW_SAMPLES = 4000;

/**
 * Waits until the phone hears a tone as it was sent: for a quarter of a second at its level, within a decibel, with little
 * else. A machine that is busy for a moment makes a hole in the sound; the tone after it is what counts.
 */
export async function hearTone(
  phone: RtpPhone,
  tone: { readonly frequencyHz: number; readonly levelDbfs: number; readonly minSnrDb: number },
): Promise<void> {
  const measure = () => measureTone(phone.recording().subarray(-WINDOW_SAMPLES), tone.frequencyHz);
  await until(
    () => {
      if (phone.recording().length < 2 * WINDOW_SAMPLES) return false;
      const { levelDbfs, snrDb } = measure();
      return Math.abs(levelDbfs - tone.levelDbfs) < 1 && snrDb >= tone.minSnrDb;
    },
    () => `the tone to be heard: ${JSON.stringify(tone)}; heard at last ${JSON.stringify(measure())}`,
  );
}
