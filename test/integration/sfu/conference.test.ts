import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Source } from '../../../protocol/media/source.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { StartError } from '../../../runtime/start-error.ts';
import { Conference } from '../../../sfu/conference.ts';
import { sfuConfig } from '../../../sfu/config.ts';
import { findWorkerBinary } from '../../../sfu/worker-binary.ts';
import { WorkerPool, type MediaWorker } from '../../../sfu/worker-pool.ts';
import { until } from '../../support/wait.ts';

const ANN = '1f0c9a7e';
const MICROPHONE: Source = {
  name: `${ANN}-a0`,
  owner: ANN,
  kind: 'audio',
  msid: 'a b',
  ssrcs: [7_000],
  groups: [],
};

const BOB = '2e1d8b6f';
const CAMERA: Source = {
  name: `${ANN}-v0`,
  owner: ANN,
  kind: 'video',
  videoType: 'camera',
  msid: 'c d',
  ssrcs: [8_000],
  groups: [],
};

const logger = createLogger({ level: 'warn', addresses: 'cut' });
let workerBinary: string;
let pool: WorkerPool;

beforeAll(async () => {
  workerBinary = await findWorkerBinary(process.env['MEDIASOUP_WORKER_BIN']);
  pool = await WorkerPool.create(
    { workerBinary, count: 1, firstPort: 0, addresses: ['127.0.0.1'] },
    logger,
    new AbortController().signal,
  );
});

afterAll(() => pool?.close());

async function joinMuted(conference: Conference): Promise<boolean | undefined> {
  const { endpoint } = await conference.createEndpoint(ANN);
  await conference.addSources(ANN, endpoint.session, [MICROPHONE]);
  return endpoint.sent.get(MICROPHONE.name)?.producer.paused;
}

test("a moderator's mute pauses what is sent, outlives the session, and ends when it is lifted", async () => {
  const worker: MediaWorker | undefined = pool.leastLoaded();
  if (worker === undefined) throw new Error('no worker runs');
  const conference = await Conference.create({ id: 'muted', worker, config: sfuConfig.parse({}), logger });
  expect(await joinMuted(conference)).toBe(false);
  const mute = { conference: 'muted', endpoint: ANN, kind: 'audio' } as const;
  await conference.forceMute({ ...mute, muted: true });
  expect(conference.endpoint(ANN).sent.get(MICROPHONE.name)?.producer.paused).toBe(true);
  expect(await joinMuted(conference)).toBe(true);
  await conference.forceMute({ ...mute, muted: false });
  expect(conference.endpoint(ANN).sent.get(MICROPHONE.name)?.producer.paused).toBe(false);
  conference.close();
  expect(worker.endpoints).toBe(0);
});

test('the estimate of a receiver is traced at first and while bandwidth is short, not where everything wanted is sent', async () => {
  const worker = pool.leastLoaded();
  if (worker === undefined) throw new Error('no worker runs');
  const conference = await Conference.create({ id: 'calm', worker, config: sfuConfig.parse({}), logger });
  try {
    const { endpoint: ann } = await conference.createEndpoint(ANN);
    const { endpoint: bob } = await conference.createEndpoint(BOB);
    await conference.addSources(ANN, ann.session, [CAMERA]);
    const traced = async (): Promise<readonly string[]> => (await bob.transport.dump()).traceEventTypes ?? [];
    expect(await traced()).toEqual(['bwe']);
    await until(async () => (await traced()).length === 0, 'the bridge to be content', { timeoutMs: 20_000 });
    conference.channelOwner(BOB)?.receiveMessage({
      colibriClass: 'ReceiverVideoConstraints',
      assumedBandwidthBps: 100_000,
    });
    await until(async () => (await traced()).includes('bwe'), 'the estimate to be followed');
  } finally {
    conference.close();
  }
}, 40_000);

test('a media port that is in use stops the start, with the port and the setting in the message', async () => {
  const occupant = createServer();
  const port = await new Promise<number>((resolve) => {
    occupant.listen(0, '127.0.0.1', () => {
      const address = occupant.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  try {
    const starting = WorkerPool.create(
      { workerBinary, count: 1, firstPort: port, addresses: ['127.0.0.1'] },
      logger,
      new AbortController().signal,
    );
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toThrow(new RegExp(`${port}.*PARLEY_MEDIA_PORT`));
  } finally {
    occupant.close();
  }
});

test('a worker that is not there, or is another program, stops the start with the remedy', async () => {
  await expect(findWorkerBinary('/nonexistent/worker')).rejects.toThrow(/no mediasoup worker.*MEDIASOUP_WORKER_BIN/);
  const starting = WorkerPool.create(
    { workerBinary: '/bin/true', count: 1, firstPort: 0, addresses: ['127.0.0.1'] },
    logger,
    new AbortController().signal,
  );
  await expect(starting).rejects.toThrow(StartError);
});
