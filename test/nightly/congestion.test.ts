import { expect, test } from 'vitest';
import { BridgeHarness } from '../support/bridge/bridge-harness.ts';
import { BridgePage } from '../support/bridge/bridge-page.ts';
import { launchChromium } from '../support/browsers.ts';
import { describeInPrivateNetwork, withNarrowLink } from '../support/network-namespace.ts';
import { until } from '../support/wait.ts';

const SENDER = 'aaaaaaaa';
const NAME = `${SENDER}-v0`;
/** Enough for the lowest layer, of at most 200 kbit/s; Chromium's drawn camera takes some 450 kbit/s at 720p. */
const NARROW_KBPS = 250;

describeInPrivateNetwork(import.meta.filename, () => {
  test('a receiver behind a link that becomes narrow falls to a lower layer, and rises again when it is wide', async () => {
    const harness = await BridgeHarness.start();
    const chromium = await launchChromium();
    try {
      await BridgePage.join(harness, chromium, 'narrow', SENDER, { isSimulcast: true, sends: { video: true } });
      const receiver = await BridgePage.join(harness, chromium, 'narrow', 'bbbbbbbb');
      const channel = await receiver.openChannel();
      const constraints = { [NAME]: { maxHeight: 720 } };
      channel.send({ colibriClass: 'ReceiverVideoConstraints', onStageSources: [NAME], constraints });
      const height = async (): Promise<number> => (await receiver.inboundVideo(NAME)).height;
      const estimateBps = (): number => channel.last('ConnectionStats')?.estimatedDownlinkBandwidth ?? Infinity;
      const isAtFullHeight = async (): Promise<boolean> => (await height()) === 720;
      const seen = async (): Promise<string> => `height ${await height()}, estimate ${estimateBps()} bit/s`;
      await until(isAtFullHeight, async () => `the 720p layer; ${await seen()}`, { timeoutMs: 30_000 });

      await withNarrowLink(receiver.bridgePort, NARROW_KBPS, async () => {
        const isLower = async (): Promise<boolean> => [180, 360].includes(await height());
        await until(isLower, async () => `a lower layer; ${await seen()}`, { timeoutMs: 60_000 });
        expect(estimateBps()).toBeLessThan(500_000);
        const { framesDecoded } = await receiver.inboundVideo(NAME);
        await until(
          async () => (await receiver.inboundVideo(NAME)).framesDecoded > framesDecoded + 10,
          async () => `frames to go on; ${await seen()}`,
        );
      });
      await until(isAtFullHeight, async () => `the 720p layer again; ${await seen()}`, { timeoutMs: 90_000 });
    } finally {
      await chromium.close();
      await harness.stop();
    }
  }, 240_000);
});
