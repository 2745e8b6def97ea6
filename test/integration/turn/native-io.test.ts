import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endpoint } from '../../../turn/endpoint.ts';
import { Received, RECEIVED_STRIDE } from '../../../turn/io/datagram-io.ts';
import { loadAddon, NativeIo } from '../../../turn/io/native-io.ts';

const record = join(import.meta.dirname, '../../../node_modules/.parley/turn-addon-path');
/** Linux's default, which loopback packets arrive with. */
const DEFAULT_HOP_LIMIT = 64;

interface Header {
  text: string;
  trafficClass: number;
  hopLimit: number;
}

let io: NativeIo;
let arrived: Header[];

beforeEach(() => {
  io = new NativeIo(loadAddon(readFileSync(record, 'utf8').trim()));
  arrived = [];
  io.onReceived = (count) => {
    for (let i = 0; i < count; i++) {
      const field = (name: number): number => io.received[i * RECEIVED_STRIDE + name] ?? 0;
      const offset = field(Received.OFFSET);
      arrived.push({
        text: Buffer.from(io.slab.subarray(offset, offset + field(Received.LENGTH))).toString(),
        trafficClass: field(Received.TRAFFIC_CLASS),
        hopLimit: field(Received.HOP_LIMIT),
      });
    }
  };
});

afterEach(() => io.stop());

function open(host: string, kind: 'listener' | 'relay'): number {
  const socket = io.open({ address: endpoint(host, 0), port: 0, kind, sharesPort: false });
  expect(socket).toBeGreaterThanOrEqual(0);
  return socket;
}

describe.each(['127.0.0.1', '::1'])('the IP header of datagrams to %s (RFC 8656 §13)', (host) => {
  it.each(['relay', 'listener'] as const)('is what was asked for each of them, out of a %s socket', async (kind) => {
    const from = open(host, kind);
    const to = endpoint(host, io.portOf(open(host, 'listener')));
    // Equal, other and default headers, within one flush and over several; 0 stands for the system's default.
    const flushes: [trafficClass: number, hopLimit: number][][] = [
      [[0, 0]],
      [[0, 63]],
      [
        [0, 63],
        [0xb8, 63],
        [0, 0],
        [0xb9, 12],
      ],
      [
        [0xb8, 20],
        [0, 20],
      ],
      [[0, 0]],
    ];
    const expected: Header[] = [];
    for (const [round, flush] of flushes.entries()) {
      for (const [i, [trafficClass, hopLimit]] of flush.entries()) {
        const text = `${round}.${i}`;
        const offset = io.stage(text.length);
        io.slab.write(text, offset);
        io.send(from, offset, text.length, to, { trafficClass, hopLimit, dontFragment: false });
        expected.push({ text, trafficClass, hopLimit: hopLimit === 0 ? DEFAULT_HOP_LIMIT : hopLimit });
      }
      io.flush();
    }
    await expect.poll(() => arrived, { message: 'every datagram with its header' }).toEqual(expected);
  });
});
