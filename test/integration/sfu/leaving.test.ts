import { expect, test } from 'vitest';
import { BridgeHarness, type BridgeMember } from '../../support/bridge/bridge-harness.ts';
import { camera, microphone } from '../../support/focus/fake-client.ts';
import { until } from '../../support/wait.ts';

const IDS = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc', 'dddddddd'] as const;
const HEIGHTS = [180, 720, 0, 360];

test('people who leave while the layers they send, or are sent, change leave no warning behind', async () => {
  const harness = await BridgeHarness.start();
  try {
    for (let round = 0; round < 10; round += 1) {
      const conference = `leaving-${round}`;
      const members = new Map<string, BridgeMember>();
      for (const id of IDS) members.set(id, await harness.join(conference, id, [microphone(id), camera(id)]));
      for (const id of IDS) {
        for (const { channel } of members.values()) {
          const constraints = IDS.map((other, index) => [
            `${other}-v0`,
            { maxHeight: HEIGHTS[(index + round) % HEIGHTS.length] ?? 0 },
          ]);
          channel.send({
            colibriClass: 'ReceiverVideoConstraints',
            constraints: Object.fromEntries(constraints),
            onStageSources: [`${id}-v0`],
          });
        }
        members.delete(id);
        await Promise.all([
          harness.bus.request(harness.requests.forceMute, { conference, endpoint: id, kind: 'audio', muted: true }),
          harness.bus.request(harness.requests.removeEndpoint, { conference, endpoint: id }),
        ]);
      }
    }
    await until(
      async () => (await harness.metrics.metrics()).includes('parley_sfu_conferences 0\n'),
      'all conferences to end',
    );
    expect(harness.warnings).toEqual([]);
  } finally {
    await harness.stop();
  }
});
