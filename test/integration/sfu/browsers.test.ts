import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BridgeHarness } from '../../support/bridge/bridge-harness.ts';
import { BridgePage } from '../../support/bridge/bridge-page.ts';
import { launchChromium, launchFirefox } from '../../support/browsers.ts';
import { until } from '../../support/wait.ts';

let harness: BridgeHarness;
let chromium: Browser;

beforeAll(async () => {
  [harness, chromium] = await Promise.all([BridgeHarness.start({ workers: 1 }), launchChromium()]);
});

afterAll(async () => {
  await chromium?.close();
  await harness?.stop();
});

describe('simulcast with Chromium, which negotiates without a=ice-lite as a Jitsi client does', () => {
  test('a receiver gets the layer it asks for, the highest and the lowest', async () => {
    const sender = await BridgePage.join(harness, chromium, 'simulcast', 'aaaaaaaa', {
      isSimulcast: true,
      sends: { video: true, audio: true },
    });
    const receiver = await BridgePage.join(harness, chromium, 'simulcast', 'bbbbbbbb');
    const channel = await receiver.openChannel();
    await until(async () => (await receiver.inboundVideo('aaaaaaaa-v0')).framesDecoded > 5, 'first decoded frames');

    channel.send({
      colibriClass: 'ReceiverVideoConstraints',
      onStageSources: ['aaaaaaaa-v0'],
      constraints: { 'aaaaaaaa-v0': { maxHeight: 720 } },
    });
    await until(
      async () => (await receiver.inboundVideo('aaaaaaaa-v0')).height === 720,
      async () =>
        `the 720p layer; got ${JSON.stringify(await receiver.inboundVideo('aaaaaaaa-v0'))}, sent packets ${JSON.stringify(await sender.sentPackets())}`,
      { timeoutMs: 20_000 },
    );
    expect(channel.last('ForwardedSources')?.forwardedSources).toEqual(['aaaaaaaa-v0']);

    channel.send({ colibriClass: 'ReceiverVideoConstraints', constraints: { 'aaaaaaaa-v0': { maxHeight: 180 } } });
    await until(async () => (await receiver.inboundVideo('aaaaaaaa-v0')).height === 180, 'the 180p layer', {
      timeoutMs: 20_000,
    });

    channel.send({ colibriClass: 'ReceiverVideoConstraints', lastN: 0 });
    await until(
      () => channel.last('ForwardedSources')?.forwardedSources.length === 0,
      'ForwardedSources without the source',
    );
    channel.close();
    await Promise.all([sender.close(), receiver.close()]);
  }, 60_000);
});

test('who speaks is told by the levels in real packets: everybody hears of it, newcomers too', async () => {
  const [ann, bob] = ['a0a0a0a0', 'b0b0b0b0'] as const;
  const { channel } = await harness.join('speakers', 'c0c0c0c0');
  const speaker = (on = channel): string | undefined =>
    on.last('DominantSpeakerEndpointChangeEvent')?.dominantSpeakerEndpoint;
  const first = await BridgePage.join(harness, chromium, 'speakers', ann, { sends: { audio: 'speech' } });
  await until(() => speaker() === ann, 'the first one’s sound to be noticed', { timeoutMs: 20_000 });
  expect(channel.last('DominantSpeakerEndpointChangeEvent')).toMatchObject({ previousSpeakers: [], silence: false });

  const second = await BridgePage.join(harness, chromium, 'speakers', bob, { sends: { audio: 'speech' } });
  const mute = { conference: 'speakers', endpoint: ann, kind: 'audio', muted: true } as const;
  await harness.bus.request(harness.requests.forceMute, mute);
  await until(() => speaker() === bob, 'the second one’s sound, once the first one is muted', { timeoutMs: 20_000 });
  expect(channel.last('DominantSpeakerEndpointChangeEvent')?.previousSpeakers).toEqual([ann]);

  const late = await harness.join('speakers', 'd0d0d0d0');
  await until(() => speaker(late.channel) === bob, 'the newcomer to hear who speaks');
  await Promise.all([first.close(), second.close()]);
});

describe.each(['udp', 'tcp'] as const)('an offer without a=ice-lite, over %s only', (transport) => {
  test('Chromium connects through the role responder', async () => {
    const id = transport === 'udp' ? 'cccccccc' : 'dddddddd';
    const page = await BridgePage.join(harness, chromium, `role-${id}`, id, { transport, sends: { audio: true } });
    await until(
      async () => (await page.connectionState()) === 'connected',
      async () => page.connectionState(),
    );
    expect(await page.selectedProtocol()).toBe(transport);
    await until(() => harness.connectedEndpoints.includes(id), 'the endpoint-connected event');
    await page.close();
  });
});

/** Another pair is found with the new credentials, while tracks, session and message channel stay. */
async function survivesIceRestart(browser: Browser, owner: string, isIceLite: boolean): Promise<void> {
  const conference = `ice-${owner}`;
  const sender = await BridgePage.join(harness, browser, conference, owner, { isIceLite, sends: { video: true } });
  const receiver = await BridgePage.join(harness, chromium, conference, 'b1b1b1b1', { isIceLite: true });
  const frames = async (): Promise<number> => (await receiver.inboundVideo(`${owner}-v0`)).framesDecoded;
  await until(async () => (await frames()) > 5, 'decoded frames', { timeoutMs: 20_000 });
  const channel = await sender.openChannel();
  for (const round of ['first', 'second']) {
    const before = await sender.selectedPair();
    expect(before).toBeDefined();
    await sender.restartIce();
    await until(
      async () => ![undefined, before].includes(await sender.selectedPair()),
      async () => `another pair after the ${round} restart; state ${await sender.connectionState()}`,
      { timeoutMs: 20_000 },
    );
    const seen = await frames();
    await until(async () => (await frames()) > seen + 10, `frames after the ${round} restart`, { timeoutMs: 20_000 });
  }
  expect(harness.closedEndpoints.filter(({ endpoint }) => endpoint === owner)).toEqual([]);
  const hellos = (): number => channel.messages.filter(({ colibriClass }) => colibriClass === 'ServerHello').length;
  const hellosBefore = hellos();
  channel.send({ colibriClass: 'ClientHello' });
  await until(() => hellos() > hellosBefore, 'an answer on the same channel');
  channel.close();
  (await sender.openChannel()).close();
  await Promise.all([sender.close(), receiver.close()]);
}

test.each([true, false])('Chromium goes on after an ICE restart; offers with a=ice-lite: %s', async (isIceLite) => {
  await survivesIceRestart(chromium, isIceLite ? 'c1c1c1c1' : 'c2c2c2c2', isIceLite);
});

describe('Firefox', () => {
  let firefox: Browser;
  beforeAll(async () => {
    firefox = await launchFirefox();
  });
  afterAll(async () => {
    await firefox?.close();
  });

  test.each(['udp', 'tcp'] as const)('connects through the role responder over %s only', async (transport) => {
    const id = transport === 'udp' ? 'eeeeeeee' : 'ffffffff';
    const page = await BridgePage.join(harness, firefox, `role-${id}`, id, { transport, sends: { audio: true } });
    await until(
      async () => (await page.connectionState()) === 'connected',
      async () => page.connectionState(),
      {
        timeoutMs: 20_000,
      },
    );
    await until(() => harness.connectedEndpoints.includes(id), 'the endpoint-connected event');
    await page.close();
  });

  test.each([true, false])('goes on after an ICE restart; offers with a=ice-lite: %s', async (isIceLite) => {
    await survivesIceRestart(firefox, isIceLite ? 'f1f1f1f1' : 'f2f2f2f2', isIceLite);
  });

  test('sees a Chromium sender', async () => {
    const sender = await BridgePage.join(harness, chromium, 'mixed', 'aaaaaaa1', {
      isSimulcast: true,
      sends: { video: true },
    });
    const receiver = await BridgePage.join(harness, firefox, 'mixed', 'bbbbbbb1', { sends: { audio: true } });
    await until(async () => (await receiver.inboundVideo('aaaaaaa1-v0')).framesDecoded > 5, 'decoded frames', {
      timeoutMs: 20_000,
    });
    expect((await receiver.inboundVideo('aaaaaaa1-v0')).height).toBeGreaterThan(0);
    await Promise.all([sender.close(), receiver.close()]);
  });
});
