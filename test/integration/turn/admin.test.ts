import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeLifetime } from '../../../turn/stun/lifetime.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import { restPassword } from '../../../turn/rest-credential.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { SocketClient, UdpPeer } from '../../support/turn/socket-client.ts';
import { resultOf } from '../../support/turn/turn-message.ts';
import {
  startTurnService,
  testTurnConfig,
  TURN_SECRET,
  type TurnService,
  type TurnServiceOptions,
} from '../../support/turn/turn-service.ts';
import { until } from '../../support/wait.ts';

type Config = NonNullable<TurnServiceOptions['config']>;

const BASE: Config = { relayAddresses: ['127.0.0.1'], peers: { allow: ['127.0.0.1/32'] } };

function start(config: Config = {}): Promise<TurnService> {
  return startTurnService({ hasAdmin: true, config: { ...BASE, ...config } });
}

async function clientOf(service: TurnService, user: string, secret = TURN_SECRET): Promise<SocketClient> {
  const client = await SocketClient.udp(service.port);
  const username = `${Math.floor(Date.now() / 1000) + 600}:${user}`;
  client.credential = { username, password: restPassword(username, secret) };
  return client;
}

async function refresh(client: SocketClient): Promise<number | undefined> {
  return resultOf(await client.request(Method.REFRESH, (writer) => writeLifetime(writer, 600)));
}

describe.each([1, 3])('an administrator of a relay with %s workers', (workers) => {
  it('sees whose sessions there are, and ends one of them, or all of a user', async () => {
    await using service = await start({ workers });
    await using stack = new AsyncDisposableStack();
    const clients: SocketClient[] = [];
    for (let i = 0; i < 8; i++) {
      const client = stack.use(await clientOf(service, i === 0 ? 'bob' : 'alice'));
      await client.allocate();
      clients.push(client);
    }
    const all = await service.ask('/turn/sessions?user=alice&limit=5');
    const alices = (all.body as { sessions: { allocation: string; user: string }[] }).sessions;
    expect(alices).toHaveLength(5);
    expect(new Set(alices.map(({ user }) => user))).toEqual(new Set(['alice']));
    expect(alices[0]).toMatchObject({
      transport: 'udp',
      client: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    });

    const first = alices[0]?.allocation;
    expect(await service.ask('/turn/kill', { allocation: first })).toMatchObject({
      status: 200,
      body: { killed: [{ allocation: first }] },
    });
    const killed = await service.ask('/turn/kill', { user: 'alice' });
    expect((killed.body as { killed: object[] }).killed).toHaveLength(6);
    const [bob, ...others] = clients;
    expect(await Promise.all(others.map(refresh))).toEqual(Array(7).fill(437));
    expect(bob && (await refresh(bob))).toBe(0);
    expect(await service.ask('/turn/kill', { user: 'alice' })).toMatchObject({
      status: 404,
      body: { error: { code: 'no-such-session' } },
    });
  });

  it('drains and admits again; meanwhile the process says that it is not ready', async () => {
    await using service = await start({ workers });
    await using client = await clientOf(service, 'alice');
    const draining = Array.from({ length: workers }, (_, index) => index);
    expect(service.context.http.problems()).toEqual([]);
    expect(await service.ask('/turn/drain', {})).toMatchObject({ status: 200, body: { draining } });
    expect(service.context.http.problems()).toEqual(['turn: the relay admits nobody new']);
    await expect(client.allocate()).rejects.toThrow('508');
    expect(await service.ask('/turn/undrain', {})).toMatchObject({ body: { draining: [] } });
    expect(service.context.http.problems()).toEqual([]);
    await client.allocate();
    expect(await service.ask('/turn/drain', { worker: workers })).toMatchObject({
      status: 404,
      body: { error: { code: 'no-such-worker' } },
    });
  });

  it('changes secrets, users, quotas and peers while calls go on', async () => {
    await using service = await start({ workers });
    await using peer = await UdpPeer.open();
    await using running = await clientOf(service, 'alice');
    await running.allocate();
    expect(await running.bind(0x4000, peer.address)).toBe(0);
    service.server.reconfigure(
      testTurnConfig({
        ...BASE,
        workers,
        secret: 'another secret',
        previousSecrets: [],
        users: { carol: 'a password' },
        limits: { allocationsPerUser: 1 },
        peers: { allow: [] },
      }),
    );
    // Threads hear of it a moment later than this one: ask until all have.
    await using stack = new AsyncDisposableStack();
    const outcomes = async (user: string, secret: string): Promise<Set<string>> => {
      const seen = new Set<string>();
      for (let i = 0; i < 12; i++) {
        const client = stack.use(await clientOf(service, user, secret));
        const outcome = await client.allocate().then(
          () => 'allocated',
          (error: unknown) => String(error),
        );
        seen.add(outcome.match(/\d+$/u)?.[0] ?? outcome);
      }
      return seen;
    };
    await until(
      async () => (await outcomes('dave', TURN_SECRET)).difference(new Set(['401'])).size === 0,
      () => 'the old secret to be refused by every worker',
    );
    expect(await outcomes('erin', 'another secret')).toEqual(new Set(['allocated', '486']));
    expect(await refresh(running)).toBe(0);
    expect(await running.bind(0x4001, peer.address)).toBe(403);
    running.sendChannelData(0x4000, Buffer.from('no longer'));
    await using carol = await SocketClient.udp(service.port);
    carol.credential = { username: 'carol', password: 'a password' };
    await carol.allocate();
    expect(peer.inbox.messages).toEqual([]);
  });
});

describe('an administrator', () => {
  it('narrows and widens every limit while calls go on', async () => {
    await using service = await start();
    await using peer = await UdpPeer.open();
    await using running = await SocketClient.stream(service.port);
    await running.allocate();
    expect(await running.bind(0x4000, peer.address)).toBe(0);
    const limit = (limits: Config['limits']): void => {
      service.server.reconfigure(testTurnConfig({ ...BASE, secret: TURN_SECRET, limits }));
    };
    // Two datagrams of 1000 bytes are more than these 1500 bytes a second.
    limit({ totalBitrateBps: 12_000, connectionsPerAddress: 1, strangerAnswers: 1 });
    running.sendChannelData(0x4000, Buffer.alloc(1000, 'a'));
    running.sendChannelData(0x4000, Buffer.alloc(1000, 'b'));
    running.sendChannelData(0x4000, Buffer.alloc(100, 'c'));
    expect((await peer.inbox.take('the first datagram')).toString()).toBe('a'.repeat(1000));
    expect((await peer.inbox.take('the small datagram')).toString()).toBe('c'.repeat(100));
    const second = await SocketClient.stream(service.port);
    await expect(second.allocate()).rejects.toThrow();
    limit({ totalBitrateBps: 0 });
    running.sendChannelData(0x4000, Buffer.alloc(5000, 'd'));
    expect((await peer.inbox.take('the large datagram')).toString()).toBe('d'.repeat(5000));
    await using third = await SocketClient.stream(service.port);
    await third.allocate();
  });

  it('gets credentials that open the relay', async () => {
    await using service = await start();
    const { body } = await service.ask('/turn/credentials', { user: 'me', lifetimeSeconds: 60 });
    const { username, password } = body as { username: string; password: string };
    await using client = await SocketClient.udp(service.port);
    client.credential = { username, password };
    await client.allocate();
    expect(await service.ask('/turn/sessions?user=me')).toMatchObject({ body: { sessions: [{ user: 'me' }] } });
    expect((await service.ask('/turn/credentials', { lifetimeSeconds: 1e9 })).status).toBe(400);
  });

  it.each(['native', 'dgram'] as const)(
    'hears whether the address that clients are told leads back, over %s',
    async (io) => {
      await using service = await start({ io });
      expect(await service.ask('/turn/selftest', {})).toMatchObject({
        body: { isWell: true, addresses: [{ address: '127.0.0.1', isReached: true }], clientProblems: [] },
      });
      expect(service.server.allocations).toBe(0);
      await service.ask('/turn/drain', {});
      expect(await service.ask('/turn/selftest', {})).toMatchObject({
        body: {
          isWell: false,
          clientProblems: [/127\.0\.0\.1.*508/, /::1.*508/].map((text): unknown => expect.stringMatching(text)),
        },
      });
      await using behindNat = await start({ io, externalAddresses: ['203.0.113.7/127.0.0.1'] });
      expect(await behindNat.ask('/turn/selftest', {})).toMatchObject({
        body: {
          isWell: false,
          addresses: [
            { isReached: false, problem: expect.stringMatching(/203\.0\.113\.7.*turn\.externalAddresses/) as string },
          ],
        },
      });
    },
  );

  it('hears when no relay port is left', async () => {
    await using service = await start({ relayPorts: { min: 45_000, max: 45_000 } });
    await using client = await clientOf(service, 'alice');
    await client.allocate();
    expect(await service.ask('/turn/selftest', {})).toMatchObject({
      body: { addresses: [{ problem: expect.stringContaining('turn.relayPorts') as string }] },
    });
  });

  it.each([
    ['/turn/kill', {}],
    ['/turn/kill', { user: '' }],
    ['/turn/drain', { worker: -1 }],
    ['/turn/sessions?limit=10001', undefined],
  ])('is refused %s with %j', async (path, body) => {
    await using service = await start();
    expect(await service.ask(path, body)).toMatchObject({ status: 400, body: { error: { code: 'bad-request' } } });
  });
});

it('learns whether clients are served under a name, over each transport', async () => {
  const tls = certificate();
  await using service = await startTurnService({ hasAdmin: true, tls, config: BASE });
  const { port, tlsPort } = service;
  const ca = readFileSync(tls.cert, 'utf8');
  expect(await service.ask('/turn/reach', { host: 'localhost', ca })).toEqual({
    status: 200,
    body: {
      transports: [
        { transport: 'udp', port },
        { transport: 'tcp', port },
        { transport: 'tls', port: tlsPort },
      ],
    },
  });
  const problemsAt = async (question: object): Promise<(string | undefined)[]> => {
    const { body } = await service.ask('/turn/reach', question);
    return (body as { transports: { problem?: string }[] }).transports.map(({ problem }) => problem);
  };
  expect(await problemsAt({ host: 'localhost' })).toEqual([
    undefined,
    undefined,
    expect.stringMatching(/^Over tls, localhost port \d+: .*self-signed certificate/) as string,
  ]);
  // Nobody listens there.
  expect(await problemsAt({ host: '127.0.0.2', ca })).toEqual(
    ['udp', 'tcp', 'tls'].map((transport) => expect.stringContaining(`Over ${transport}, 127.0.0.2 port `) as string),
  );
});
