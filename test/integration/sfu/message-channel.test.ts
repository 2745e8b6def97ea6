import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../../protocol/media/source.ts';
import { accepted, BridgeHarness, type BridgeMember } from '../../support/bridge/bridge-harness.ts';
import type { ChannelEvent } from '../../../sfu/message-transport.ts';
import { TestChannel } from '../../support/bridge/test-channel.ts';
import { until } from '../../support/wait.ts';

const ANN = '1f0c9a7e';
const BOB = 'b27de114';
const EVE = 'e0e0e0e0';

let harness: BridgeHarness;

beforeAll(async () => {
  harness = await BridgeHarness.start();
});

afterAll(() => harness?.stop());

function camera(owner: string, firstSsrc: number): Source {
  const ssrcs = [firstSsrc, firstSsrc + 1, firstSsrc + 2];
  return {
    name: `${owner}-v0`,
    owner,
    kind: 'video',
    msid: `${owner} v`,
    ssrcs,
    groups: [{ semantics: 'SIM', ssrcs }],
  };
}

function join(conference: string, endpoint: string, sources: readonly Source[] = []): Promise<BridgeMember> {
  return harness.join(conference, endpoint, sources);
}

describe('opening', () => {
  test('is greeted with ServerHello and answers ClientHello', async () => {
    const { channel } = await join('hello', ANN);
    await until(() => channel.last('ServerHello'), 'ServerHello');
    const before = channel.messages.length;
    channel.send({ colibriClass: 'ClientHello' });
    await until(
      () => channel.messages.slice(before).some((m) => m.colibriClass === 'ServerHello'),
      'another ServerHello',
    );
    expect(channel.closeCode).toBeUndefined();
  });

  test.each([
    ['a wrong secret', (path: string) => path.replace(/pwd=.*/, 'pwd=wrong'), 403],
    ['no secret', (path: string) => path.replace(/\?.*/, ''), 403],
    ['an endpoint that is not there', (path: string) => path.replace(ANN, BOB), 403],
    ['another bridge', (path: string) => path.replace('/colibri-ws/', '/colibri-ws/x'), 404],
    ['a longer path', (path: string) => path.replace('?', '/more?'), 404],
  ])('is refused with %s, which is counted', async (_, change, status) => {
    const { channelPath } = await harness.create('refused', ANN);
    const before = await harness.channelEvents('refused');
    await expect(TestChannel.open(harness.channelUrl(change(channelPath)))).rejects.toThrow(String(status));
    expect(await harness.channelEvents('refused')).toBe(before + 1);
    const rightful = await TestChannel.open(harness.channelUrl(channelPath));
    await until(() => rightful.last('ServerHello'), 'the channel of the one who knows the secret');
  });

  test('again replaces the older connection, which is closed with 1000', async () => {
    const { channel, channelPath } = await join('replaced', ANN);
    const next = await TestChannel.open(harness.channelUrl(channelPath));
    await until(() => channel.closeCode !== undefined, 'the first channel to close');
    expect([channel.closeCode, channel.closeReason]).toEqual([1000, 'replaced']);
    await until(() => next.last('ServerHello'), 'ServerHello on the second');
  });

  test('ends with 1001 when the endpoint ends', async () => {
    const { channel } = await join('ended', ANN);
    await harness.bus.request(harness.requests.removeEndpoint, { conference: 'ended', endpoint: ANN });
    await until(() => channel.closeCode !== undefined, 'the channel to close');
    expect(channel.closeCode).toBe(1001);
  });
});

describe('endpoint messages', () => {
  test('go to the one they name, or to everybody else, with the sender filled in by us', async () => {
    const [ann, bob, eve] = [await join('relay', ANN), await join('relay', BOB), await join('relay', EVE)];
    ann.channel.send({ colibriClass: 'EndpointMessage', to: BOB, msgPayload: { type: 'private' } });
    ann.channel.send({ colibriClass: 'EndpointMessage', to: '', msgPayload: { type: 'all', from: EVE } });
    const messages = await until(() => {
      const found = bob.channel.messages.filter((message) => message.colibriClass === 'EndpointMessage');
      return found.length === 2 && found;
    }, 'both messages at the first receiver');
    expect(messages).toEqual([
      { colibriClass: 'EndpointMessage', from: ANN, to: BOB, msgPayload: { type: 'private' } },
      { colibriClass: 'EndpointMessage', from: ANN, to: '', msgPayload: { type: 'all', from: EVE } },
    ]);
    await until(() => eve.channel.last('EndpointMessage'), 'the message to all at the second receiver');
    expect(eve.channel.messages.filter((m) => m.colibriClass === 'EndpointMessage')).toHaveLength(1);
    expect(ann.channel.last('EndpointMessage')).toBeUndefined();
  });

  test('and statistics cannot name another sender', async () => {
    const [ann, bob] = [await join('forged', ANN), await join('forged', BOB)];
    ann.channel.socket.send(
      JSON.stringify({ colibriClass: 'EndpointStats', from: EVE, bitrate: { upload: 7 }, serverRegion: 'x' }),
    );
    const stats = await until(() => bob.channel.last('EndpointStats'), 'statistics');
    expect(stats).toEqual({ colibriClass: 'EndpointStats', from: ANN, bitrate: { upload: 7 }, serverRegion: 'x' });
  });
});

test('a bridge that stops does not wait for a client that never reads', async () => {
  const other = await BridgeHarness.start();
  const { channel } = await other.join('stops', ANN);
  channel.socket.pause();
  await other.stop();
  expect(other.warnings).toEqual([]);
});

describe('constraints', () => {
  test('tell a sender the largest height that anybody wants', async () => {
    const ann = await join('constraints', ANN, [camera(ANN, 1_000)]);
    // Alone: nobody watches.
    await until(() => ann.channel.last('SenderSourceConstraints')?.maxHeight === 0, 'height 0');
    const bob = await join('constraints', BOB);
    await until(() => ann.channel.last('SenderSourceConstraints')?.maxHeight === 180, 'the default height');
    bob.channel.send({ colibriClass: 'ReceiverVideoConstraints', constraints: { [`${ANN}-v0`]: { maxHeight: 720 } } });
    await until(() => ann.channel.last('SenderSourceConstraints')?.maxHeight === 720, 'the height that is wished');
    expect(ann.channel.last('SenderSourceConstraints')?.sourceName).toBe(`${ANN}-v0`);
  });

  test('of bandwidth that shrinks leave out what does not fit, the one on stage last, until there is more again', async () => {
    await join('scarce', ANN, [camera(ANN, 1_000)]);
    await join('scarce', BOB, [camera(BOB, 2_000)]);
    const { channel } = await join('scarce', EVE);
    const forwarded = (): readonly string[] => channel.last('ForwardedSources')?.forwardedSources.toSorted() ?? [];
    const assume = (assumedBandwidthBps: number): void =>
      channel.send({
        colibriClass: 'ReceiverVideoConstraints',
        assumedBandwidthBps,
        onStageSources: [`${BOB}-v0`],
        defaultConstraints: { maxHeight: 720 },
      });
    const both = [`${ANN}-v0`, `${BOB}-v0`];
    assume(10_000_000);
    await until(() => forwarded().length === 2, 'both sources');
    expect(forwarded()).toEqual(both);
    assume(600_000);
    await until(() => forwarded().length === 1, 'the source on stage alone');
    expect(forwarded()).toEqual([`${BOB}-v0`]);
    assume(100_000);
    await until(() => forwarded().length === 0, 'no source');
    assume(-1);
    await until(() => forwarded().length === 2, 'both sources, by the bridge’s own estimate');
    expect(forwarded()).toEqual(both);
  });

  test('of lastN leave out sources, and a camera that is off uses no place', async () => {
    const ann = await join('last-n', ANN, [camera(ANN, 1_000)]);
    await join('last-n', BOB, [camera(BOB, 2_000)]);
    const { session, channel } = await join('last-n', EVE);
    const forwarded = (): readonly string[] | undefined => channel.last('ForwardedSources')?.forwardedSources;
    await until(() => forwarded()?.length === 2, 'both sources');
    channel.send({ colibriClass: 'LastNChangedEvent', lastN: 1 });
    await until(() => forwarded()?.length === 1, 'one source');
    expect(forwarded()).toEqual([`${ANN}-v0`]);
    ann.channel.send({ colibriClass: 'SourceVideoTypeMessage', sourceName: `${ANN}-v0`, videoType: 'none' });
    await until(() => forwarded()?.[0] === `${BOB}-v0`, 'the other source instead of the one that is off');
    accepted(
      await harness.bus.request(harness.requests.acceptSources, {
        conference: 'last-n',
        endpoint: EVE,
        session,
        names: [],
      }),
    );
  });
});

describe('bad input', () => {
  /** Greetings answered since the channel was opened. */
  const hellos = (channel: TestChannel): number =>
    channel.messages.filter(({ colibriClass }) => colibriClass === 'ServerHello').length;

  async function isUndisturbed({ channel }: BridgeMember): Promise<void> {
    await until(() => hellos(channel) > 0, 'the greeting');
    const before = hellos(channel);
    channel.send({ colibriClass: 'ClientHello' });
    await until(() => hellos(channel) > before, 'an answer to somebody else');
    expect(channel.closeCode).toBeUndefined();
  }

  test('of classes that we do not know is ignored', async () => {
    const [ann, bob] = [await join('unknown', ANN), await join('unknown', BOB)];
    const before = await harness.channelEvents('unknown');
    ann.channel.socket.send('{"colibriClass":"NoSuchThing"}');
    await isUndisturbed(ann);
    expect(await harness.channelEvents('unknown')).toBe(before + 1);
    await isUndisturbed(bob);
  });

  test.each([
    '[]',
    '42',
    'null',
    '"text"',
    '{}',
    '{"colibriClass":7}',
    '{"colibriClass":"LastNChangedEvent"}',
    'not JSON',
    '',
  ])('of a message like %j is counted and forgiven', async (text) => {
    const ann = await join('forgiven', ANN);
    const before = await harness.channelEvents('malformed');
    ann.channel.socket.send(text);
    await isUndisturbed(ann);
    expect(await harness.channelEvents('malformed')).toBe(before + 1);
  });

  test.each<[string, ChannelEvent, number, (channel: TestChannel) => void]>([
    [
      'many messages that cannot be read',
      'malformed',
      1007,
      ({ socket }) => {
        for (let count = 0; count < 20; count += 1) socket.send('not JSON');
      },
    ],
    ['a binary frame', 'malformed', 1003, ({ socket }) => socket.send(Buffer.of(1, 2, 3))],
    ['text that is no UTF-8', 'malformed', 1007, ({ socket }) => socket.send(Buffer.of(0xc3, 0x28), { binary: false })],
    ['a frame of a megabyte', 'malformed', 1009, ({ socket }) => socket.send('x'.repeat(1_048_576))],
    [
      'a flood',
      'over-rate',
      1008,
      (channel) => {
        for (let count = 0; count < 2_000; count += 1) channel.send({ colibriClass: 'ClientHello' });
      },
    ],
  ])('of %s is counted as %s, closes with %i and disturbs nobody else', async (_what, event, code, act) => {
    const [ann, bob] = [await join('closed', ANN), await join('closed', BOB)];
    const before = await harness.channelEvents(event);
    act(ann.channel);
    await until(() => ann.channel.closeCode !== undefined, 'the channel to close');
    expect(ann.channel.closeCode).toBe(code);
    expect(await harness.channelEvents(event)).toBeGreaterThan(before);
    await isUndisturbed(bob);
  });

  test('of somebody who never reads is cut off, and those who write to it are not held up', async () => {
    const [ann, bob, eve] = [await join('unread', ANN), await join('unread', BOB), await join('unread', EVE)];
    bob.channel.socket.pause();
    const message = { colibriClass: 'EndpointMessage', to: BOB, msgPayload: { text: 'x'.repeat(60_000) } } as const;
    await until(
      async () => {
        for (const { channel } of [ann, eve]) for (let count = 0; count < 10; count += 1) channel.send(message);
        await Promise.all([isUndisturbed(ann), isUndisturbed(eve)]);
        return (await harness.channelEvents('unread')) === 1;
      },
      'the one who does not read to be cut off',
      { intervalMs: 1 },
    );
  });

  test('of constraints named __proto__ changes nothing else', async () => {
    const ann = await join('proto', ANN);
    const bob = await join('proto', BOB, [camera(BOB, 3_000)]);
    ann.channel.socket.send(
      '{"colibriClass":"ReceiverVideoConstraints","constraints":{"__proto__":{"maxHeight":720}},"lastN":0}',
    );
    await until(() => ann.channel.last('ForwardedSources')?.forwardedSources.length === 0, 'lastN 0 to hold');
    expect(bob.channel.closeCode).toBeUndefined();
    expect(({} as { maxHeight?: number }).maxHeight).toBeUndefined();
  });
});
