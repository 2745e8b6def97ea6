import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../decode-error.ts';
import { audioLevel, audioLevelExtension, readAudioLevel } from './audio-level.ts';
import { findExtensionElement } from './header-extension.ts';
import { decodeRtp, encodeRtp, isRtcp } from './packet.ts';
import { Reception } from './reception.ts';
import { decodeRtcp, encodeRtcp, middleOfNtp, ntpTime } from './rtcp.ts';
import { sequenceDistance, timestampDistance } from './serial-number.ts';
import { decodeTelephoneEvent, encodeTelephoneEvent, eventOf, keyOf } from './telephone-event.ts';

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

const packets = fc.record({
  payloadType: fc.integer({ min: 0, max: 127 }),
  isMarked: fc.boolean(),
  sequenceNumber: uint16,
  timestamp: uint32,
  ssrc: uint32,
  extension: fc.option(
    fc.record({
      profile: uint16,
      data: fc
        .integer({ min: 0, max: 5 })
        .chain((words) => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words })),
    }),
    { nil: undefined },
  ),
  payload: fc.uint8Array({ maxLength: 200 }),
});

/** Runs a decoder on bytes that are anything, and says whether it read them. */
function reads(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return false;
  }
}

/** Bytes of anything, but often with the first byte of a version 2 packet, so that more than the first check is tried. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.uint8Array({ minLength: 1, maxLength: 80 }).map((array) => array.with(0, (array[0] ?? 0) | (0x80 & ~0x40))),
);

describe('RTP packets', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const decoded = decodeRtp(encodeRtp(packet));
        expect({ ...decoded, payload: Uint8Array.from(decoded.payload) }).toEqual({
          ...packet,
          extension: packet.extension && { ...packet.extension, data: expect.anything() },
        });
        expect(Uint8Array.from(decoded.extension?.data ?? [])).toEqual(packet.extension?.data ?? new Uint8Array());
      }),
    );
  });

  it('are refused or read, whatever the bytes', () => {
    fc.assert(fc.property(bytes, (input) => void reads(() => decodeRtp(input))));
  });

  it('lose their padding and their CSRCs', () => {
    const packet = Buffer.from('a201000100000002000000030000000a0000000b616263000004'.replaceAll(' ', ''), 'hex');
    expect(Buffer.from(decodeRtp(packet).payload).toString()).toBe('ab');
  });

  it.each([
    ['another version', '410100010000000200000003'],
    ['fewer bytes than a header', '8001000100000002000000'],
    ['more CSRCs than bytes', '8f0100010000000200000003'],
    ['an extension without a header', '900100010000000200000003bede'],
    ['an extension longer than the packet', '900100010000000200000003bede000200000000'],
    ['more padding than payload', 'a00100010000000200000003000005'],
    ['padding of nothing', 'a0010001000000020000000300'],
  ])('are refused with %s', (_, hex) => {
    expect(() => decodeRtp(Buffer.from(hex, 'hex'))).toThrow(DecodeError);
  });

  it('are told from RTCP on a port that carries both', () => {
    const packet = { sequenceNumber: 1, timestamp: 2, ssrc: 3, extension: undefined, payload: new Uint8Array(4) };
    expect(isRtcp(encodeRtp({ ...packet, payloadType: 96, isMarked: true }))).toBe(false);
    expect(isRtcp(encodeRtcp({ ssrc: 1, sender: undefined, blocks: [], cname: 'a' }))).toBe(true);
  });
});

describe('numbers that wrap around', () => {
  it('are compared by their distance', () => {
    expect(sequenceDistance(0xffff, 2)).toBe(3);
    expect(sequenceDistance(2, 0xffff)).toBe(-3);
    expect(timestampDistance(0xffff_ff60, 0)).toBe(160);
    expect(timestampDistance(0, 0xffff_ff60)).toBe(-160);
  });
});

describe('header extensions', () => {
  it('carry the audio level in the one-byte form', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 0, max: 127 }),
        fc.boolean(),
        (id, level, isVoice) => {
          const extension = audioLevelExtension(id, level, isVoice);
          expect(extension.data).toHaveLength(4);
          expect(readAudioLevel(extension, id)).toBe(level);
          expect(readAudioLevel(extension, (id % 14) + 1)).toBeUndefined();
        },
      ),
    );
  });

  it('are found behind padding and other elements, in both forms', () => {
    const oneByte = { profile: 0xbede, data: Buffer.from('0021aabb00105500', 'hex') };
    expect(findExtensionElement(oneByte, 1)).toEqual(Buffer.from('55', 'hex'));
    expect(findExtensionElement(oneByte, 2)).toEqual(Buffer.from('aabb', 'hex'));
    const twoByte = { profile: 0x1000, data: Buffer.from('07000102aabb0000', 'hex') };
    expect(findExtensionElement(twoByte, 1)).toEqual(Buffer.from('aabb', 'hex'));
    expect(findExtensionElement(twoByte, 7)).toEqual(Buffer.alloc(0));
    expect(findExtensionElement({ profile: 0x9999, data: twoByte.data }, 1)).toBeUndefined();
  });

  it('are refused or read, whatever the bytes', () => {
    const profiles = fc.constantFrom(0xbede, 0x1000, 0x100f, 7);
    fc.assert(
      fc.property(profiles, fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 14 }), (profile, data, id) => {
        reads(() => findExtensionElement({ profile, data }, id));
      }),
    );
  });
});

describe('the audio level', () => {
  it('is 127 for silence and 3 for a sine at full scale', () => {
    expect(audioLevel(new Int16Array(320))).toBe(127);
    const sine = Int16Array.from({ length: 320 }, (_, index) => 32_767 * Math.sin((Math.PI * index) / 16));
    expect(audioLevel(sine)).toBe(3);
    expect(audioLevel(sine.map((sample) => sample / 10))).toBe(23);
  });
});

describe('telephone events', () => {
  it('are read as they were written', () => {
    const events = fc.record({ event: fc.integer({ min: 0, max: 255 }), isEnd: fc.boolean(), duration: uint16 });
    fc.assert(
      fc.property(events, (event) => {
        expect(decodeTelephoneEvent(encodeTelephoneEvent(event))).toEqual(event);
      }),
    );
  });

  it('are refused or read, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (input) => {
        expect(reads(() => decodeTelephoneEvent(input))).toBe(input.length >= 4);
      }),
    );
  });

  it('name the sixteen keys and nothing else', () => {
    expect([0, 9, 10, 11, 12, 15].map(keyOf)).toEqual(['0', '9', '*', '#', 'A', 'D']);
    expect(keyOf(16)).toBeUndefined();
    expect(eventOf('#')).toBe(11);
    expect(eventOf('12')).toBeUndefined();
  });
});

describe('RTCP', () => {
  const blocks = fc.record({
    ssrc: uint32,
    fractionLost: fc.integer({ min: 0, max: 255 }),
    packetsLost: fc.integer({ min: -0x80_00_00, max: 0x7f_ff_ff }),
    highestSequence: uint32,
    jitter: uint32,
    lastSenderReport: uint32,
    delaySinceLastSenderReport: uint32,
  });
  const senders = fc.record({
    ntpSeconds: uint32,
    ntpFraction: uint32,
    rtpTimestamp: uint32,
    packetCount: uint32,
    octetCount: uint32,
  });

  it('is read as it was written, with the description and the goodbye skipped or told', () => {
    const reports = fc.record({
      ssrc: uint32,
      sender: fc.option(senders, { nil: undefined }),
      blocks: fc.array(blocks, { maxLength: 31 }),
      cname: fc.string({ minLength: 1, maxLength: 60 }),
    });
    fc.assert(
      fc.property(reports, fc.boolean(), (report, isLast) => {
        const bytes = encodeRtcp(report, isLast);
        expect(bytes.length % 4).toBe(0);
        const { ssrc, sender, blocks } = report;
        const goodbye = isLast ? [{ kind: 'goodbye', ssrcs: [ssrc] }] : [];
        const read = sender === undefined ? { kind: 'report', ssrc, blocks } : { kind: 'report', ssrc, blocks, sender };
        expect(decodeRtcp(bytes)).toEqual([read, ...goodbye]);
      }),
    );
  });

  it('is refused or read, whatever the bytes', () => {
    fc.assert(fc.property(bytes, (input) => void reads(() => decodeRtcp(input))));
    const reports = fc.record({ count: fc.integer({ min: 0, max: 31 }), type: fc.integer({ min: 199, max: 207 }) });
    fc.assert(
      fc.property(reports, fc.uint8Array({ maxLength: 12 }), ({ count, type }, words) => {
        const body = Buffer.alloc(4 * words.length, 0x55);
        reads(() => decodeRtcp(Buffer.concat([Buffer.from([0x80 | count, type, 0, words.length]), body])));
      }),
    );
  });

  it('writes the time as NTP does', () => {
    const time = ntpTime(Date.UTC(1970, 0, 1) + 500);
    expect(time).toEqual({ ntpSeconds: 2_208_988_800, ntpFraction: 0x8000_0000 });
    expect(middleOfNtp(time)).toBe(0x7e80_8000);
  });
});

describe('the reception of a source', () => {
  const packet = (sequenceNumber: number, timestamp = 160 * sequenceNumber) => ({
    ...{ payloadType: 0, isMarked: false, ssrc: 7, extension: undefined, payload: new Uint8Array() },
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: timestamp >>> 0,
  });

  it('counts what is lost, over a wrap-around', () => {
    const reception = new Reception(7, 8000);
    for (let index = 0; index < 100; index += 1) {
      if (index % 4 !== 1) reception.receive(packet(65_500 + index), 20 * index);
    }
    const report = reception.report(2000);
    expect(report).toMatchObject({ ssrc: 7, packetsLost: 25, fractionLost: 64, jitter: 0 });
    expect(report.highestSequence).toBe(65_599);
    reception.receive(packet(65_600), 2000);
    expect(reception.report(2020)).toMatchObject({ packetsLost: 25, fractionLost: 0 });
  });

  it('measures jitter in units of the timestamp', () => {
    const reception = new Reception(7, 8000);
    for (let index = 0; index < 500; index += 1) reception.receive(packet(index), 20 * index + (index % 2) * 10);
    // Every arrival differs by 10 ms from the one before: 80 units.
    expect(reception.report(10_000).jitter).toBeGreaterThan(75);
    expect(reception.report(10_000).jitter).toBeLessThanOrEqual(80);
  });

  it('refers to the last sender report and how long ago it was', () => {
    const reception = new Reception(7, 8000);
    reception.receive(packet(1), 0);
    const info = { rtpTimestamp: 0, packetCount: 0, octetCount: 0 };
    reception.senderReport({ ...info, ntpSeconds: 0x1234_5678, ntpFraction: 0x9abc_def0 }, 1000);
    expect(reception.report(1500)).toMatchObject({
      lastSenderReport: 0x5678_9abc,
      delaySinceLastSenderReport: 32_768,
    });
  });
});
