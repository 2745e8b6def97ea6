/** Quieter than this is silence, louder than the second is full scale, in dB of full-scale RMS. */
const FLOOR_DB = -60;
const CEILING_DB = -12;
/** At most ten updates a second (design §10). */
const INTERVAL_MS = 100;
/** A microphone that works has some noise; nothing above this for seconds means it is dead or muted in hardware. */
const DEAD_DB = -85;

export interface LevelReading {
  /** 0 … 1 on a scale that follows the ear. */
  readonly level: number;
  /** True while there is no signal at all. */
  readonly isDead: boolean;
}

/** Reads the loudness of a microphone track ten times a second while the page is visible. */
export class LevelMeter {
  private readonly context: AudioContext;
  private readonly source: MediaStreamAudioSourceNode;
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(track: MediaStreamTrack, onReading: (reading: LevelReading) => void) {
    this.context = new AudioContext();
    this.source = this.context.createMediaStreamSource(new MediaStream([track]));
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.source.connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    this.timer = setInterval(() => {
      // Suspended until the person touched the page: no reading is better than a false "we hear nothing".
      if (document.hidden || this.context.state !== 'running') return;
      onReading(this.read());
    }, INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.timer);
    this.source.disconnect();
    void this.context.close();
  }

  private read(): LevelReading {
    this.analyser.getFloatTimeDomainData(this.samples);
    return readingOf(this.samples);
  }
}

export function readingOf(samples: Float32Array): LevelReading {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const db = 10 * Math.log10(sum / samples.length + 1e-12);
  const level = Math.min(1, Math.max(0, (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
  return { level, isDead: db < DEAD_DB };
}
