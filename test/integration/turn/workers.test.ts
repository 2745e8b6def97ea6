import { describe, expect, it } from 'vitest';
import type { TurnServiceOptions } from '../../support/turn/turn-service.ts';
import { startTurnService, type TurnService } from '../../support/turn/turn-service.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { SocketClient, UdpPeer } from '../../support/turn/socket-client.ts';
import { channelData } from '../../support/turn/turn-message.ts';

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
async function clientAtEach(service: TurnService, stack: AsyncDisposableStack, open = SocketClient.udp) {
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
