import { expect, test } from 'vitest';
import { createLogger } from '#runtime/logger.ts';
import { RawPeer } from '../../test/support/sip/raw-peer.ts';
import { TestAgent } from '../../test/support/sip/test-agent.ts';
import { until } from '../../test/support/wait.ts';
import { createResponse } from '../message/response.ts';
import { serialiseMessage } from '../message/serialise.ts';
import { sipUri } from '../message/uri.ts';
import { TrunkPing } from './trunk-ping.ts';

test('a trunk is there while it answers OPTIONS with anything, and not once it is silent', async () => {
  await using agent = await TestAgent.open({ t1Ms: 10 });
  using peer = await RawPeer.open(agent.port);
  const ping = new TrunkPing({
    ways: agent.agent.ways,
    uri: sipUri({ host: 'trunk.example' }),
    targets: () => Promise.resolve([{ protocol: 'UDP', address: '127.0.0.1', port: peer.port }]),
    everyMs: 50,
    logger: createLogger({ level: 'silent', addresses: 'cut' }),
  });
  ping.start();
  const first = await peer.request('OPTIONS');
  expect(ping.isReachable).toBe(false);
  peer.sendBytes(serialiseMessage(createResponse(first, 403, { toTag: 'trunk' })));
  await until(() => ping.isReachable, 'the trunk to be there');
  await until(() => !ping.isReachable, 'the trunk not to be there');
  ping.stop();
});
