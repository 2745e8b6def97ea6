import { afterAll, beforeAll, expect, test } from 'vitest';
import { JitsiSession } from '../../load/jitsi-session.ts';
import { sendVideo } from '../../load/video-load.ts';
import { ParleyServer } from '../../support/server.ts';
import { until } from '../../support/wait.ts';

const BITRATE_BPS = 1_500_000;
const NARROW_BPS = 300_000;
const SSRC = 1_234_567_890;
/** Packets of one second, about. */
const SECOND = BITRATE_BPS / 8 / 1_100;

let server: ParleyServer;
beforeAll(async () => {
  server = await ParleyServer.start();
});
afterAll(() => server.stop());

test('whoever was short of bandwidth for a moment, with nothing but video in the room, gets it back', async () => {
  const [sender, receiver] = [new JitsiSession(server.url, 'narrow'), new JitsiSession(server.url, 'narrow')];
  const ended = new AbortController();
  try {
    receiver.endpoint.playLink(NARROW_BPS);
    const [video] = await Promise.all([sender.publish(SSRC), receiver.receive()]);
    const load = { ...video, bitrateBps: BITRATE_BPS };
    sendVideo(load, (header, payload) => sender.endpoint.sendRtp(header, payload), ended.signal);
    const received = () => [...receiver.endpoint.received.values()].reduce((a, b) => a + b, 0);
    await until(() => received() > SECOND, 'the video to begin');

    let last = received();
    await until(() => last === (last = received()), 'nothing to fit the narrow link', { intervalMs: 1_000 });

    receiver.endpoint.playLink(undefined);
    const before = received();
    await until(() => received() > before + 8 * SECOND, 'the video to flow for good', { timeoutMs: 40_000 });
    expect(received()).toBeGreaterThan(before);
  } finally {
    ended.abort();
    sender.close();
    receiver.close();
  }
}, 60_000);
