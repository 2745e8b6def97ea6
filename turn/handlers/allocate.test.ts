import { describe, expect, it } from 'vitest';
import {
  type CoreHarness as Harness,
  CoreHarness,
  restCredential,
  START_SECONDS,
} from '../../test/support/turn/core-harness.ts';
import { addressOf, clientMessage, readMessage, resultOf } from '../../test/support/turn/turn-message.ts';
import { endpoint } from '../endpoint.ts';
import { writeAddressFamily } from '../stun/address-family.ts';
import { AttributeType } from '../stun/attribute-type.ts';
import { writeEvenPort } from '../stun/even-port.ts';
import { readLifetime, writeLifetime } from '../stun/lifetime.ts';
import { Method } from '../stun/message-type.ts';
import type { StunWriter } from '../stun/message-writer.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from '../stun/requested-transport.ts';

const PEER = endpoint('8.8.8.8', 4444);

function lifetimeOf(answer: Buffer | undefined): number | undefined {
  return answer && readLifetime(readMessage(answer));
}

function relaySocket(harness: Harness, port: number): number {
  const socket = harness.io.relaySocket(port);
  if (socket === undefined) throw new Error(`no relay socket on port ${port}`);
  return socket;
}

describe('Allocate (RFC 8656 §7.2)', () => {
  it('challenges, then gives a relayed address in the range with an open socket behind it', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const answer = client.allocate();
    expect(resultOf(answer)).toBe(0);
    const relayed = answer && addressOf(answer, AttributeType.XOR_RELAYED_ADDRESS);
    expect(relayed?.port).toBeGreaterThanOrEqual(50_000);
    expect(relayed?.port).toBeLessThanOrEqual(50_999);
    expect(relaySocket(harness, relayed?.port ?? 0)).toBeGreaterThan(0);
    expect(answer && addressOf(answer, AttributeType.XOR_MAPPED_ADDRESS)).toEqual(client.address);
    expect(lifetimeOf(answer)).toBe(600);
  });

  it('gives the same answer to a retransmission and makes no second allocation', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.challenge();
    const request = clientMessage({
      method: Method.ALLOCATE,
      credential: client.credential,
      write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP),
    });
    const [first] = client.send(request);
    const [second] = client.send(request);
    expect(second).toEqual(first);
    expect(harness.core.allocations.size).toBe(1);
  });

  it('answers 437 to another Allocate on the same five-tuple', () => {
    const client = new CoreHarness().client();
    client.relayed();
    expect(resultOf(client.allocate())).toBe(437);
  });

  it('answers 400 without REQUESTED-TRANSPORT and 442 to TCP', () => {
    const client = new CoreHarness().client();
    expect(resultOf(client.request(Method.ALLOCATE))).toBe(400);
    expect(resultOf(client.request(Method.ALLOCATE, (writer) => writeRequestedTransport(writer, 6)))).toBe(442);
  });

  it('answers 420 to DONT-FRAGMENT when the back end cannot set it', () => {
    const client = new CoreHarness().client();
    expect(resultOf(client.allocate((writer) => writer.attribute(AttributeType.DONT_FRAGMENT, 0)))).toBe(420);
  });

  it.each([
    [undefined, 600],
    [1, 600],
    [1200, 1200],
    [0xffff_ffff, 3600],
  ])('grants for LIFETIME %s a lifetime of %s seconds', (asked, granted) => {
    const answer = new CoreHarness().client().allocate((writer) => asked !== undefined && writeLifetime(writer, asked));
    expect(lifetimeOf(answer)).toBe(granted);
  });

  it('gives IPv4 unless IPv6 is asked for, also to a client that connects over IPv6', () => {
    const harness = new CoreHarness();
    expect(harness.client('2a00::1').relayed().family).toBe(4);
    const answer = harness
      .client()
      .allocate((writer) => writeAddressFamily(writer, AttributeType.REQUESTED_ADDRESS_FAMILY, 6));
    expect(answer && addressOf(answer, AttributeType.XOR_RELAYED_ADDRESS)?.family).toBe(6);
  });

  it('answers 440 to a family that is none', () => {
    const answer = new CoreHarness().client().allocate((writer) => {
      writer.bytes[writer.attribute(AttributeType.REQUESTED_ADDRESS_FAMILY, 4)] = 9;
    });
    expect(resultOf(answer)).toBe(440);
  });

  it('gives two relayed addresses when IPv6 is asked for in addition', () => {
    const harness = new CoreHarness();
    const answer = harness
      .client()
      .allocate((writer) => writeAddressFamily(writer, AttributeType.ADDITIONAL_ADDRESS_FAMILY, 6));
    const message = readMessage(answer ?? Buffer.alloc(0));
    expect([...message.occurrences(AttributeType.XOR_RELAYED_ADDRESS)]).toHaveLength(2);
    expect(harness.core.allocations.size).toBe(1);
  });

  it('says in a success that the additional family could not be had', () => {
    const harness = new CoreHarness({ ports: { min: 50_000, max: 50_000 } });
    const first = harness.client();
    first.relayed((writer) => writeAddressFamily(writer, AttributeType.REQUESTED_ADDRESS_FAMILY, 6));
    const answer = harness
      .client('203.0.113.6')
      .allocate((writer) => writeAddressFamily(writer, AttributeType.ADDITIONAL_ADDRESS_FAMILY, 6));
    expect(resultOf(answer)).toBe(0);
    const code = answer && readMessage(answer).value(AttributeType.ADDRESS_ERROR_CODE);
    expect(code).toEqual(Buffer.from([2, 0, 5, 8]));
  });

  it.each([
    [
      'IPv4 as the additional family',
      (w: StunWriter) => writeAddressFamily(w, AttributeType.ADDITIONAL_ADDRESS_FAMILY, 4),
    ],
    [
      'both family attributes',
      (w: StunWriter) => {
        writeAddressFamily(w, AttributeType.ADDITIONAL_ADDRESS_FAMILY, 6);
        writeAddressFamily(w, AttributeType.REQUESTED_ADDRESS_FAMILY, 6);
      },
    ],
    [
      'a reservation beside two families',
      (w: StunWriter) => {
        writeAddressFamily(w, AttributeType.ADDITIONAL_ADDRESS_FAMILY, 6);
        writeEvenPort(w, true);
      },
    ],
    [
      'EVEN-PORT with a token',
      (w: StunWriter) => {
        w.attribute(AttributeType.RESERVATION_TOKEN, 8);
        writeEvenPort(w, false);
      },
    ],
    [
      'a family with a token',
      (w: StunWriter) => {
        w.attribute(AttributeType.RESERVATION_TOKEN, 8);
        writeAddressFamily(w, AttributeType.REQUESTED_ADDRESS_FAMILY, 4);
      },
    ],
    [
      'a LIFETIME of two bytes',
      (w: StunWriter): void => {
        w.attribute(AttributeType.LIFETIME, 2);
      },
    ],
  ])('answers 400 to %s and opens nothing', (_name, write) => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.challenge();
    const before = harness.io.openSockets.size;
    expect(resultOf(client.allocate(write))).toBe(400);
    expect(harness.io.openSockets.size).toBe(before);
    expect(harness.core.allocations.size).toBe(0);
  });

  it('gives an even port, and the next one to whoever shows the token', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const answer = client.allocate((writer) => writeEvenPort(writer, true));
    const even = answer && addressOf(answer, AttributeType.XOR_RELAYED_ADDRESS)?.port;
    expect((even ?? 1) % 2).toBe(0);
    const token = readMessage(answer ?? Buffer.alloc(0)).value(AttributeType.RESERVATION_TOKEN);
    expect(token?.length).toBe(8);
    const other = harness.client('203.0.113.5', 40_001);
    const claimed = other.relayed((writer) =>
      writer.attributeBytes(AttributeType.RESERVATION_TOKEN, token ?? Buffer.alloc(0)),
    );
    expect(claimed.port).toBe((even ?? 0) + 1);
  });

  it('answers 508 to a token that is unknown, expired, or of another user', () => {
    const harness = new CoreHarness();
    const answer = harness.client().allocate((writer) => writeEvenPort(writer, true));
    const token = readMessage(answer ?? Buffer.alloc(0)).value(AttributeType.RESERVATION_TOKEN) ?? Buffer.alloc(8);
    const show = (bytes: Uint8Array, subject: string, port: number): number | undefined => {
      const client = harness.client('203.0.113.5', port);
      client.credential = restCredential(subject);
      return resultOf(client.allocate((writer) => writer.attributeBytes(AttributeType.RESERVATION_TOKEN, bytes)));
    };
    expect(show(Buffer.alloc(8), 'alice', 40_001)).toBe(508);
    expect(show(token, 'bob', 40_002)).toBe(508);
    harness.pass(31);
    expect(show(token, 'alice', 40_003)).toBe(508);
  });

  it('keeps no port for EVEN-PORT with R clear, and none after the allocation is gone', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed((writer) => writeEvenPort(writer, false));
    expect(harness.relay4.portsInUse).toBe(1);
    const other = harness.client('203.0.113.7');
    other.relayed((writer) => writeEvenPort(writer, true));
    expect(harness.relay4.portsInUse).toBe(3);
    other.request(Method.REFRESH, (writer) => writeLifetime(writer, 0));
    expect(harness.relay4.portsInUse).toBe(1);
  });

  it('answers 486 past the quota of a user however the requests come', () => {
    const harness = new CoreHarness({ settings: { quotas: { allocationsPerUser: 2, allocationsPerAddress: 100 } } });
    const results = [1, 2, 3].map((i) => resultOf(harness.client('203.0.113.5', 40_000 + i).allocate()));
    expect(results).toEqual([0, 0, 486]);
    const later = harness.client('203.0.113.5', 50_000);
    later.credential = restCredential('alice', START_SECONDS + 7200);
    expect(resultOf(later.allocate())).toBe(486);
    const someoneElse = harness.client('203.0.113.5', 50_001);
    someoneElse.credential = restCredential('bob');
    expect(resultOf(someoneElse.allocate())).toBe(0);
  });

  it('gives the quota back when an allocation ends', () => {
    const harness = new CoreHarness({ settings: { quotas: { allocationsPerUser: 1, allocationsPerAddress: 100 } } });
    const client = harness.client();
    for (let i = 0; i < 5; i++) {
      expect(resultOf(client.allocate())).toBe(0);
      expect(resultOf(harness.client('203.0.113.5', 41_000).allocate())).toBe(486);
      expect(resultOf(client.request(Method.REFRESH, (writer) => writeLifetime(writer, 0)))).toBe(0);
    }
  });

  it('answers 486 past the quota of an address', () => {
    const harness = new CoreHarness({ settings: { quotas: { allocationsPerUser: 9, allocationsPerAddress: 1 } } });
    harness.client().relayed();
    const other = harness.client('203.0.113.5', 40_001);
    other.credential = restCredential('bob');
    expect(resultOf(other.allocate())).toBe(486);
  });

  it('answers 508 when ports run out, when there are too many, and while draining', () => {
    const small = new CoreHarness({ ports: { min: 50_000, max: 50_000 } });
    small.client().relayed();
    expect(resultOf(small.client('203.0.113.6').allocate())).toBe(508);
    const limited = new CoreHarness({ limits: { allocations: 1 } });
    limited.client().relayed();
    expect(resultOf(limited.client('203.0.113.6').allocate())).toBe(508);
    const draining = new CoreHarness();
    const running = draining.client();
    running.relayed();
    draining.core.drain();
    expect(resultOf(draining.client('203.0.113.6').allocate())).toBe(508);
    expect(resultOf(running.request(Method.REFRESH))).toBe(0);
  });

  it('gives the quota back when no port is free', () => {
    const harness = new CoreHarness({
      ports: { min: 50_000, max: 50_000 },
      settings: { quotas: { allocationsPerUser: 2, allocationsPerAddress: 100 } },
    });
    harness.client().relayed();
    for (let i = 0; i < 5; i++) expect(resultOf(harness.client('203.0.113.5', 40_001).allocate())).toBe(508);
  });

  it('skips ports that something else holds', () => {
    const harness = new CoreHarness({ ports: { min: 50_000, max: 50_003 } });
    for (const port of [50_000, 50_001, 50_002]) harness.io.takenPorts.add(port);
    expect(harness.client().relayed().port).toBe(50_003);
  });

  it('does not give a port again for two minutes', () => {
    const harness = new CoreHarness({ ports: { min: 50_000, max: 50_000 } });
    const client = harness.client();
    client.relayed();
    client.request(Method.REFRESH, (writer) => writeLifetime(writer, 0));
    expect(resultOf(client.allocate())).toBe(508);
    harness.pass(121);
    expect(resultOf(client.allocate())).toBe(0);
  });

  it('tells clients the external address while sockets are bound to the local one', () => {
    const harness = new CoreHarness({ externalIpv4: '198.18.7.7' });
    const relayed = harness.client().relayed();
    expect(relayed).toEqual(endpoint('198.18.7.7', relayed.port));
  });
});

describe('Refresh (RFC 8656 §8.2)', () => {
  it('prolongs, and the allocation ends when nobody refreshes', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed();
    harness.pass(590);
    expect(lifetimeOf(client.request(Method.REFRESH))).toBe(600);
    harness.pass(590);
    expect(harness.core.allocations.size).toBe(1);
    harness.pass(11);
    expect(harness.ended.map(({ reason }) => reason)).toEqual(['expired']);
    expect(harness.relay4.portsInUse).toBe(0);
  });

  it('ends the allocation and closes its socket at once for a lifetime of zero', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const { port } = client.relayed();
    expect(lifetimeOf(client.request(Method.REFRESH, (writer) => writeLifetime(writer, 0)))).toBe(0);
    expect(harness.io.relaySocket(port)).toBeUndefined();
    expect(resultOf(client.request(Method.REFRESH))).toBe(437);
  });

  it('ends one family of a dual allocation and answers 443 for a family there is not', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed((writer) => writeAddressFamily(writer, AttributeType.ADDITIONAL_ADDRESS_FAMILY, 6));
    const endFamily = (family: 4 | 6): number | undefined =>
      resultOf(
        client.request(Method.REFRESH, (writer) => {
          writeLifetime(writer, 0);
          writeAddressFamily(writer, AttributeType.REQUESTED_ADDRESS_FAMILY, family);
        }),
      );
    expect(endFamily(6)).toBe(0);
    expect(endFamily(6)).toBe(443);
    expect(harness.core.allocations.size).toBe(1);
    expect(endFamily(4)).toBe(0);
    expect(harness.core.allocations.size).toBe(0);
  });

  it('answers 441 to another user on the same five-tuple', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed();
    client.credential = { ...client.credential, ...restCredential('mallory') };
    expect(resultOf(client.request(Method.REFRESH))).toBe(441);
    expect(client.permit(PEER)).toBe(441);
  });
});
