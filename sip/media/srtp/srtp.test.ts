import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpHeader, SrtcpSession, SrtpSession } from 'werift';
import { DecodeError } from '../decode-error.ts';
import { encodeRtp } from '../rtp/packet.ts';
import { encodeRtcp } from '../rtp/rtcp.ts';
import { applyCipher } from './packet-cipher.ts';
import { ReplayWindow } from './replay-window.ts';
import { deriveKeys, MASTER_BYTES } from './session-keys.ts';
import { SrtpReceiver } from './srtp-receiver.ts';
import { SrtpSender } from './srtp-sender.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** RFC 3711 B.3. */
const MASTER = hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6');

function packet(sequenceNumber: number, payload: Uint8Array = Buffer.from('sound'), ssrc = 7): Buffer {
  const numbers = { sequenceNumber: sequenceNumber & 0xffff, timestamp: (160 * sequenceNumber) >>> 0, ssrc };
  return encodeRtp({ payloadType: 0, isMarked: false, ...numbers, extension: undefined, payload });
}

describe('the vectors of RFC 3711', () => {
  it('B.2: the key stream', () => {
    const keys = {
      cipher: hex('2B7E151628AED2A6ABF7158809CF4F3C'),
      salt: hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'),
      authentication: Buffer.alloc(20),
    };
    expect(applyCipher(keys, 0, 0, Buffer.alloc(32))).toEqual(
      hex('E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB'),
    );
  });

  it('B.3: the keys', () => {
    const { rtp } = deriveKeys(MASTER);
    expect(rtp.cipher).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'));
    expect(rtp.salt).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'));
    expect(rtp.authentication).toEqual(hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
    expect(() => deriveKeys(MASTER.subarray(1))).toThrow(RangeError);
  });
});

describe('with werift at the other end', () => {
  const other = randomBytes(MASTER_BYTES);
  const keys = {
    localMasterKey: other.subarray(0, 16),
    localMasterSalt: other.subarray(16),
    remoteMasterKey: MASTER.subarray(0, 16),
    remoteMasterSalt: MASTER.subarray(16),
  };
  const profile = 0x0001; // AES_CM_128_HMAC_SHA1_80, as DTLS numbers it (RFC 5764 §4.1.2)

  it('packets are understood both ways, over a wrap-around of the sequence', () => {
    const peer = new SrtpSession({ keys, profile });
    const [sender, receiver] = [new SrtpSender(MASTER), new SrtpReceiver(other)];
    for (let sequence = 65_530; sequence < 65_550; sequence += 1) {
      const payload = randomBytes(160);
      expect(peer.decrypt(sender.protect(packet(sequence, payload)))).toEqual(packet(sequence, payload));
      const header = RtpHeader.deSerialize(packet(sequence, payload));
      expect(receiver.open(peer.encrypt(payload, header))).toEqual(packet(sequence, payload));
    }
  });

  it('reports are understood both ways', () => {
    const peer = new SrtcpSession({ keys, profile });
    const [sender, receiver] = [new SrtpSender(MASTER), new SrtpReceiver(other)];
    const report = encodeRtcp({ ssrc: 7, sender: undefined, blocks: [], cname: 'parley' });
    for (let index = 0; index < 3; index += 1) {
      expect(peer.decrypt(sender.protectRtcp(report))).toEqual(report);
      expect(receiver.openRtcp(peer.encrypt(report))).toEqual(report);
    }
  });
});

it('packets that come late or not at all leave the others readable', () => {
  const [sender, receiver] = [new SrtpSender(MASTER), new SrtpReceiver(MASTER)];
  const sent = Array.from({ length: 40 }, (_, index) => sender.protect(packet(65_520 + index)));
  const order = [0, 1, 5, 3, 14, 17, 15, 16, 2, 39, 38];
  for (const index of order) expect(receiver.open(sent[index] ?? Buffer.alloc(0))).toEqual(packet(65_520 + index));
});

it('a packet is taken once, and never one that was changed', () => {
  const [sender, receiver] = [new SrtpSender(MASTER), new SrtpReceiver(MASTER)];
  const first = sender.protect(packet(1));
  receiver.open(first);
  expect(() => receiver.open(first)).toThrow('was here before');
  const second = sender.protect(packet(2));
  fc.assert(
    fc.property(fc.nat(second.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(second);
      changed.writeUInt8(changed.readUInt8(at) ^ change, at);
      expect(() => receiver.open(changed)).toThrow(DecodeError);
    }),
  );
  expect(receiver.open(second)).toEqual(packet(2));
  const report = sender.protectRtcp(encodeRtcp({ ssrc: 7, sender: undefined, blocks: [], cname: 'a' }));
  receiver.openRtcp(report);
  expect(() => receiver.openRtcp(report)).toThrow('was here before');
});

it('any bytes are refused, and nothing else happens', () => {
  const receiver = new SrtpReceiver(MASTER);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(() => receiver.open(Buffer.from(bytes))).toThrow(DecodeError);
      expect(() => receiver.openRtcp(Buffer.from(bytes))).toThrow(DecodeError);
    }),
  );
});

it('the replay window knows each of the last 64', () => {
  const indices = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 300 });
  fc.assert(
    fc.property(indices, (indices) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      for (const index of indices) {
        const isNew = !seen.has(index) && highest - index < 64;
        expect(window.isNew(index)).toBe(isNew);
        if (!isNew) continue;
        window.note(index);
        seen.add(index);
        highest = Math.max(highest, index);
      }
    }),
  );
});
