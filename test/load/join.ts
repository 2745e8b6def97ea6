/**
 * How long a join takes, on this machine: in Chromium from the loaded page to the first decoded frame of somebody who is
 * already there; without a page from the conference request to the first RTP packet. And what an idle server and a
 * participant hold in memory.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { launchChromium } from '../support/browsers.ts';
import { receivedVideo } from '../support/media-statistics.ts';
import { Person } from '../support/person.ts';
import { ParleyServer } from '../support/server.ts';
import { until } from '../support/wait.ts';
import { INSPECTOR, usedHeapBytes } from './heap-usage.ts';
import { JitsiSession } from './jitsi-session.ts';
import { MediaProcesses } from './media-processes.ts';
import { residentBytes } from './process-usage.ts';
import { median, percentile } from './statistics.ts';

const JOINS = 20;
const SENDER_BITRATE_BPS = 1_500_000;
const CAMERA = { width: 320, height: 180 };
const IDLE_SETTLE_MS = 5_000;
const TARGET_FIRST_FRAME_MS = 1_000;
const TARGET_IDLE_BYTES = 150e6;
const HEAP_PARTICIPANTS = 20;
const TARGET_HEAP_BYTES = 1.5e6;

export interface JoinOptions {
  readonly joins: number;
}

export const JOIN_DEFAULTS: JoinOptions = { joins: JOINS };

/** @returns whether the targets are met */
export async function benchJoin({ joins }: JoinOptions): Promise<boolean> {
  const server = await ParleyServer.start({ logName: 'bench-join' });
  try {
    await delay(IDLE_SETTLE_MS);
    const idle = residentBytes(server.pid);
    const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
    console.log(
      `idle: ${mb(idle.resident)} resident (${mb(idle.proportional)} with shared pages divided), target ≤ 150 MB`,
    );
    const requests = await requestToFirstRtp(server.url, joins);
    console.log(`conference request → first RTP: ${summary(requests)}`);
    const frames = await pageToFirstFrame(server.url, joins);
    console.log(`page loaded → first remote frame: ${summary(frames)}, target ≤ ${TARGET_FIRST_FRAME_MS} ms median`);
    const heap = await heapPerParticipant();
    console.log(
      `Node heap: ${(heap / 1e6).toFixed(2)} MB per participant in a room of ${HEAP_PARTICIPANTS}, target ≤ ${TARGET_HEAP_BYTES / 1e6} MB`,
    );
    const isSmall = idle.resident <= TARGET_IDLE_BYTES && heap <= TARGET_HEAP_BYTES;
    return isSmall && median(frames) <= TARGET_FIRST_FRAME_MS;
  } finally {
    await server.stop();
  }
}

async function requestToFirstRtp(url: string, joins: number): Promise<number[]> {
  const media = new MediaProcesses({ kind: 'parley', url, room: 'join-rtp' });
  const times: number[] = [];
  try {
    // One receiver stays, since the focus ends the session of somebody who is alone.
    await Promise.all([media.publish(SENDER_BITRATE_BPS), media.addReceivers(1)]);
    while (times.length < joins) {
      const session = new JitsiSession(url, 'join-rtp');
      await session.receive();
      const firstAtMs = await until(() => session.endpoint.firstRtpAtMs, 'the first RTP packet', { intervalMs: 5 });
      times.push(firstAtMs - session.requestedAtMs);
      session.close();
    }
    return times;
  } finally {
    await media.stop();
  }
}

async function pageToFirstFrame(url: string, joins: number): Promise<number[]> {
  const browser = await launchChromium();
  const link = `${url}/join-page`;
  const fragment = ['config.prejoinConfig.enabled=false'];
  const times: number[] = [];
  try {
    const ann = await Person.open(browser, 'Ann', link, { camera: CAMERA, fragment });
    while (times.length < joins) {
      // Person.open resolves when the page's load event has fired.
      const guest = await Person.open(browser, `Guest ${times.length + 1}`, link, { camera: CAMERA, fragment });
      const loadedAtMs = performance.now();
      const hasFrame = async () => ((await receivedVideo(guest.page, ann.name))?.framesDecoded ?? 0) > 0;
      await until(hasFrame, 'the first frame of Ann', { intervalMs: 20 });
      times.push(performance.now() - loadedAtMs);
      await guest.vanish();
    }
    return times;
  } finally {
    await browser.close();
  }
}

/** Everybody sends a picture and is sent those of all others. A first room warms up what the process keeps anyway. */
async function heapPerParticipant(): Promise<number> {
  const server = await ParleyServer.start({ logName: 'bench-heap', environment: INSPECTOR });
  const sessions: JitsiSession[] = [];
  const fill = async (room: string) => {
    const people = Array.from({ length: HEAP_PARTICIPANTS }, () => new JitsiSession(server.url, room));
    sessions.push(...people);
    // Nobody is offered a session while alone, so the first two come together; the others one after the other.
    await Promise.all(people.slice(0, 2).map((person, index) => person.publish(index + 1)));
    for (const [index, person] of people.entries()) if (index >= 2) await person.publish(index + 1);
  };
  try {
    await fill('warm-up');
    const before = await usedHeapBytes(server.lastOutput);
    await fill('heap');
    return ((await usedHeapBytes(server.lastOutput)) - before) / HEAP_PARTICIPANTS;
  } finally {
    for (const session of sessions) session.close();
    await server.stop();
  }
}

function summary(timesMs: readonly number[]): string {
  return `median ${median(timesMs).toFixed(0)} ms, p95 ${percentile(timesMs, 0.95).toFixed(0)} ms over ${timesMs.length} joins`;
}
