import { describe, expect, test } from 'vitest';
import { hearTone } from '../../support/heard-tone.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { gatewayPorts, gatewayServer, NUMBER, pinOf } from '../../support/sip/gateway.ts';
import { skipReason } from '../../support/sip/program.ts';
import { Telephone, type TelephoneOptions } from '../../support/sip/telephone.ts';
import { until } from '../../support/wait.ts';

/** A real telephone and a real browser in one meeting, each with a tone of its own. */
const PHONE_TONE = { frequencyHz: 440, amplitude: 0.25 };
const PAGE_TONE = { frequencyHz: 660, amplitude: 0.25 };
const dbOf = (amplitude: number): number => 20 * Math.log10(amplitude);

const reason = skipReason('baresip', 'baresip-core');

describe.skipIf(!Telephone.isInstalled)(`a telephone${reason}`, () => {
  const scene = Scene.use({ server: gatewayServer() });

  async function telephone(options: Partial<TelephoneOptions> = {}): Promise<Telephone> {
    const { port } = await gatewayPorts(scene.server);
    return Telephone.start({ server: `127.0.0.1:${port}`, tone: PHONE_TONE, ...options });
  }

  /** Calls the number, enters the PIN as soon as it is asked for, and is in the room. */
  async function dialIn(phone: Telephone, room: string): Promise<void> {
    const pin = await pinOf(scene.server, room.split('/').at(-1) ?? '');
    await phone.dial(NUMBER.dialled);
    await until(() => phone.heard.peak > 0.05, 'the question for the PIN', { intervalMs: 50 });
    phone.press(pin);
  }

  /** The telephone's tone at the page: as loud as it was said, and nothing else. */
  async function hearsPhone(person: Person): Promise<void> {
    const expectedDb = dbOf(PHONE_TONE.amplitude / Math.SQRT2);
    let heard: unknown;
    await until(
      async () => {
        for (const ssrc of await receivedSsrcs(person)) {
          const tone = await hearTone(person.page, ssrc, PHONE_TONE.frequencyHz);
          heard = tone;
          if (Math.abs(tone.toneDb - expectedDb) < 1 && tone.snrDb >= 30) return true;
        }
        return false;
      },
      () => `440 Hz at ${expectedDb.toFixed(1)} dB at ${person.name}, who heard ${JSON.stringify(heard)}`,
      { timeoutMs: 30_000, intervalMs: 300 },
    );
  }

  /** The page's tone at the telephone. */
  async function hearsPage(phone: Telephone): Promise<void> {
    const expectedDb = dbOf(PAGE_TONE.amplitude);
    await until(
      () => {
        const { levelDbfs, snrDb } = phone.hears(PAGE_TONE.frequencyHz);
        return Math.abs(levelDbfs - expectedDb) < 1 && snrDb >= 30;
      },
      () => `660 Hz at ${expectedDb.toFixed(1)} dB at the telephone, which heard ${JSON.stringify(phone.hears(660))}`,
      { timeoutMs: 30_000, intervalMs: 300 },
    );
  }

  test('calls, enters the PIN, and it and the browser hear each other’s tone as loud as it is', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, { microphone: PAGE_TONE });
    await using phone = await telephone();
    await dialIn(phone, room);
    await hearsPhone(ann);
    await hearsPage(phone);
    expect(phone.hears(PHONE_TONE.frequencyHz).levelDbfs).toBeLessThan(-40);
    phone.hangUp();
    await ann.seesPeople();
  });
});

async function receivedSsrcs({ page }: Person): Promise<readonly number[]> {
  return page.evaluate(async () => {
    const ssrcs: number[] = [];
    for (const connection of window.peerConnections) {
      if (connection.connectionState === 'closed') continue;
      (await connection.getStats()).forEach((report: RTCInboundRtpStreamStats) => {
        if (report.type === 'inbound-rtp' && report.kind === 'audio') ssrcs.push(report.ssrc);
      });
    }
    return ssrcs;
  });
}
