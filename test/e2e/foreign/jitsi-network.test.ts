import { test } from 'vitest';
import { JitsiPeople } from '../../support/jitsi-page/jitsi-people.ts';
import { localUdpPorts } from '../../support/media-statistics.ts';
import { describeInPrivateNetwork, withNetworkCut } from '../../support/network-namespace.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

describeInPrivateNetwork(import.meta.filename, () => {
  const scene = Scene.use();
  const foreigners = JitsiPeople.use(scene);

  test('a Jitsi client whose network is gone says that ICE failed, and gets a new session in the same room', async () => {
    const room = scene.newRoom();
    const jana = await foreigners.join('Jana', room);
    const ann = await scene.join('Ann', room);
    await jana.seesVideoOf('Ann');
    await ann.seesVideoOf('Jana');
    const sessions = async (): Promise<number> =>
      (await jana.page.evaluate(() => window.socketMessages)).filter((message) =>
        message.includes('"session-initiate"'),
      ).length;
    const before = await sessions();
    await withNetworkCut({ kind: 'sockets', udpPorts: await localUdpPorts(jana.page) }, async () => {
      await until(async () => (await sessions()) > before, 'a new session for Jana', { timeoutMs: 90_000 });
      await jana.seesVideoOf('Ann');
      await ann.seesVideoOf('Jana', { timeoutMs: 45_000 });
    });
    await jana.hasMediaOf('Ann');
    await ann.seesPeople('Jana');
  });
});
