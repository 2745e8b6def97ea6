import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../codec/audio-codec.ts';

// Keys by their sound (ITU-T Q.23, Q.24), for phones that announce no telephone events: two tones at once, one of each group.

const LOW_HZ = [697, 770, 852, 941];
const HIGH_HZ = [1209, 1336, 1477, 1633];
/** A to D, with 1633 Hz, are on no telephone, and nothing imitates them as often as voices do. */
const KEYS = ['123', '456', '789', '*0#'];

/** Of the peak of the weaker tone: -36 dB below full scale; Q.24 has receivers hear at least -25 dBm, which is about -28. */
const LEAST_AMPLITUDE = 32_767 * 10 ** (-36 / 20);
/** The two together hold so much of what is there; speech spreads over its harmonics. */
const LEAST_SHARE = 0.85;
/** By how much one may be weaker than the other, in power: 8 dB. */
const MOST_TWIST = 10 ** 0.8;
/** A tone stands out of its own group by 6 dB, in power. */
const LEAST_LEAD = 4;
/**
 * Whole frames of 20 ms. Q.24 has 40 ms of a key suffice; voices imitate a key for so long now and then, so that a little more is
 * asked for. Every press of 80 ms holds three frames, and every pause of 65 ms two.
 */
const PRESS_FRAMES = 3;
const PAUSE_FRAMES = 2;

/** Tones may be off by 1.5 % (Q.24), which the resolution of a frame, 50 Hz, does not forgive the high ones; looked for here too. */
const DETUNED_BY = [-0.012, 0, 0.012];

/** Of each tone, `2 cos ω` at the frequencies it is looked for at: the coefficients of Goertzel's recursion. */
type Tone = readonly number[];
const toneOf = (frequencyHz: number): Tone =>
  DETUNED_BY.map((by) => 2 * Math.cos((2 * Math.PI * frequencyHz * (1 + by)) / SAMPLE_RATE_HZ));
const LOW = LOW_HZ.map(toneOf);
const HIGH = HIGH_HZ.map(toneOf);

/** Hears one phone's keys in its frames. */
export class ToneKeys {
  #heard: string | undefined;
  #frames = 0;
  /** The key that has been told and is not let go of yet. */
  #pressed: string | undefined;
  #pause = 0;

  /** @param frame 20 ms at 16 kHz @returns the key, once per press */
  hear(frame: Int16Array): string | undefined {
    const key = keyIn(frame);
    this.#frames = key === this.#heard ? this.#frames + 1 : 1;
    this.#heard = key;
    // A frame that was lost or spoilt within a press does not make two of it.
    this.#pause = key === this.#pressed ? 0 : this.#pause + 1;
    if (this.#pause >= PAUSE_FRAMES) this.#pressed = undefined;
    if (key === undefined || key === this.#pressed || this.#frames < PRESS_FRAMES) return undefined;
    this.#pressed = key;
    this.#pause = 0;
    return key;
  }
}

/** The key whose two tones make up a frame; undefined for anything else. */
export function keyIn(frame: Int16Array): string | undefined {
  let total = 0;
  for (const sample of frame) total += sample * sample;
  // A sine of amplitude a holds a²/2 for each sample.
  if (total < LEAST_AMPLITUDE ** 2 * FRAME_SAMPLES) return undefined;
  const low = strongest(LOW, frame);
  const high = strongest(HIGH, frame);
  if (low === undefined || high === undefined) return undefined;
  const weaker = Math.min(low.energy, high.energy);
  const isLoud = weaker >= (LEAST_AMPLITUDE ** 2 / 2) * FRAME_SAMPLES;
  const isBalanced = Math.max(low.energy, high.energy) <= weaker * MOST_TWIST;
  const isPure = low.energy + high.energy >= LEAST_SHARE * total;
  return isLoud && isBalanced && isPure ? KEYS[low.index]?.[high.index] : undefined;
}

/** The one of a group that stands out, with the energy it has in the frame. */
function strongest(
  group: readonly Tone[],
  frame: Int16Array,
): { readonly index: number; readonly energy: number } | undefined {
  const energies = group.map((tone) => Math.max(...tone.map((coefficient) => energyOf(coefficient, frame))));
  const index = energies.indexOf(Math.max(...energies));
  const energy = energies[index] ?? 0;
  const others = energies.filter((_, other) => other !== index);
  return energy >= LEAST_LEAD * Math.max(...others) ? { index, energy } : undefined;
}

/** Goertzel: the energy of one frequency over the frame's samples, on the scale of the sum of their squares. */
function energyOf(coefficient: number, frame: Int16Array): number {
  let last = 0;
  let lastButOne = 0;
  for (const sample of frame) {
    const next = sample + coefficient * last - lastButOne;
    lastButOne = last;
    last = next;
  }
  const power = last * last + lastButOne * lastButOne - coefficient * last * lastButOne;
  return (2 * power) / frame.length;
}
