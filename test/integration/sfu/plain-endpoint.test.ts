import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PlainEndpointCreated } from '../../../protocol/bridge/bridge-bus.ts';
import type { AudioCodec, Source } from '../../../protocol/media/source.ts';
import { accepted, BridgeHarness } from '../../support/bridge/bridge-harness.ts';
import { BridgePage } from '../../support/bridge/bridge-page.ts';
import { TestChannel } from '../../support/bridge/test-channel.ts';
import { launchChromium, launchFirefox } from '../../support/browsers.ts';
import { TonePhone, type ToneTarget } from '../../support/rtp/tone-phone.ts';
import { until } from '../../support/wait.ts';

/** Telephones on the bridge: RTP from a scripted sender through a real worker to real browsers, and back. */
const PHONE = 'cafe0001';
const TONE = { frequencyHz: 440, amplitude: 0.25 };
const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

let harness: BridgeHarness;
let chromium: Browser;
let firefox: Browser;
const phones: TonePhone[] = [];

beforeAll(async () => {
  [harness, chromium, firefox] = await Promise.all([
    BridgeHarness.start({ workers: 1 }),
    launchChromium(),
    launchFirefox(),
  ]);
});
afterEach(() => phones.splice(0).forEach((phone) => phone.close()));
afterAll(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await harness?.stop();
});

function sourceOf(endpoint: string, ssrc: number, codec: AudioCodec): Source {
  const msid = `${endpoint}-audio-0 track${ssrc}`;
  return { name: `${endpoint}-a0`, owner: endpoint, kind: 'audio', msid, ssrcs: [ssrc], groups: [], codec };
}

async function openPhone(): Promise<TonePhone> {
  const phone = await TonePhone.open();
  phones.push(phone);
  return phone;
}

/** A phone as an endpoint of the bridge, with the test as its focus and gateway. */
async function callIn(conference: string, endpoint: string, codec: AudioCodec, ssrc: number) {
  const { bus, requests } = harness;
  const phone = await openPhone();
  const created = accepted(await bus.request(requests.createPlainEndpoint, { conference, endpoint }));
  const { session, rtpAddress } = created;
  const source = sourceOf(endpoint, ssrc, codec);
  const answer = { conference, endpoint, session, rtpAddress: phone.address, sources: [source] };
  const { offers } = accepted(await bus.request(requests.connectPlainEndpoint, answer));
  const target: ToneTarget = {
    ...rtpAddress,
    ssrc,
    payloadType: created.rtp.payloadTypes.find(({ name }) => name === codec)?.id ?? expect.fail('no payload type'),
    audioLevelExtensionId: levelId(created),
  };
  return { phone, created, offers, target };
}

function levelId({ rtp }: PlainEndpointCreated): number {
  return rtp.headerExtensions.find(({ uri }) => uri === AUDIO_LEVEL)?.id ?? expect.fail('no audio level');
}

/** A browser that receives a telephone's tone. */
async function listenTo(browser: Browser, codec: AudioCodec, conference: string): Promise<BridgePage> {
  const listener = await BridgePage.join(harness, browser, conference, 'aaaaaaaa', { sends: { audio: true } });
  const { phone, offers, target } = await callIn(conference, PHONE, codec, 123_456_789);
  await listener.addReceived(offers.find(({ receiver }) => receiver === 'aaaaaaaa')?.sources ?? []);
  await phone.send(target, TONE, codec);
  return listener;
}

test.each(['opus', 'G722', 'PCMU', 'PCMA'] as const)(
  'Firefox hears a telephone that sends %s, as loud as it is',
  async (codec) => {
    const listener = await listenTo(firefox, codec, `firefox-${codec}`);
    await until(
      async () => Math.abs(20 * Math.log10((await listener.audioLevel(`${PHONE}-a0`)) / TONE.amplitude)) < 1,
      async () => `a peak of ${TONE.amplitude}; heard ${await listener.audioLevel(`${PHONE}-a0`)}`,
      { timeoutMs: 20_000, intervalMs: 300 },
    );
    await listener.close();
  },
);

test.each(['opus', 'G722', 'PCMU', 'PCMA'] as const)(
  'Chromium hears a tone of a telephone that sends %s',
  async (codec) => {
    const listener = await listenTo(chromium, codec, `chromium-${codec}`);
    const expectedDb = 20 * Math.log10(TONE.amplitude / Math.SQRT2);
    await until(
      async () => {
        const { toneDb, snrDb } = await listener.tone(`${PHONE}-a0`, TONE.frequencyHz);
        return Math.abs(toneDb - expectedDb) < 1 && snrDb >= 30;
      },
      async () =>
        `${TONE.frequencyHz} Hz at ${expectedDb.toFixed(1)} dB; heard ${JSON.stringify(await listener.tone(`${PHONE}-a0`, TONE.frequencyHz))}`,
      { timeoutMs: 20_000, intervalMs: 300 },
    );
    await listener.close();
  },
);

test('a telephone is sent nothing until it says what it wants to hear, and then just that', async () => {
  const conference = 'subscription';
  const ann = await BridgePage.join(harness, chromium, conference, 'aaaaaaaa', { sends: { audio: 'speech' } });
  const bob = await BridgePage.join(harness, chromium, conference, 'bbbbbbbb', { sends: { audio: 'speech' } });
  const { phone, created, target } = await callIn(conference, PHONE, 'PCMU', 123_456_790);
  await phone.send(target, TONE);
  expect(created.sources.map(({ name }) => name).toSorted()).toEqual(['aaaaaaaa-a0', 'bbbbbbbb-a0']);
  const ssrcOf = (name: string): number => created.sources.find((source) => source.name === name)?.ssrc ?? 0;
  const channel = await TestChannel.open(harness.channelUrl(created.channelPath));
  const count = (name: string): number => phone.packetsOf(ssrcOf(name)).length;
  /** Packets of the one flow now, while none of the other comes: it had been sent as many of both otherwise. */
  const hearsOnly = async (flowing: string, silent: string): Promise<void> => {
    await until(() => count(flowing) > 0, `packets of ${flowing}`);
    const before = { flowing: count(flowing), silent: count(silent) };
    await until(() => count(flowing) > before.flowing + 50, `more packets of ${flowing}`);
    expect(count(silent)).toBe(before.silent);
  };

  channel.send({ colibriClass: 'ReceiverAudioSubscription', mode: 'Include', list: ['bbbbbbbb-a0'] });
  await hearsOnly('bbbbbbbb-a0', 'aaaaaaaa-a0');
  expect(count('aaaaaaaa-a0')).toBe(0);
  channel.send({ colibriClass: 'ReceiverAudioSubscription', mode: 'Exclude', list: ['bbbbbbbb-a0'] });
  await until(() => count('aaaaaaaa-a0') > 0, 'packets of the other one');
  await hearsOnly('aaaaaaaa-a0', 'bbbbbbbb-a0');
  const [packet] = phone.packetsOf(ssrcOf('aaaaaaaa-a0'));
  if (packet === undefined) expect.fail('no packet');
  expect(packet.payloadType).toBe(111);
  expect(phone.levelOf(packet)).toBeDefined();
  channel.close();
  await Promise.all([ann.close(), bob.close()]);
}, 60_000);

test('RTP from another address than the one that was named reaches nobody', async () => {
  const conference = 'stranger';
  const { channel } = await harness.join(conference, 'aaaaaaaa');
  const { phone, target } = await callIn(conference, PHONE, 'PCMU', 123_456_791);
  const stranger = await openPhone();
  const listener = await callIn(conference, 'cafe0002', 'PCMU', 123_456_792);
  const received = listener.created.sources.find(({ owner }) => owner === PHONE) ?? expect.fail('no source');
  const listening = await TestChannel.open(harness.channelUrl(listener.created.channelPath));
  listening.send({ colibriClass: 'ReceiverAudioSubscription', mode: 'All' });
  await phone.send(target, TONE);
  await until(() => listener.phone.packetsOf(received.ssrc).length > 10, 'what the phone itself sends');
  phone.stopSending();
  await stranger.send(target, { frequencyHz: 1_000, amplitude: 0.25 });
  // The same way back shows that time has passed for the stranger's packets to have come, had they been taken.
  await listener.phone.send(listener.target, TONE);
  await phone.send(target, TONE);
  const before = listener.phone.packetsOf(received.ssrc).length;
  await until(() => listener.phone.packetsOf(received.ssrc).length > before + 50, 'what the phone sends again');
  const payloads = new Set(listener.phone.packetsOf(received.ssrc).map(({ payload }) => payload.toString()));
  expect(payloads.size).toBeLessThan(20); // 440 Hz repeats every 50 ms, in 5 frames; 1 kHz would be others
  channel.close();
  listening.close();
});

test('a telephone’s endpoint has no ICE, and a browser’s no plain RTP', async () => {
  const { bus, requests } = harness;
  const conference = 'mixed-up';
  const { session } = await harness.create(conference, 'aaaaaaaa');
  const plain = accepted(await bus.request(requests.createPlainEndpoint, { conference, endpoint: PHONE }));
  const rtpAddress = { address: '127.0.0.1', port: 9 };
  const refused = { ok: false, reason: 'bad-request' };
  expect(
    await bus.request(requests.connectPlainEndpoint, {
      conference,
      endpoint: 'aaaaaaaa',
      session,
      rtpAddress,
      sources: [],
    }),
  ).toMatchObject(refused);
  const restart = { conference, endpoint: PHONE, session: plain.session };
  expect(await bus.request(requests.restartIce, restart)).toMatchObject(refused);
  await expect(harness.connect(restart)).rejects.toThrow('no ICE');
});
