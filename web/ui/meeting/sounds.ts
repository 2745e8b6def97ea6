import { settings } from '../storage/settings.ts';

interface Note {
  readonly hz: number;
  readonly atS: number;
}

// Two soft notes each: no sound files to load, and easy to tell apart.
const SOUNDS = {
  join: [
    { hz: 523, atS: 0 },
    { hz: 659, atS: 0.09 },
  ],
  hand: [
    { hz: 784, atS: 0 },
    { hz: 784, atS: 0.14 },
  ],
  knock: [
    { hz: 392, atS: 0 },
    { hz: 392, atS: 0.16 },
    { hz: 523, atS: 0.32 },
  ],
  test: [
    { hz: 440, atS: 0 },
    { hz: 554, atS: 0.18 },
    { hz: 659, atS: 0.36 },
  ],
} as const satisfies Record<string, readonly Note[]>;

const NOTE_S = 0.22;
const VOLUME = 0.12;

/** Plays a short sound if the person wants sounds. `test` always plays, on the chosen speaker where possible. */
export function playSound(name: keyof typeof SOUNDS): void {
  if (name !== 'test' && !settings.peek().playsSounds) return;
  const context = new AudioContext();
  const { speakerId } = settings.peek();
  const setSink: unknown = Reflect.get(context, 'setSinkId');
  const routed = typeof setSink === 'function' && speakerId !== '' ? setSink.call(context, speakerId) : undefined;
  void Promise.resolve(routed)
    // A speaker that is gone: the default one is better than silence.
    .catch(() => undefined)
    .then(() => schedule(context, SOUNDS[name]));
}

function schedule(context: AudioContext, notes: readonly Note[]): void {
  const start = context.currentTime + 0.02;
  let last: OscillatorNode | undefined;
  for (const { hz, atS } of notes) {
    const oscillator = new OscillatorNode(context, { frequency: hz, type: 'sine' });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime(VOLUME, start + atS, 0.01);
    gain.gain.setTargetAtTime(0, start + atS + NOTE_S / 2, 0.06);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start + atS);
    oscillator.stop(start + atS + NOTE_S * 2);
    last = oscillator;
  }
  last?.addEventListener('ended', () => void context.close());
}
