import { describe, expect, it } from 'vitest';
import { type CoreHarness as Harness, CoreHarness } from '../test/support/turn/core-harness.ts';
import {
  sendIndication,
  addressOf,
  channelData,
  clientMessage,
  readMessage,
  resultOf,
} from '../test/support/turn/turn-message.ts';
import { Counter } from './counters.ts';
import { endpoint } from './endpoint.ts';
import { PeerRules } from './peer-rules.ts';
import { writeAddressFamily } from './stun/address-family.ts';
import { AttributeType } from './stun/attribute-type.ts';
import { writeLifetime } from './stun/lifetime.ts';
import { MessageClass, Method } from './stun/message-type.ts';
import type { StunWriter } from './stun/message-writer.ts';
import { writeXorAddress } from './stun/xor-address.ts';

const PEER = endpoint('8.8.8.8', 4444);
const PEER_OTHER_PORT = endpoint('8.8.8.8', 5555);
const STRANGER = endpoint('9.9.9.9', 4444);
const PEER6 = endpoint('2a00:1450::8', 4444);

function dataOf(message: Buffer): Buffer {
  return Buffer.from(readMessage(message).value(AttributeType.DATA) ?? []);
}

function relaySocket(harness: Harness, port: number): number {
  const socket = harness.io.relaySocket(port);
  if (socket === undefined) throw new Error(`no relay socket on port ${port}`);
  return socket;
}

describe('Binding', () => {
  it('tells a stranger its address in 32 bytes and keeps nothing', () => {
    const client = new CoreHarness().client();
    const answer = client.ask({ method: Method.BINDING });
    expect(answer?.length).toBe(32);
    expect(answer && addressOf(answer, AttributeType.XOR_MAPPED_ADDRESS)).toEqual(client.address);
  });

  it('answers with a fingerprint when the request had one', () => {
    const answer = new CoreHarness().client().ask({ method: Method.BINDING, fingerprint: true });
    expect(answer && readMessage(answer).has(AttributeType.FINGERPRINT)).toBe(true);
  });

  it('answers 420 with the types it does not know', () => {
    const answer = new CoreHarness().client().ask({
      method: Method.BINDING,
      write: (writer) => writer.attribute(0x0003, 4),
    });
    expect(resultOf(answer)).toBe(420);
    expect(answer && readMessage(answer).value(AttributeType.UNKNOWN_ATTRIBUTES)).toEqual(Buffer.from([0, 3]));
  });
});

describe('permissions and data (RFC 8656 §9–§11)', () => {
  it('lets data through both ways for a permitted address, whatever its port, and for no other', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const { port } = client.relayed();
    const socket = relaySocket(harness, port);
    expect(harness.io.receive(socket, Buffer.from('early'), PEER)).toEqual([]);
    expect(client.permit(PEER)).toBe(0);
    for (const peer of [PEER, PEER_OTHER_PORT]) {
      const [indication] = harness.io.receive(socket, Buffer.from('hello'), peer);
      expect(indication?.to).toEqual(client.address);
      expect(indication && dataOf(indication.bytes)).toEqual(Buffer.from('hello'));
      expect(indication && addressOf(indication.bytes, AttributeType.XOR_PEER_ADDRESS)).toEqual(peer);
      expect(indication && readMessage(indication.bytes).has(AttributeType.FINGERPRINT)).toBe(false);
    }
    expect(harness.io.receive(socket, Buffer.from('no'), STRANGER)).toEqual([]);
    const send = (peer: typeof PEER): Buffer[] => client.send(sendIndication(peer, 'out'));
    expect(send(PEER_OTHER_PORT)).toEqual([Buffer.from('out')]);
    expect(harness.io.sent.at(-1)?.socket).toBe(socket);
    expect(harness.io.sent.at(-1)?.to).toEqual(PEER_OTHER_PORT);
    expect(send(STRANGER)).toEqual([]);
    expect(harness.core.counters[Counter.DROPPED_NO_PERMISSION]).toBe(3);
  });

  it('lets permissions run out after 300 seconds although data flows', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    client.permit(PEER);
    for (let i = 0; i < 29; i++) {
      harness.pass(10);
      expect(harness.io.receive(socket, Buffer.from('x'), PEER)).toHaveLength(1);
    }
    harness.pass(11);
    expect(harness.io.receive(socket, Buffer.from('x'), PEER)).toEqual([]);
  });

  it('installs all peers of a CreatePermission or none', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    expect(client.permit(PEER, endpoint('10.0.0.1', 1))).toBe(403);
    expect(harness.io.receive(socket, Buffer.from('x'), PEER)).toEqual([]);
    expect(client.permit(PEER, STRANGER)).toBe(0);
    expect(harness.io.receive(socket, Buffer.from('x'), PEER)).toHaveLength(1);
    expect(harness.io.receive(socket, Buffer.from('x'), STRANGER)).toHaveLength(1);
  });

  it('answers 400 without a peer, 443 to a peer of a family it does not relay', () => {
    const client = new CoreHarness().client();
    client.relayed();
    expect(client.permit()).toBe(400);
    expect(client.permit(PEER6)).toBe(443);
    expect(client.permit(PEER, PEER6)).toBe(443);
  });

  it('answers 437 to any request but Allocate without an allocation', () => {
    const client = new CoreHarness().client();
    expect(client.permit(PEER)).toBe(437);
    expect(client.bind(0x4000, PEER)).toBe(437);
    expect(resultOf(client.request(Method.REFRESH))).toBe(437);
  });

  it('answers 508 past the number of permissions and counts a repeated peer once', () => {
    const client = new CoreHarness({ limits: { permissions: 2 } }).client();
    client.relayed();
    expect(client.permit(PEER, PEER, PEER_OTHER_PORT)).toBe(0);
    expect(client.permit(STRANGER)).toBe(0);
    expect(client.permit(PEER, STRANGER)).toBe(0);
    expect(client.permit(endpoint('7.7.7.7', 1))).toBe(508);
  });

  it('relays over IPv6 in a dual allocation', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed((writer) => writeAddressFamily(writer, AttributeType.ADDITIONAL_ADDRESS_FAMILY, 6));
    expect(client.permit(PEER, PEER6)).toBe(0);
    expect(client.bind(0x4001, PEER6)).toBe(0);
    expect(client.send(channelData(0x4001, Buffer.from('six')))).toEqual([Buffer.from('six')]);
    expect(harness.io.sent.at(-1)?.to).toEqual(PEER6);
  });

  it('drops Send indications that lack data or peer or hold what it does not understand', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed();
    client.permit(PEER);
    const indication = (write: (w: StunWriter) => void): Buffer[] =>
      client.send(clientMessage({ method: Method.SEND, messageClass: MessageClass.INDICATION, write }));
    expect(indication((w) => writeXorAddress(w, AttributeType.XOR_PEER_ADDRESS, PEER))).toEqual([]);
    expect(indication((w) => w.attribute(AttributeType.DATA, 3))).toEqual([]);
    expect(
      indication((w) => {
        writeXorAddress(w, AttributeType.XOR_PEER_ADDRESS, PEER);
        w.attribute(AttributeType.DATA, 3);
        w.attribute(0x7001, 0);
      }),
    ).toEqual([]);
    expect(harness.core.counters[Counter.DROPPED_MALFORMED]).toBe(3);
  });
});

describe('channels (RFC 8656 §12)', () => {
  it('carry data both ways and permit the peer', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    expect(client.bind(0x4000, PEER)).toBe(0);
    expect(client.send(channelData(0x4000, Buffer.from('up')))).toEqual([Buffer.from('up')]);
    expect(harness.io.sent.at(-1)).toMatchObject({ socket, to: PEER });
    const [down] = harness.io.receive(socket, Buffer.from('down'), PEER);
    expect(down?.bytes).toEqual(channelData(0x4000, Buffer.from('down')));
    const [other] = harness.io.receive(socket, Buffer.from('other port'), PEER_OTHER_PORT);
    expect(other && dataOf(other.bytes)).toEqual(Buffer.from('other port'));
  });

  it('live 600 seconds and can be renewed', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed((writer) => writeLifetime(writer, 3600));
    client.bind(0x4000, PEER);
    harness.pass(599);
    expect(client.send(channelData(0x4000, Buffer.from('a')))).toHaveLength(1);
    expect(client.bind(0x4000, PEER)).toBe(0);
    harness.pass(601);
    expect(client.send(channelData(0x4000, Buffer.from('a')))).toEqual([]);
  });

  it('refuse a number or a peer that is bound otherwise, and numbers out of range', () => {
    const client = new CoreHarness().client();
    client.relayed();
    expect(client.bind(0x4000, PEER)).toBe(0);
    expect(client.bind(0x4000, PEER)).toBe(0);
    expect(client.bind(0x4000, STRANGER)).toBe(400);
    expect(client.bind(0x4001, PEER)).toBe(400);
    expect(client.bind(0x4001, PEER_OTHER_PORT)).toBe(0);
    for (const number of [0, 0x3fff, 0x5000, 0x7ffe, 0xffff]) expect(client.bind(number, STRANGER)).toBe(400);
    expect(client.bind(0x4fff, STRANGER)).toBe(0);
    expect(client.bind(0x4002, endpoint('8.8.4.4', 0))).toBe(400);
  });

  it('take the numbers of RFC 5766 when told to', () => {
    const client = new CoreHarness({ limits: { lastChannel: 0x7ffe } }).client();
    client.relayed();
    expect(client.bind(0x7ffe, PEER)).toBe(0);
    expect(client.send(channelData(0x7ffe, Buffer.from('a')))).toEqual([Buffer.from('a')]);
  });

  it('answer 443 to a peer of another family, 403 to a denied one, 508 past their number', () => {
    const client = new CoreHarness({ limits: { channels: 1 } }).client();
    client.relayed();
    expect(client.bind(0x4000, PEER6)).toBe(443);
    expect(client.bind(0x4000, endpoint('192.168.1.1', 9))).toBe(403);
    expect(client.bind(0x4000, PEER)).toBe(0);
    expect(client.bind(0x4001, STRANGER)).toBe(508);
  });

  it('drop a number that is not bound', () => {
    const client = new CoreHarness().client();
    client.relayed();
    expect(client.send(channelData(0x4000, Buffer.from('a')))).toEqual([]);
  });
});

describe('two clients of this relay', () => {
  it('reach each other inside the process, each seeing the relayed address of the other', () => {
    const harness = new CoreHarness({ externalIpv4: '198.18.7.7' });
    const alice = harness.client('203.0.113.5');
    const bob = harness.client('203.0.113.6');
    const aliceRelay = alice.relayed();
    const bobRelay = bob.relayed();
    expect(alice.bind(0x4000, bobRelay)).toBe(0);
    expect(alice.send(channelData(0x4000, Buffer.from('not yet')))).toEqual([]);
    expect(bob.permit(aliceRelay)).toBe(0);
    alice.send(channelData(0x4000, Buffer.from('hi')));
    const arrived = harness.io.sent.at(-1);
    expect(arrived?.to).toEqual(bob.address);
    expect(arrived && dataOf(arrived.bytes)).toEqual(Buffer.from('hi'));
    expect(arrived && addressOf(arrived.bytes, AttributeType.XOR_PEER_ADDRESS)).toEqual(aliceRelay);
    expect(bob.bind(0x4abc, aliceRelay)).toBe(0);
    alice.send(channelData(0x4000, Buffer.from('again')));
    expect(harness.io.sent.at(-1)?.bytes).toEqual(channelData(0x4abc, Buffer.from('again')));
    expect(harness.core.counters[Counter.HAIRPIN_PACKETS]).toBe(3);
  });

  it('cannot reach a port of this host that no allocation holds', () => {
    const harness = new CoreHarness();
    const alice = harness.client();
    const relayed = alice.relayed();
    const free = endpoint('198.18.0.1', relayed.port === 50_000 ? 50_001 : relayed.port - 1);
    expect(alice.bind(0x4000, free)).toBe(403);
    expect(alice.bind(0x4000, endpoint('198.18.0.1', 3478))).toBe(403);
  });

  it('lose each other when one allocation ends', () => {
    const harness = new CoreHarness();
    const alice = harness.client('203.0.113.5');
    const bob = harness.client('203.0.113.6');
    alice.relayed();
    expect(alice.bind(0x4000, bob.relayed())).toBe(0);
    bob.request(Method.REFRESH, (writer) => writeLifetime(writer, 0));
    expect(alice.send(channelData(0x4000, Buffer.from('hi')))).toEqual([]);
    expect(harness.core.counters[Counter.DROPPED_NO_ALLOCATION]).toBe(1);
  });
});

describe('a bridge on this host', () => {
  const BRIDGE = { addresses: [endpoint('198.18.0.1', 0)], ports: [10_000] };

  it('is reached on exactly the pairs it announces', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    const bridge = endpoint('198.18.0.1', 10_000);
    expect(client.bind(0x4000, bridge)).toBe(403);
    harness.core.setAnnounced([BRIDGE]);
    expect(client.bind(0x4000, bridge)).toBe(0);
    expect(client.permit(bridge)).toBe(0);
    expect(client.bind(0x4001, endpoint('198.18.0.1', 10_001))).toBe(403);
    expect(client.send(channelData(0x4000, Buffer.from('up')))).toEqual([Buffer.from('up')]);
    expect(harness.io.receive(socket, Buffer.from('down'), bridge)).toHaveLength(1);
    expect(harness.io.receive(socket, Buffer.from('down'), endpoint('198.18.0.1', 22))).toEqual([]);
  });

  it('is no peer any more once it is gone', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    harness.core.setAnnounced([BRIDGE]);
    const bridge = endpoint('198.18.0.1', 10_000);
    client.bind(0x4000, bridge);
    harness.core.setAnnounced([]);
    expect(client.send(channelData(0x4000, Buffer.from('up')))).toEqual([]);
    expect(harness.io.receive(socket, Buffer.from('down'), bridge)).toEqual([]);
  });

  it('is known by the public address it announces while packets go to the private one', () => {
    const harness = new CoreHarness({ externalIpv4: '198.18.7.7' });
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    harness.core.setAnnounced([{ addresses: [endpoint('198.18.7.7', 0)], ports: [10_000] }]);
    const announced = endpoint('198.18.7.7', 10_000);
    const local = endpoint('198.18.0.1', 10_000);
    expect(client.permit(announced)).toBe(0);
    const [indication] = harness.io.receive(socket, Buffer.from('down'), local);
    expect(indication && addressOf(indication.bytes, AttributeType.XOR_PEER_ADDRESS)).toEqual(announced);
    expect(client.bind(0x4000, announced)).toBe(0);
    client.send(channelData(0x4000, Buffer.from('up')));
    expect(harness.io.sent.at(-1)?.to).toEqual(local);
  });
});

describe('packet translation (RFC 8656 §13–§16)', () => {
  it('takes one hop and drops a packet whose hops are used up', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    client.bind(0x4000, PEER);
    const [sent] = harness.io.receive(socket, Buffer.from('x'), PEER, { hopLimit: 57 });
    expect(sent?.options.hopLimit).toBe(56);
    expect(harness.io.receive(socket, Buffer.from('x'), PEER, { hopLimit: 1 })).toEqual([]);
    expect(harness.core.counters[Counter.DROPPED_HOP_LIMIT]).toBe(1);
  });

  it('reports ICMP errors to the client when the peer is permitted, and only then', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    const unreachable = (1 << 16) | (3 << 8) | 1;
    expect(harness.io.receive(socket, Buffer.alloc(0), PEER, { icmp: unreachable })).toEqual([]);
    client.permit(PEER);
    const [indication] = harness.io.receive(socket, Buffer.alloc(0), PEER, { icmp: unreachable });
    expect(indication && readMessage(indication.bytes).value(AttributeType.ICMP)).toEqual(
      Buffer.from([0, 0, 3, 1, 0, 0, 0, 0]),
    );
    expect(indication && readMessage(indication.bytes).has(AttributeType.DATA)).toBe(false);
  });

  it('drops a Send indication with DONT-FRAGMENT where the back end cannot set it', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed();
    client.permit(PEER);
    client.send(sendIndication(PEER, 'out', (writer) => writer.attribute(AttributeType.DONT_FRAGMENT, 0)));
    expect(harness.core.counters[Counter.DROPPED_MALFORMED]).toBe(1);
  });
});

describe('bandwidth', () => {
  it('is limited per allocation and direction by dropping', () => {
    const harness = new CoreHarness({ limits: { maxBitrateBps: 8000 } });
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    client.bind(0x4000, PEER);
    const up = (): number => client.send(channelData(0x4000, Buffer.alloc(600))).length;
    expect([up(), up()]).toEqual([1, 0]);
    expect(harness.io.receive(socket, Buffer.alloc(600), PEER)).toHaveLength(1);
    harness.pass(1);
    expect(up()).toBe(1);
    expect(harness.core.counters[Counter.DROPPED_BANDWIDTH]).toBe(1);
  });

  it('is limited in total', () => {
    const harness = new CoreHarness({ settings: { totalBitrateBps: 8000 } });
    const clients = [harness.client('203.0.113.5'), harness.client('203.0.113.6')];
    const sent = clients.map((client) => {
      client.relayed();
      client.bind(0x4000, PEER);
      return client.send(channelData(0x4000, Buffer.alloc(600))).length;
    });
    expect(sent).toEqual([1, 0]);
  });
});

describe('a reload', () => {
  it('that narrows the peer rules ends what they no longer allow', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const socket = relaySocket(harness, client.relayed().port);
    client.bind(0x4000, PEER);
    client.permit(STRANGER);
    const deny = { ...endpoint('8.0.0.0', 0), prefixBits: 8, minPort: 1, maxPort: 65_535 };
    harness.core.setRules(new PeerRules({ allow: [], only: [], own: [], deny: [deny] }));
    expect(client.send(channelData(0x4000, Buffer.from('x')))).toEqual([]);
    expect(harness.io.receive(socket, Buffer.from('x'), PEER)).toEqual([]);
    expect(harness.io.receive(socket, Buffer.from('x'), STRANGER)).toHaveLength(1);
  });
});
