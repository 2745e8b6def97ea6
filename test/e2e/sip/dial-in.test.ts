import { describe, expect, test } from 'vitest';
import { hearTone } from '../../support/heard-tone.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { gatewayPorts, gatewayServer, NUMBER, pinOf } from '../../support/sip/gateway.ts';
import { skipReason } from '../../support/sip/program.ts';
import { type PhoneCodec, Telephone, type TelephoneOptions } from '../../support/sip/telephone.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { until } from '../../support/wait.ts';

/** Real telephones and real browsers in one meeting, each with a tone of its own. */
const PHONE_TONE = { frequencyHz: 440, amplitude: 0.25 };
const PAGE_TONE = { frequencyHz: 660, amplitude: 0.25 };
/** A room that a number of its own leads to. */
const DIRECT = { number: '+30 210 765 4321', dialled: '302107654321', room: 'standup' };
const dbOf = (amplitude: number): number => 20 * Math.log10(amplitude);

interface Tone {
  readonly frequencyHz: number;
  readonly amplitude: number;
}

const reason = skipReason('baresip', 'baresip-core');

async function telephone(scene: Scene, options: Partial<TelephoneOptions> = {}): Promise<Telephone> {
  const { port, tlsPort } = await gatewayPorts(scene.server);
  const gatewayPort = options.transport === 'tls' ? tlsPort : port;
  return Telephone.start({ server: `127.0.0.1:${gatewayPort}`, tone: PHONE_TONE, ...options });
}

/** Calls the number, enters the PIN as soon as it is asked for, and is in the room. */
async function dialIn(scene: Scene, phone: Telephone, room: string): Promise<void> {
  const pin = await pinOf(scene.server, room.split('/').at(-1) ?? '');
  await phone.dial(NUMBER.dialled);
  await until(() => phone.heard.peak > 0.05, 'the question for the PIN', { intervalMs: 50 });
  phone.press(pin);
}

/** A telephone's tone at a page, as loud as it was said. @param leastSnrDb of the tone to all else that this source says */
async function pageHears(person: Person, tone: Tone, leastSnrDb = 30): Promise<void> {
  const expectedDb = dbOf(tone.amplitude / Math.SQRT2);
  const heard: unknown[] = [];
  await until(
    async () => {
      heard.length = 0;
      for (const ssrc of await receivedSsrcs(person)) {
        const { toneDb, snrDb } = await hearTone(person.page, ssrc, tone.frequencyHz);
        heard.push({ toneDb, snrDb });
        if (Math.abs(toneDb - expectedDb) < 1 && snrDb >= leastSnrDb) return true;
      }
      return false;
    },
    () => `${tone.frequencyHz} Hz at ${expectedDb.toFixed(1)} dB at ${person.name}, who heard ${JSON.stringify(heard)}`,
    { timeoutMs: 30_000, intervalMs: 300 },
  );
}

/** A tone at a telephone, as loud as it was said. @param leastSnrDb -Infinity where there are other tones beside it */
async function phoneHears(phone: Telephone, tone: Tone, leastSnrDb = 30): Promise<void> {
  const expectedDb = dbOf(tone.amplitude);
  await until(
    () => {
      const { levelDbfs, snrDb } = phone.hears(tone.frequencyHz);
      return Math.abs(levelDbfs - expectedDb) < 1 && snrDb >= leastSnrDb;
    },
    () =>
      `${tone.frequencyHz} Hz at ${expectedDb.toFixed(1)} dB at a telephone, which heard ${JSON.stringify(phone.hears(tone.frequencyHz))}`,
    { timeoutMs: 30_000, intervalMs: 300 },
  );
}

describe.skipIf(!Telephone.isInstalled)(`telephones${reason}`, () => {
  const scene = Scene.use({
    server: gatewayServer({
      numbers: [
        { number: NUMBER.number, country: 'GR' },
        { number: DIRECT.number, country: 'GR', room: DIRECT.room },
      ],
    }),
  });

  test.each<[PhoneCodec, 'udp' | 'tcp', number]>([
    ['PCMU', 'udp', 30],
    ['PCMA', 'tcp', 30],
    ['G722', 'udp', 30],
    // A speech codec, which keeps no tone pure.
    ['opus', 'tcp', 20],
  ])(
    'one with %s over %s enters its PIN; it and the browser hear each other as loud as they are',
    async (codec, transport, leastSnrDb) => {
      const room = scene.newRoom();
      const ann = await scene.join('Ann', room, { microphone: PAGE_TONE });
      await using phone = await telephone(scene, { codec, transport });
      await dialIn(scene, phone, room);
      await pageHears(ann, PHONE_TONE, leastSnrDb);
      await phoneHears(phone, PAGE_TONE, leastSnrDb);
      expect(phone.hears(PHONE_TONE.frequencyHz).levelDbfs).toBeLessThan(-40);
      phone.hangUp();
      await ann.seesPeople();
    },
  );

  test('one whose number leads into a room has its codec settled after it came in, and is heard all the same', async () => {
    const ann = await scene.join('Ann', `${scene.server.url}/${DIRECT.room}`, { microphone: PAGE_TONE });
    await using phone = await telephone(scene, { codec: 'G722' });
    await phone.dial(DIRECT.dialled);
    await pageHears(ann, PHONE_TONE);
    await phoneHears(phone, PAGE_TONE);
  });

  test('three and two browsers hear each other, and no telephone hears itself', async () => {
    const [first, second, third, ofAnn, ofBob] = [440, 550, 770, 660, 990].map((frequencyHz) => ({
      frequencyHz,
      amplitude: 0.1,
    })) as [Tone, Tone, Tone, Tone, Tone];
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, { microphone: ofAnn });
    const bob = await scene.join('Bob', room, { microphone: ofBob });
    await using stack = new AsyncDisposableStack();
    const phones: (readonly [Telephone, Tone])[] = [];
    for (const tone of [first, second, third]) {
      const phone = stack.use(await telephone(scene, { tone, user: `caller${tone.frequencyHz}` }));
      phones.push([phone, tone]);
      await dialIn(scene, phone, room);
      await pageHears(ann, tone, 20);
    }
    for (const tone of [first, second, third]) await pageHears(bob, tone, 20);
    for (const [phone, own] of phones) {
      for (const tone of [first, second, third, ofAnn, ofBob]) {
        if (tone !== own) await phoneHears(phone, tone, -Infinity);
      }
      expect(phone.hears(own.frequencyHz).levelDbfs).toBeLessThan(-40);
    }
    // The one that received for all of them hangs up; the others go on hearing.
    phones[0]?.[0].hangUp();
    const [phone] = phones[1] ?? expect.fail('three telephones');
    await until(() => phone.hears(first.frequencyHz).levelDbfs < -40, 'the silence of who hung up');
    await phoneHears(phone, ofAnn, -Infinity);
    await phoneHears(phone, third, -Infinity);
  });
});

const trusted = certificate();

describe.skipIf(!Telephone.isInstalled)(`a telephone over TLS${reason}`, () => {
  const scene = Scene.use({
    chromium: { acceptsAnyCertificate: true },
    // The gateway is a client of its own server, and must believe the certificate that this test made.
    server: gatewayServer({}, { tls: true, environment: { NODE_EXTRA_CA_CERTS: trusted.cert } }),
  });

  test('enters its PIN; it and the browser hear each other as loud as they are', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, { microphone: PAGE_TONE });
    await using phone = await telephone(scene, { transport: 'tls' });
    await dialIn(scene, phone, room);
    await pageHears(ann, PHONE_TONE);
    await phoneHears(phone, PAGE_TONE);
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
