import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { endpoint } from '../../../turn/endpoint.ts';
import { writeAddressFamily } from '../../../turn/stun/address-family.ts';
import { AttributeType } from '../../../turn/stun/attribute-type.ts';
import { writeLifetime } from '../../../turn/stun/lifetime.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import { SocketClient, UdpPeer } from '../../support/turn/socket-client.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { sendIndication, channelData, clientMessage, readMessage, resultOf } from '../../support/turn/turn-message.ts';
import { startTurnService, type TurnService, type TurnServiceOptions } from '../../support/turn/turn-service.ts';

type Io = 'native' | 'dgram';

function start(io: Io, config: TurnServiceOptions['config'] = {}): Promise<TurnService> {
  return startTurnService({
    tls: certificate(),
    config: {
      io,
      relayAddresses: ['127.0.0.1', '::1'],
      peers: { allow: ['127.0.0.1/32', '::1/128'], deny: [], only: [] },
      ...config,
    },
  });
}

function isChannelData(message: Buffer): boolean {
  return (message[0] ?? 0) >= 0x40;
}

/** Numbered, and now and then shorter than its neighbours. */
function datagram(i: number): Buffer {
  const data = Buffer.alloc(i % 7 === 0 ? 100 : 200, i);
  data.writeUInt16BE(i);
  return data;
}

describe.each<Io>(['native', 'dgram'])('the relay over %s', (io) => {
  it.each(['udp', 'tcp', 'tls', 'tls on the plain port'])(
    'carries data both ways for a client on %s',
    async (transport) => {
      await using service = await start(io);
      await using peer = await UdpPeer.open();
      const port = transport === 'tls' ? (service.tlsPort ?? 0) : service.port;
      await using client =
        transport === 'udp'
          ? await SocketClient.udp(port)
          : await SocketClient.stream(port, { tls: transport.startsWith('tls') });
      const relayed = await client.allocate();
      expect(await client.bind(0x4000, peer.address)).toBe(0);
      for (const size of [0, 1, 2, 3, 4, 170, 171, 1200, 1472, 8000]) {
        const data = randomBytes(size);
        client.sendChannelData(0x4000, data);
        expect(await peer.inbox.take(`${size} bytes at the peer`)).toEqual(data);
        peer.send(data, relayed);
        expect(await client.inbox.take(`${size} bytes at the client`)).toEqual(channelData(0x4000, data));
      }
    },
  );

  it('keeps order and loses nothing of bursts of equal and unequal size to several peers', async () => {
    await using service = await start(io);
    await using client = await SocketClient.udp(service.port);
    await using first = await UdpPeer.open();
    await using second = await UdpPeer.open();
    const relayed = await client.allocate();
    const peers = [first, second];
    for (const [i, peer] of peers.entries()) expect(await client.bind(0x4000 + i, peer.address)).toBe(0);
    const COUNT = 200;
    for (let i = 0; i < COUNT; i++) client.sendChannelData(0x4000 + (i % 2), datagram(i));
    for (let i = 0; i < COUNT; i++) {
      expect(await peers[i % 2]?.inbox.take(`datagram ${i} at its peer`)).toEqual(datagram(i));
    }
    for (let i = 0; i < COUNT; i++) peers[i % 2]?.send(datagram(i), relayed);
    for (const parity of [0, 1]) {
      for (let i = parity; i < COUNT; i += 2) {
        const channel = 0x4000 + parity;
        const message = await client.inbox.take(`datagram ${i} at the client`, (m) => m.readUInt16BE() === channel);
        expect(message).toEqual(channelData(channel, datagram(i)));
      }
    }
  });

  it('relays over IPv6, and both families of a dual allocation', async () => {
    await using service = await start(io);
    await using client = await SocketClient.udp(service.port, '::1');
    await using peer4 = await UdpPeer.open();
    await using peer6 = await UdpPeer.open('::1');
    await client.allocate((writer) => writeAddressFamily(writer, AttributeType.ADDITIONAL_ADDRESS_FAMILY, 6));
    expect(await client.bind(0x4000, peer4.address)).toBe(0);
    expect(await client.bind(0x4001, peer6.address)).toBe(0);
    client.sendChannelData(0x4000, Buffer.from('four'));
    client.sendChannelData(0x4001, Buffer.from('six'));
    expect(await peer4.inbox.take('data over IPv4')).toEqual(Buffer.from('four'));
    expect(await peer6.inbox.take('data over IPv6')).toEqual(Buffer.from('six'));
  });

  it('connects two clients of its own on different transports', async () => {
    await using service = await start(io);
    await using alice = await SocketClient.udp(service.port);
    await using bob = await SocketClient.stream(service.tlsPort ?? 0, { tls: true });
    const aliceRelay = await alice.allocate();
    const bobRelay = await bob.allocate();
    expect(await alice.bind(0x4000, bobRelay)).toBe(0);
    expect(await bob.bind(0x4001, aliceRelay)).toBe(0);
    alice.sendChannelData(0x4000, Buffer.from('hello bob'));
    expect(await bob.inbox.take('hello bob', isChannelData)).toEqual(channelData(0x4001, Buffer.from('hello bob')));
    bob.sendChannelData(0x4001, Buffer.from('hello alice'));
    expect(await alice.inbox.take('hello alice', isChannelData)).toEqual(
      channelData(0x4000, Buffer.from('hello alice')),
    );
  });

  it('keeps STUN answers apart from the media of the same wake-up', async () => {
    await using service = await start(io);
    await using client = await SocketClient.udp(service.port);
    await using peer = await UdpPeer.open();
    await client.allocate();
    expect(await client.bind(0x4000, peer.address)).toBe(0);
    const answers: Promise<Buffer>[] = [];
    for (let i = 0; i < 20; i++) {
      client.sendChannelData(0x4000, Buffer.from([i]));
      answers.push(client.ask(clientMessage({ method: Method.BINDING })));
    }
    for (const answer of answers) expect(resultOf(await answer)).toBe(0);
    for (let i = 0; i < 20; i++) expect(await peer.inbox.take(`datagram ${i}`)).toEqual(Buffer.from([i]));
  });

  it('closes the relay socket with the allocation', async () => {
    await using service = await start(io);
    await using client = await SocketClient.udp(service.port);
    const { port } = await client.allocate();
    await client.request(Method.REFRESH, (writer) => writeLifetime(writer, 0));
    await using again = await UdpPeer.open();
    expect(again.address.port).not.toBe(port);
    expect(service.server.allocations).toBe(0);
  });

  it('answers 420 to DONT-FRAGMENT unless the back end can set it', async () => {
    await using service = await start(io);
    await using client = await SocketClient.udp(service.port);
    const answer = await client.request(Method.ALLOCATE, (writer) => {
      writer.attributeBytes(AttributeType.REQUESTED_TRANSPORT, Buffer.from([17, 0, 0, 0]));
      writer.attribute(AttributeType.DONT_FRAGMENT, 0);
    });
    expect(resultOf(answer)).toBe(io === 'native' ? 0 : 420);
  });
});

describe('the native back end alone', () => {
  it('tells the client of an ICMP error about a permitted peer (RFC 8656 §11.5)', async () => {
    await using service = await start('native');
    await using client = await SocketClient.udp(service.port);
    await client.allocate();
    const peer = await UdpPeer.open();
    const gone = peer.address;
    await peer[Symbol.asyncDispose]();
    expect(await client.permit(gone)).toBe(0);
    client.send(sendIndication(gone, 'anyone?'));
    const indication = await client.inbox.take('an indication of the ICMP error');
    // Destination unreachable, port unreachable (RFC 792).
    expect(readMessage(indication).value(AttributeType.ICMP)).toEqual(Buffer.from([0, 0, 3, 3, 0, 0, 0, 0]));
  });
});

describe('the service', () => {
  it('refuses new allocations while it drains and lets running ones go on until they end', async () => {
    const service = await start('dgram', { drainSeconds: 30 });
    await using client = await SocketClient.udp(service.port);
    await using late = await SocketClient.udp(service.port);
    await using peer = await UdpPeer.open();
    await client.allocate();
    expect(await client.bind(0x4000, peer.address)).toBe(0);
    const stopped = service.server.stop();
    await expect(late.allocate()).rejects.toThrow('508');
    client.sendChannelData(0x4000, Buffer.from('still here'));
    expect(await peer.inbox.take('media while draining')).toEqual(Buffer.from('still here'));
    await client.request(Method.REFRESH, (writer) => writeLifetime(writer, 0));
    await stopped;
    await service[Symbol.asyncDispose]();
  });

  it('opens the address and port pairs that an sfu announces on the bus, for as long as it lives', async () => {
    await using service = await start('dgram', { peers: { allow: [], deny: [], only: [] } });
    await using client = await SocketClient.udp(service.port);
    await using bridge = await UdpPeer.open();
    await client.allocate();
    expect(await client.bind(0x4000, bridge.address)).toBe(403);
    const lease = await service.context.bus.claim('sfu/one', {
      id: 'one',
      load: 0,
      addresses: ['127.0.0.1'],
      ports: [bridge.address.port],
      rolePort: 9,
    });
    await expect.poll(() => client.bind(0x4000, bridge.address)).toBe(0);
    client.sendChannelData(0x4000, Buffer.from('media'));
    expect(await bridge.inbox.take('media at the bridge')).toEqual(Buffer.from('media'));
    lease?.release();
    await expect.poll(() => client.bind(0x4001, endpoint('127.0.0.1', bridge.address.port))).toBe(403);
  });

  it('counts what it does without naming anyone', async () => {
    await using service = await start('dgram');
    await using client = await SocketClient.udp(service.port);
    await client.allocate();
    const metrics = await service.context.metrics.metrics();
    expect(metrics).toContain('parley_turn_allocations 1');
    expect(metrics).toContain('parley_turn_allocate_answers_total{code="0",transport="udp",family="ipv4"} 1');
    expect(metrics).toContain('parley_turn_auth_failures_total{reason="no-credentials"} 1');
    expect(metrics).toMatch(/parley_turn_tls_cert_expiry_seconds \d+/);
    expect(metrics).not.toContain('127.0.0.1');
    expect(metrics).not.toContain('tester');
  });
});
