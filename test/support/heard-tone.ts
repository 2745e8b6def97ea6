import type { Page } from 'puppeteer-core';

declare global {
  interface Window {
    /** By SSRC; what listens to a received track stays, so that it hears without gaps. */
    toneListeners?: Map<number, AnalyserNode>;
  }
}

/** A tone in what a page plays. */
export interface HeardTone {
  /** Root mean square of the tone in dB below full scale. */
  readonly toneDb: number;
  /** Of the tone to everything else. */
  readonly snrDb: number;
}

const NOTHING: HeardTone = { toneDb: -Infinity, snrDb: -Infinity };

/**
 * Listens to a received track as the page plays it, a third of a second of it. Not with Firefox, whose Web Audio stands still
 * on a machine without a sound card.
 * @param ssrc of the track in any of the page's connections
 */
export async function hearTone(page: Page, ssrc: number, frequencyHz: number): Promise<HeardTone> {
  const heard = await page.evaluate(
    async (wanted, hertz) => {
      const listeners = (window.toneListeners ??= new Map());
      let analyser = listeners.get(wanted);
      if (analyser === undefined) {
        for (const connection of window.peerConnections) {
          if (connection.connectionState === 'closed') continue;
          for (const receiver of connection.getReceivers()) {
            let isIt = false;
            (await receiver.getStats()).forEach((report: RTCInboundRtpStreamStats) => {
              isIt ||= report.type === 'inbound-rtp' && report.ssrc === wanted;
            });
            if (!isIt) continue;
            const stream = new MediaStream([receiver.track]);
            // Chromium decodes what an element plays, and nothing for Web Audio alone.
            const element = new Audio();
            element.srcObject = stream;
            await element.play();
            const context = new AudioContext();
            analyser = context.createAnalyser();
            analyser.fftSize = 16_384;
            context.createMediaStreamSource(stream).connect(analyser);
            listeners.set(wanted, analyser);
          }
        }
      }
      if (analyser === undefined) return undefined;
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      const step = (2 * Math.PI * hertz) / analyser.context.sampleRate;
      let [inPhase, inQuadrature, power, weights] = [0, 0, 0, 0];
      samples.forEach((sample, index) => {
        // Hann, or the edges of the excerpt would count as noise.
        const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / samples.length);
        weights += weight;
        power += weight * sample * sample;
        inPhase += weight * sample * Math.cos(step * index);
        inQuadrature += weight * sample * Math.sin(step * index);
      });
      const amplitude = (2 * Math.hypot(inPhase, inQuadrature)) / weights;
      return { tonePower: amplitude ** 2 / 2, power: power / weights };
    },
    ssrc,
    frequencyHz,
  );
  if (heard === undefined || heard.tonePower === 0) return NOTHING;
  const noise = Math.max(heard.power - heard.tonePower, Number.MIN_VALUE);
  return { toneDb: 10 * Math.log10(heard.tonePower), snrDb: 10 * Math.log10(heard.tonePower / noise) };
}
