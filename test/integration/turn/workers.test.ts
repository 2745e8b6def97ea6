import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { turnConfig } from '../../../turn/config.ts';
import { endpoint, formatAddress } from '../../../turn/endpoint.ts';
import { AttributeType } from '../../../turn/stun/attribute-type.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import { WorkerPool } from '../../../turn/workers/worker-pool.ts';
import {
  startTurnService,
  TURN_SECRET,
  type TurnService,
  type TurnServiceOptions,
} from '../../support/turn/turn-service.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { SocketClient, UdpPeer } from '../../support/turn/socket-client.ts';
import { addressOf, channelData, readMessage, resultOf } from '../../support/turn/turn-message.ts';

const LOOPBACK = endpoint('127.0.0.1', 0);
const WORKERS = 3;
const MIN_PORT = 40_000;
const PORTS_EACH = 1000;

function start(config: TurnServiceOptions['config'] = {}): Promise<TurnService> {
  return startTurnService({
    tls: certificate(),
    config: {
      workers: WORKERS,
      relayAddresses: ['127.0.0.1'],
      relayPorts: { min: MIN_PORT, max: MIN_PORT + WORKERS * PORTS_EACH - 1 },
      peers: { allow: ['127.0.0.1/32'], deny: [], only: [] },
      ...config,
    },
  });
}

/** Which worker has given a relayed address: each has its part of the ports. */
function workerOf({ port }: { port: number }): number {
  return Math.floor((port - MIN_PORT) / PORTS_EACH);
}

/** A client at each worker: the kernel spreads them, so a few more are asked than are needed. */
async function clientAtEach(
  service: TurnService,
  stack: AsyncDisposableStack,
  open = (port: number): Promise<SocketClient> => SocketClient.udp(port),
) {
  const found = new Map<number, { client: SocketClient; relayed: Awaited<ReturnType<SocketClient['allocate']>> }>();
  for (let tries = 0; found.size < WORKERS && tries < 100; tries++) {
    const client = stack.use(await open(service.port));
    const relayed = await client.allocate();
    found.set(workerOf(relayed), { client, relayed });
  }
  return Array.from({ length: WORKERS }, (_, worker) => {
    const one = found.get(worker);
    if (one === undefined) throw new Error(`no client came to worker ${worker}`);
    return one;
  });
}

describe.each(['native', 'dgram'] as const)('several workers over %s', (io) => {
  it.each([
    ['UDP', (port: number) => SocketClient.udp(port)],
    ['TCP', (port: number) => SocketClient.stream(port)],
  ] as const)('each relay for the clients over %s that the kernel gives them', async (_name, open) => {
    await using service = await start({ io });
    await using stack = new AsyncDisposableStack();
    await using peer = await UdpPeer.open();
    for (const [worker, { client, relayed }] of (await clientAtEach(service, stack, open)).entries()) {
      expect(await client.bind(0x4000, peer.address)).toBe(0);
      client.sendChannelData(0x4000, Buffer.from(`up ${worker}`));
      expect(await peer.inbox.take('data at the peer')).toEqual(Buffer.from(`up ${worker}`));
      peer.send(Buffer.from(`down ${worker}`), relayed);
      expect(await client.inbox.take('data at the client')).toEqual(channelData(0x4000, Buffer.from(`down ${worker}`)));
    }
  });

  it('let their clients reach each other, and no port that no client has', async () => {
    await using service = await start({ io, peers: { allow: [], deny: [], only: [] } });
    await using stack = new AsyncDisposableStack();
    const clients = await clientAtEach(service, stack);
    for (const [worker, { client, relayed }] of clients.entries()) {
      const next = clients[(worker + 1) % WORKERS];
      if (next === undefined) throw new Error('there is always a next one');
      expect(await client.bind(0x4000, next.relayed)).toBe(0);
      expect(await next.client.bind(0x4001, relayed)).toBe(0);
      client.sendChannelData(0x4000, Buffer.from('hello'));
      expect(await next.client.inbox.take('a hello from another worker')).toEqual(
        channelData(0x4001, Buffer.from('hello')),
      );
    }
    const [first, second] = clients;
    const free = { ...(second?.relayed ?? { family: 4, w0: 0, w1: 0, w2: 0, w3: 0, port: 0 }) };
    free.port = free.port === MIN_PORT + PORTS_EACH ? free.port + 1 : free.port - 1;
    expect(await first?.client.bind(0x4002, free)).toBe(403);
  });
});

describe('several workers', () => {
  it('know each other’s clients by the address before a NAT', async () => {
    await using service = await start({
      externalAddresses: ['203.0.113.7/127.0.0.1'],
      peers: { allow: [], deny: [], only: [] },
    });
    await using stack = new AsyncDisposableStack();
    const [alice, bob] = await clientAtEach(service, stack);
    if (alice === undefined || bob === undefined) throw new Error('there are three');
    expect(formatAddress(alice.relayed)).toBe('203.0.113.7');
    expect(await alice.client.bind(0x4000, bob.relayed)).toBe(0);
    expect(await bob.client.permit(alice.relayed)).toBe(0);
    alice.client.sendChannelData(0x4000, Buffer.from('hello'));
    const indication = await bob.client.inbox.take('data of the other worker’s client');
    expect(addressOf(indication, AttributeType.XOR_PEER_ADDRESS)).toEqual(alice.relayed);
    expect(readMessage(indication).value(AttributeType.DATA)).toEqual(Buffer.from('hello'));
  });

  it('count quotas together', async () => {
    await using service = await start({ limits: { allocationsPerUser: 4 } });
    await using stack = new AsyncDisposableStack();
    const results: string[] = [];
    for (let i = 0; i < 12; i++) {
      const client = stack.use(await SocketClient.udp(service.port));
      results.push(
        await client.allocate().then(
          () => 'granted',
          (error: Error) => error.message,
        ),
      );
    }
    expect(results.filter((result) => result === 'granted')).toHaveLength(4);
    expect(results.filter((result) => result.includes('486'))).toHaveLength(8);
  });

  it('that are drained one by one refuse who comes and keep who is there', async () => {
    await using service = await start();
    await using stack = new AsyncDisposableStack();
    await using peer = await UdpPeer.open();
    const clients = await clientAtEach(service, stack);
    service.server.drain(1);
    const refused = async (): Promise<string[]> => {
      const results: string[] = [];
      for (let i = 0; i < 12; i++) {
        const client = stack.use(await SocketClient.udp(service.port));
        results.push(await client.allocate().then((relayed) => `worker ${workerOf(relayed)}`, String));
      }
      return [...new Set(results)].toSorted();
    };
    await expect
      .poll(refused, { message: 'worker 1 alone refuses', timeout: 20_000 })
      .toEqual(['Error: no allocation: 508', 'worker 0', 'worker 2']);
    for (const { client } of clients) {
      expect(await client.bind(0x4000, peer.address)).toBe(0);
      client.sendChannelData(0x4000, Buffer.from('still here'));
      expect(await peer.inbox.take('media after the drain')).toEqual(Buffer.from('still here'));
    }
  });

  it('sum up their numbers in the metrics', async () => {
    await using service = await start();
    await using stack = new AsyncDisposableStack();
    await clientAtEach(service, stack);
    const metric = async (name: string): Promise<number> =>
      Number((await service.context.metrics.metrics()).match(new RegExp(`^parley_turn_${name} (\\d+)$`, 'mu'))?.[1]);
    await expect
      .poll(() => metric('ports'), { message: 'a report of every worker', timeout: 5000 })
      .toBe(WORKERS * PORTS_EACH);
    const granted = String.raw`allocate_answers_total\{code="0",transport="udp",family="ipv4"\}`;
    await expect
      .poll(
        async () => [service.server.allocations >= WORKERS, (await metric(granted)) - (await metric('allocations'))],
        { timeout: 5000 },
      )
      .toEqual([true, 0]);
  });
});

describe('a worker that dies', () => {
  it('is replaced; the others’ clients notice nothing, and what it held is free again', async () => {
    const deaths: unknown[] = [];
    const logger = pino({ level: 'silent' });
    logger.error = (fields: { worker?: number }) => void deaths.push(fields.worker);
    const config = turnConfig.parse({ workers: 2, limits: { allocationsPerUser: 64 } });
    const addresses = { listen: [LOOPBACK], relay: [{ local: LOOPBACK, advertised: LOOPBACK }], own: [] };
    const settings = { config, realm: 'bench', secrets: [TURN_SECRET], nonceSecret: 'n', addresses, tls: undefined };
    const pool = new WorkerPool(
      settings,
      {
        authFailed: () => undefined,
        allocateAnswered: () => undefined,
        allocationStarted: () => undefined,
        allocationEnded: () => undefined,
        bugMet: (error) => deaths.push(error),
      },
      logger,
    );
    const { port } = await pool.start({ port: 0, tlsPort: undefined });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => pool.stop());
    const clients: SocketClient[] = [];
    for (let i = 0; i < 32; i++) {
      const client = stack.use(await SocketClient.udp(port));
      await client.allocate();
      clients.push(client);
    }
    const allocations = (): number => pool.figures().reduce((sum, figures) => sum + figures.allocations, 0);
    const ofFirst = pool.first.figures().allocations;
    expect(ofFirst).toBeLessThan(32);
    // Iterable here, but no longer once it is copied into the other thread.
    const poison = new (class {
      *[Symbol.iterator](): Iterator<number> {}
    })() as unknown as number[];
    pool.setAnnounced([{ addresses: [endpoint('192.0.2.1', 0)], ports: poison }]);
    await expect.poll(() => deaths, { message: 'the thread to die' }).toEqual([1]);
    pool.setAnnounced([]);
    await expect.poll(allocations).toBe(ofFirst);
    const refreshes = async (): Promise<(number | undefined)[]> =>
      Promise.all(clients.map(async (client) => resultOf(await client.request(Method.REFRESH))));
    await expect
      .poll(async () => (await refreshes()).filter((result) => result === 437).length, { timeout: 15_000 })
      .toBe(32 - ofFirst);
    // The user's quota is not held by the dead.
    for (let i = 0; i < 32; i++) await stack.use(await SocketClient.udp(port)).allocate();
    expect(deaths).toEqual([1]);
  });
});
