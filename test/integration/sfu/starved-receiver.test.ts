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

const RECEIVERS = 6;

test('whoever was short of bandwidth for a moment, with nothing but video in the room, gets it back', async () => {
  const sender = new JitsiSession(server.url, 'narrow');
  const receivers = Array.from({ length: RECEIVERS }, () => new JitsiSession(server.url, 'narrow'));
  const ended = new AbortController();
  try {
    for (const { endpoint } of receivers) endpoint.playLink(NARROW_BPS);
    // Together: each that joins draws another sequence number for the probes of all (sfu/probe-restart.ts).
    const [video] = await Promise.all([sender.publish(SSRC), ...receivers.map((receiver) => receiver.receive())]);
    const load = { ...video, bitrateBps: BITRATE_BPS };
    sendVideo(load, (header, payload) => sender.endpoint.sendRtp(header, payload), ended.signal);
    const counts = () => receivers.map(({ endpoint }) => [...endpoint.received.values()].reduce((a, b) => a + b, 0));

    let last: number[] = [];
    const isSilent = () => String(last) === String((last = counts()));
    await until(isSilent, () => `nothing to fit the narrow links, packets ${String(last)}`, { intervalMs: 1_000 });

    for (const { endpoint } of receivers) endpoint.playLink(undefined);
    const before = counts();
    const gained = () => counts().map((count, index) => count - (before[index] ?? 0));
    const doAllFlow = () => gained().every((packets) => packets > 8 * SECOND);
    await until(doAllFlow, () => `the video to flow for good, packets ${String(gained())}`, { timeoutMs: 60_000 });
    expect(Math.min(...gained())).toBeGreaterThan(8 * SECOND);
  } finally {
    ended.abort();
    for (const session of [sender, ...receivers]) session.close();
  }
}, 90_000);
