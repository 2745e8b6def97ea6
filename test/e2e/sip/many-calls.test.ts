import { readdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ParleyServer } from '../../support/server.ts';
import { gatewayPorts, gatewayServer } from '../../support/sip/gateway.ts';
import { skipReason } from '../../support/sip/program.ts';
import { serverMetric } from '../../support/sip/server-metric.ts';
import { isSippInstalled, runSipp } from '../../support/sip/sipp.ts';
import { until } from '../../support/wait.ts';

const reason = skipReason('sipp', 'sip-tester');

describe.skipIf(!isSippInstalled())(`many calls${reason}`, () => {
  let server: ParleyServer;
  let port: number;

  beforeAll(async () => {
    // Short timers, so that what remains of transactions is gone soon.
    server = await ParleyServer.start({ logName: 'sip-many-calls', ...gatewayServer({ t1Ms: 50 }) });
    ({ port } = await gatewayPorts(server));
  });
  afterAll(() => server?.stop());

  /** Everything a call takes has been given back. */
  async function isQuiet(sockets: number): Promise<void> {
    await until(
      async () =>
        (await serverMetric(server, 'parley_sip_calls')) === 0 &&
        (await serverMetric(server, 'parley_sip_transactions')) === 0 &&
        openSockets() <= sockets,
      async () =>
        `no call, transaction or socket more than ${sockets}, but ${await serverMetric(server, 'parley_sip_calls')}, ${await serverMetric(server, 'parley_sip_transactions')}, ${openSockets()}`,
      { timeoutMs: 20_000 },
    );
  }

  function openSockets(): number {
    const folder = `/proc/${server.pid}/fd`;
    return readdirSync(folder).filter((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`).startsWith('socket:');
      } catch {
        return false; // closed meanwhile
      }
    }).length;
  }

  test('a hundred at once are all answered, and leave no call, transaction or socket behind', async () => {
    await serverMetric(server, 'parley_sip_calls');
    const sockets = openSockets();
    await runSipp({ port, scenario: 'uac', calls: 100, atOnce: 100, perSecond: 25, callMs: 5_000 });
    expect(server.lastOutput).not.toContain('"level":"error"');
    await isQuiet(sockets);
  });

  test('three hundred one after the other leave nothing behind either', async () => {
    const sockets = openSockets();
    await runSipp({ port, scenario: 'uac', calls: 300, atOnce: 4, perSecond: 40, callMs: 50 });
    expect(server.lastOutput).not.toContain('"level":"error"');
    await isQuiet(sockets);
  });
});
