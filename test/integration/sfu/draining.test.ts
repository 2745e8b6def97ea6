import { expect, test } from 'vitest';
import { sfuLeaseKey, type SfuLease } from '../../../protocol/bridge/bridge-bus.ts';
import { accepted, BridgeHarness } from '../../support/bridge/bridge-harness.ts';
import { until } from '../../support/wait.ts';

const ANN = '1f0c9a7e';
const BOB = 'b27de114';

/** What the bridge says about itself. */
function watchLease(harness: BridgeHarness): () => SfuLease | undefined {
  let latest: SfuLease | undefined;
  harness.bus.watch(sfuLeaseKey(harness.sfu.id), ({ value }) => {
    latest = value as SfuLease | undefined;
  });
  return () => latest;
}

test('a bridge that stops lets its conferences go on, also with newcomers, takes no others, and ends with the last', async () => {
  const harness = await BridgeHarness.start({ drainSeconds: 60 });
  const lease = watchLease(harness);
  const { channel } = await harness.join('going-on', ANN);
  expect(lease()?.draining).toBe(false);

  const stopped = harness.sfu.stop();
  await until(() => lease()?.draining === true, 'the lease to say that it drains');
  const other = await harness.bus.request(harness.requests.createEndpoint, { conference: 'new', endpoint: BOB });
  expect(other).toMatchObject({ ok: false, reason: 'unavailable' });
  await harness.join('going-on', BOB);
  expect(channel.closeCode).toBeUndefined();

  for (const endpoint of [ANN, BOB]) {
    accepted(await harness.bus.request(harness.requests.removeEndpoint, { conference: 'going-on', endpoint }));
  }
  await stopped;
  expect(lease()).toBeUndefined();
  expect(harness.closedEndpoints).toEqual([]);
  await harness.stop();
});

test('what has not ended when the time is up is told why it is closed', async () => {
  const harness = await BridgeHarness.start({ drainSeconds: 0 });
  const { session, channel } = await harness.join('too-long', ANN);
  await harness.sfu.stop();
  expect(harness.closedEndpoints).toEqual([{ conference: 'too-long', endpoint: ANN, session, reason: 'sfu-stopping' }]);
  await until(() => channel.closeCode === 1001, 'the channel to close');
  await harness.stop();
});
