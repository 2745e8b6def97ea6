import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { CoreHarness, type HarnessClient, restCredential } from '../test/support/turn/core-harness.ts';
import { DIRT } from '../test/support/turn/fake-datagram-io.ts';
import {
  sendIndication,
  channelData,
  clientMessage,
  readMessage,
  resultOf,
} from '../test/support/turn/turn-message.ts';
import { Counter } from './counters.ts';
import { endpoint } from './endpoint.ts';
import { writeAddressFamily } from './stun/address-family.ts';
import { AttributeType } from './stun/attribute-type.ts';
import { writeLifetime } from './stun/lifetime.ts';
import { Method } from './stun/message-type.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from './stun/requested-transport.ts';

const PEER = endpoint('8.8.8.8', 4444);

// The lines of turn.md §9.2 that are about neither credentials nor streams; README.md says which line is where.

describe('peers that must not be reached', () => {
  const IPV4 = [
    '0.0.0.0', '0.1.2.3', '127.0.0.1', '127.0.0.2', '127.255.255.254', '169.254.169.254', '10.0.0.1', '10.255.255.255',
    '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255', '100.64.0.1', '100.127.255.255', '192.0.0.1',
    '192.0.2.1', '192.88.99.1', '198.18.0.2', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255',
    '240.0.0.1', '255.255.255.255',
    // This host: listening and relay address.
    '198.18.0.1',
  ]; // prettier-ignore
  const IPV6 = [
    '::', '::1', '::ffff:127.0.0.1', '::ffff:0.0.0.0', '::127.0.0.1', '::8.8.8.8', '::ffff:8.8.8.8',
    '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1', '2002:7f00:1::', '2002:a00:1::1', 'fe80::1', 'febf::1',
    'fec0::1', 'fc00::1', 'fdff::1', 'ff02::1', '2001:db8::1', '2001::1', '100::1',
    'fd00::1',
  ]; // prettier-ignore

  it.each([
    ['an IPv4', (): HarnessClient => new CoreHarness().client(), IPV4, undefined],
    ['an IPv6', (): HarnessClient => new CoreHarness().client(), IPV6, AttributeType.REQUESTED_ADDRESS_FAMILY],
    [
      'a dual',
      (): HarnessClient => new CoreHarness().client(),
      [...IPV4, ...IPV6],
      AttributeType.ADDITIONAL_ADDRESS_FAMILY,
    ],
  ] as const)(
    'are refused in %s allocation by CreatePermission and ChannelBind, and nothing is sent',
    (_name, create, peers, family) => {
      const client = create();
      const { harness } = client;
      client.relayed((writer) => family !== undefined && writeAddressFamily(writer, family, 6));
      for (const text of peers) {
        const peer = endpoint(text, 4444);
        expect([text, client.permit(peer)]).toEqual([text, 403]);
        expect([text, client.bind(0x4000, peer)]).toEqual([text, 403]);
        const sent = client.send(sendIndication(peer, 'x'));
        expect([text, sent]).toEqual([text, []]);
        expect(client.send(channelData(0x4000, Buffer.from('x')))).toEqual([]);
      }
      expect(harness.io.sent.every(({ socket }) => socket === client.listener)).toBe(true);
    },
  );

  it('are refused under every name of this host, also the public one before a NAT, unless an allocation is there', () => {
    const harness = new CoreHarness({ externalIpv4: '8.8.4.4' });
    const client = harness.client();
    const { port } = client.relayed();
    // Where we listen, what is bound, what is announced: nothing but the live relay port itself can be a peer.
    for (const address of ['198.18.0.1', '8.8.4.4', '127.0.0.1']) {
      for (const peerPort of [1, 3478, 8080, 9641, port + 1]) {
        const peer = endpoint(address, peerPort);
        expect([address, peerPort, client.permit(peer)]).toEqual([address, peerPort, 403]);
        expect([address, peerPort, client.bind(0x4000, peer)]).toEqual([address, peerPort, 403]);
      }
    }
    expect(client.bind(0x4000, endpoint('8.8.4.4', port))).toBe(0);
  });

  it('are answered 443 where the family is not relayed', () => {
    const client = new CoreHarness().client();
    client.relayed();
    for (const text of IPV6) expect(client.permit(endpoint(text, 4444))).toBe(443);
  });
});

describe('quotas', () => {
  const QUOTA = 3;

  it('are not passed by retransmissions, by many Allocates at the same time, or by ending and beginning anew', () => {
    const harness = new CoreHarness({
      settings: { quotas: { allocationsPerUser: QUOTA, allocationsPerAddress: 1000 } },
    });
    const clients = Array.from({ length: 10 }, (_, i) => harness.client('203.0.113.5', 40_000 + i));
    const requests = clients.map((client) => {
      client.challenge();
      return clientMessage({
        method: Method.ALLOCATE,
        credential: client.credential,
        write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP),
      });
    });
    const sendAll = (): (number | undefined)[] =>
      clients.map((client, i) => resultOf(client.send(requests[i] ?? Buffer.alloc(0))[0]));
    const answers = [0, 0, 0, 486, 486, 486, 486, 486, 486, 486];
    expect(sendAll()).toEqual(answers);
    expect(sendAll()).toEqual(answers);
    expect(harness.core.allocations.size).toBe(QUOTA);
    for (let round = 0; round < 20; round++) {
      const [first, ...others] = clients;
      expect(resultOf(first?.request(Method.REFRESH, (writer) => writeLifetime(writer, 0)))).toBe(0);
      expect(resultOf(first?.allocate())).toBe(0);
      for (const client of others.slice(QUOTA - 1)) expect(resultOf(client.allocate())).toBe(486);
      expect(harness.core.allocations.size).toBe(QUOTA);
    }
    expect(harness.relay4.portsInUse).toBe(QUOTA);
  });
});

describe('access tokens (RFC 7635), which are not offered', () => {
  it('are answered 420 whatever lengths they claim', () => {
    const ACCESS_TOKEN = 0x001b;
    const harness = new CoreHarness();
    const client = harness.client();
    client.challenge();
    for (const token of [Buffer.alloc(0), Buffer.alloc(2, 0xff), Buffer.alloc(64, 0xff)]) {
      const answer = client.allocate((writer) => writer.attributeBytes(ACCESS_TOKEN, token));
      expect(resultOf(answer)).toBe(420);
    }
    const beyond = clientMessage({
      method: Method.ALLOCATE,
      write: (writer) => writer.attributeBytes(ACCESS_TOKEN, Buffer.alloc(4)),
    });
    beyond.writeUInt16BE(0xffff, 22);
    expect(client.send(beyond)).toEqual([]);
    expect(harness.bugs).toEqual([]);
    expect(harness.core.allocations.size).toBe(0);
  });
});

describe('answers', () => {
  it('never carry a byte of what lay in memory before (CVE-2020-4067)', () => {
    const harness = new CoreHarness({ credentials: { realm: 'a' } });
    const client = harness.client();
    client.request(Method.BINDING);
    client.relayed((writer) => writeLifetime(writer, 700));
    client.permit(PEER);
    client.permit(endpoint('10.0.0.1', 1));
    client.bind(0x4000, PEER);
    client.ask({ method: Method.BINDING, write: (writer) => writer.attribute(0x7001, 0) });
    const socket = harness.io.sent.length;
    const relay = [...harness.io.openSockets].find(([, { kind }]) => kind === 'relay')?.[0] ?? 0;
    client.permit(endpoint('8.8.4.4', 1));
    for (const size of [1, 2, 3, 4]) harness.io.receive(relay, Buffer.alloc(size, 1), endpoint('8.8.4.4', 1));
    expect(harness.io.sent.length).toBeGreaterThan(socket);
    // MACs and ids are random: two bytes of dirt in a row would be chance once in a few thousand answers.
    for (const { bytes } of harness.io.sent) expect(bytes.includes(Buffer.from([DIRT, DIRT, DIRT]))).toBe(false);
  });

  it('to strangers are small: 1.6 times a Binding, and on the wire 2.5 times an Allocate', () => {
    const client = new CoreHarness().client();
    const IP_AND_UDP_BYTES = 28;
    const binding = clientMessage({ method: Method.BINDING });
    expect((client.send(binding)[0]?.length ?? 0) / binding.length).toBeLessThanOrEqual(1.6);
    const allocate = clientMessage({
      method: Method.ALLOCATE,
      write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP),
    });
    const challenge = client.send(allocate)[0]?.length ?? 0;
    expect(challenge).toBeLessThanOrEqual(100);
    expect((challenge + IP_AND_UDP_BYTES) / (allocate.length + IP_AND_UDP_BYTES)).toBeLessThanOrEqual(2.5);
  });

  it('to one stranger are no more than the limit a second, whatever port it claims; IPv6 counts by /64', () => {
    const harness = new CoreHarness();
    const answers = (addresses: [string, number][]): number =>
      addresses.filter(([address, port]) => harness.client(address, port).ask({ method: Method.BINDING }) !== undefined)
        .length;
    expect(answers(Array.from({ length: 300 }, (_, i) => ['203.0.113.9', 1000 + i]))).toBe(100);
    expect(answers([['203.0.113.10', 1]])).toBe(1);
    expect(answers(Array.from({ length: 300 }, (_, i) => [`2a00:1:2:3::${(i + 1).toString(16)}`, 1]))).toBe(100);
    expect(harness.core.counters[Counter.SUPPRESSED_ANSWERS]).toBe(400);
    harness.pass(1);
    expect(answers([['203.0.113.9', 1]])).toBe(1);
  });

  it('to all strangers together are limited too, and clients with an allocation are not among them', () => {
    const harness = new CoreHarness({
      settings: { strangers: { strangerAnswersPerAddress: 100, strangerAnswers: 50 } },
    });
    const client = harness.client('203.0.113.250');
    client.relayed();
    for (let i = 0; i < 60; i++) harness.client(`203.0.113.${i}`).ask({ method: Method.BINDING });
    expect(harness.client('203.0.113.99').ask({ method: Method.BINDING })).toBeUndefined();
    expect(resultOf(client.request(Method.REFRESH))).toBe(0);
  });
});

/** Bytes of live objects, after a full collection. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

describe('strangers', () => {
  it('cost no memory and no sockets, a hundred thousand of them', { timeout: 60_000 }, () => {
    const harness = new CoreHarness();
    const sockets = harness.io.openSockets.size;
    const allocate = clientMessage({
      method: Method.ALLOCATE,
      write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP),
    });
    const binding = clientMessage({ method: Method.BINDING });
    const flood = (from: number, count: number): void => {
      for (let i = from; i < from + count; i++) {
        const source = { family: 4, w0: 0, w1: 0, w2: 0xffff, w3: i * 7919, port: (i % 60_000) + 1 } as const;
        harness.io.receive(harness.listener, i % 2 === 0 ? allocate : binding, source);
        harness.io.sent.length = 0;
      }
    };
    flood(0, 5000);
    const before = heapBytes();
    flood(5000, 100_000);
    expect(heapBytes() - before).toBeLessThan(1e6);
    expect(harness.io.openSockets.size).toBe(sockets);
    expect(harness.core.allocations.size).toBe(0);
  });

  it('get no answer at all to what is no STUN', () => {
    const client = new CoreHarness().client();
    const binding = clientMessage({ method: Method.BINDING });
    const odd = [
      Buffer.alloc(0), Buffer.from([0]), Buffer.from([0, 1]), Buffer.from([0x40, 0, 0]), Buffer.alloc(20),
      binding.subarray(0, 19), Buffer.concat([binding, Buffer.from([0])]), Buffer.alloc(100, 0x80),
      Buffer.alloc(48, 0x17), channelData(0x4000, Buffer.from('x')),
    ]; // prettier-ignore
    for (const bytes of odd) expect(client.send(bytes)).toEqual([]);
  });
});

describe('an idle allocation with a channel', () => {
  it('takes at most 2 kB, besides its socket and answers that are kept for 40 seconds', { timeout: 60_000 }, () => {
    const harness = new CoreHarness({
      ports: { min: 10_000, max: 60_000 },
      limits: { allocations: 10_000 },
      settings: {
        quotas: { allocationsPerUser: 10, allocationsPerAddress: 10_000 },
        strangers: { strangerAnswersPerAddress: 1e6, strangerAnswers: 1e6 },
      },
    });
    const open = (first: number, count: number): void => {
      for (let i = first; i < first + count; i++) {
        const client = harness.client('203.0.113.5', i);
        client.credential = restCredential(`user ${i}`);
        client.relayed();
        expect(client.bind(0x4000, endpoint('8.8.8.8', i))).toBe(0);
        harness.io.sent.length = 0;
      }
      harness.pass(41);
    };
    open(10_000, 1000);
    const before = heapBytes();
    open(20_000, 2000);
    expect(harness.core.allocations.size).toBe(3000);
    expect((heapBytes() - before) / 2000).toBeLessThan(2048);
  });
});

describe('payload', () => {
  it('of 0, 1, 2 and 3 bytes passes both ways', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const port = client.relayed().port;
    const socket = harness.io.relaySocket(port) ?? -1;
    client.bind(0x4000, PEER);
    const other = endpoint('8.8.4.4', 9);
    client.permit(other);
    for (const size of [0, 1, 2, 3]) {
      const data = Buffer.alloc(size, 7);
      expect(client.send(channelData(0x4000, data))).toEqual([data]);
      expect(harness.io.receive(socket, data, PEER)[0]?.bytes).toEqual(channelData(0x4000, data));
      const indication = harness.io.receive(socket, data, other)[0]?.bytes ?? Buffer.alloc(0);
      expect(indication.length % 4).toBe(0);
      expect(Buffer.from(readMessage(indication).value(AttributeType.DATA) ?? [])).toEqual(data);
    }
  });

  it('that looks like STUN or ChannelData is opaque', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = harness.io.relaySocket(client.relayed().port) ?? -1;
    client.bind(0x4000, PEER);
    for (const data of [clientMessage({ method: Method.BINDING }), channelData(0x4000, Buffer.from('x'))]) {
      expect(client.send(channelData(0x4000, data))).toEqual([data]);
      expect(harness.io.receive(socket, data, PEER)[0]?.bytes).toEqual(channelData(0x4000, data));
    }
  });

  it('that claims more than arrived is dropped, not cut; up to three bytes of padding are tolerated', () => {
    const client = new CoreHarness().client();
    client.relayed();
    client.bind(0x4000, PEER);
    const message = channelData(0x4000, Buffer.from('data'));
    message.writeUInt16BE(5, 2);
    expect(client.send(message)).toEqual([]);
    message.writeUInt16BE(0xffff, 2);
    expect(client.send(message)).toEqual([]);
    for (const length of [4, 3, 2, 1]) {
      message.writeUInt16BE(length, 2);
      expect(client.send(message)).toEqual([Buffer.from('data').subarray(0, length)]);
    }
    message.writeUInt16BE(0, 2);
    expect(client.send(message)).toEqual([]);
  });
});

describe('relay ports', () => {
  it('are spread evenly over the range (chi-square over 10^5 of them)', () => {
    const harness = new CoreHarness({ ports: { min: 50_000, max: 50_099 } });
    const { relay4 } = harness;
    const counts = Array.from({ length: 100 }, () => 0);
    const DRAWS = 100_000;
    for (let i = 0; i < DRAWS; i++) {
      const port = relay4.candidates(0, () => true).next().value ?? 0;
      counts[port - 50_000] = (counts[port - 50_000] ?? 0) + 1;
    }
    const expected = DRAWS / 100;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: above 160 once in ten thousand runs, and this run is always the same.
    expect(chiSquare).toBeLessThan(160);
  });
});
