import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpoint, ipv4 } from '../endpoint.ts';
import { readAddressFamily, writeAddressFamily } from './address-family.ts';
import { AttributeType } from './attribute-type.ts';
import { readChannelNumber, writeChannelNumber } from './channel-number.ts';
import { DecodeError } from './decode-error.ts';
import { readErrorCode, writeErrorCode } from './error-code.ts';
import { readEvenPort, writeEvenPort } from './even-port.ts';
import { appendFingerprint, checkFingerprint } from './fingerprint.ts';
import { appendIntegrity, checkIntegrity, integrityAlgorithm } from './integrity.ts';
import { readLifetime, writeLifetime } from './lifetime.ts';
import { classOf, messageType, methodOf } from './message-type.ts';
import { StunMessage } from './message.ts';
import { StunWriter } from './message-writer.ts';
import { readPasswordAlgorithm } from './password-algorithms.ts';
import { readRequestedTransport, writeRequestedTransport } from './requested-transport.ts';
import { readReservationToken } from './reservation-token.ts';
import { readText, writeText } from './text-attribute.ts';
import { readXorAddress, readXorAddressAt, writeXorAddress } from './xor-address.ts';

const TRANSACTION = Buffer.from('0102030405060708090a0b0c', 'hex');

/** A message of these attributes, read back. The buffer around it is full of bytes that must not leak into it. */
function roundTrip(write: (writer: StunWriter) => void, type = 0x0003): StunMessage {
  const bytes = Buffer.alloc(4096, 0xa5);
  const writer = new StunWriter();
  writer.begin(bytes, 16, type, TRANSACTION);
  write(writer);
  const message = new StunMessage();
  message.read(bytes, 16, writer.finish());
  return message;
}

function withMacOf(bytes: number): StunMessage {
  return roundTrip((writer) => writer.attribute(AttributeType.MESSAGE_INTEGRITY_SHA256, bytes));
}

/** Reads everything there is to read. */
function readAll(message: StunMessage): void {
  const target = ipv4(0);
  const readers = [
    () => readLifetime(message),
    () => readChannelNumber(message),
    () => readRequestedTransport(message),
    () => readEvenPort(message),
    () => readReservationToken(message),
    () => readErrorCode(message),
    () => readPasswordAlgorithm(message),
    () => readAddressFamily(message, AttributeType.REQUESTED_ADDRESS_FAMILY),
    () => readAddressFamily(message, AttributeType.ADDITIONAL_ADDRESS_FAMILY),
    () => readText(message, AttributeType.USERNAME),
    () => readText(message, AttributeType.REALM),
    () => readText(message, AttributeType.NONCE),
    () => readXorAddress(message, AttributeType.XOR_MAPPED_ADDRESS, target),
    () => {
      for (const offset of message.occurrences(AttributeType.XOR_PEER_ADDRESS))
        readXorAddressAt(message, offset, target);
    },
    () => checkFingerprint(message),
    () => integrityAlgorithm(message),
    () => checkIntegrity(message, 'SHA-1', TRANSACTION),
  ];
  for (const reader of readers) {
    try {
      reader();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
}

const address = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 65_535 })).map(([text, port]) => endpoint(text, port)),
  fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 65_535 })).map(([text, port]) => endpoint(text, port)),
);

describe('STUN messages', () => {
  it('packs every method and class into the type field and back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xfff }),
        fc.constantFrom(0, 0x10, 0x100, 0x110),
        (method, messageClass) => {
          const type = messageType(method, messageClass);
          expect(type).toBeLessThan(0x4000);
          expect([methodOf(type), classOf(type)]).toEqual([method, messageClass]);
        },
      ),
    );
  });

  it('reads back every address it writes', () => {
    fc.assert(
      fc.property(address, (written) => {
        const message = roundTrip((writer) => writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, written));
        const back = ipv4(0);
        expect(readXorAddress(message, AttributeType.XOR_PEER_ADDRESS, back)).toBe(true);
        expect(back).toEqual(written);
      }),
    );
  });

  it('reads back the other attributes it writes', () => {
    const message = roundTrip((writer) => {
      writeLifetime(writer, 0xffff_fffe);
      writeChannelNumber(writer, 0x4abc);
      writeRequestedTransport(writer, 17);
      writeEvenPort(writer, true);
      writeAddressFamily(writer, AttributeType.REQUESTED_ADDRESS_FAMILY, 6);
      writeErrorCode(writer, 438);
      writeText(writer, AttributeType.REALM, 'größe');
    });
    expect(readLifetime(message)).toBe(0xffff_fffe);
    expect(readChannelNumber(message)).toBe(0x4abc);
    expect(readRequestedTransport(message)).toBe(17);
    expect(readEvenPort(message)).toBe('even-and-reserve');
    expect(readAddressFamily(message, AttributeType.REQUESTED_ADDRESS_FAMILY)).toBe(6);
    expect(readErrorCode(message)).toBe(438);
    expect(readText(message, AttributeType.REALM)).toBe('größe');
  });

  it('pads with zeros whatever lay in the buffer before', () => {
    const message = roundTrip((writer) => {
      writeText(writer, AttributeType.USERNAME, 'a');
      writeEvenPort(writer, false);
    });
    expect(Buffer.from(message.bytes.subarray(message.start, message.end)).includes(0xa5)).toBe(false);
  });

  it('lets the first of equal attributes count', () => {
    const message = roundTrip((writer) => {
      writeLifetime(writer, 1);
      writeLifetime(writer, 2);
    });
    expect(readLifetime(message)).toBe(1);
  });

  it('believes nothing behind MESSAGE-INTEGRITY but MESSAGE-INTEGRITY-SHA256 and FINGERPRINT', () => {
    const message = roundTrip((writer) => {
      appendIntegrity(writer, 'SHA-1', TRANSACTION);
      writeLifetime(writer, 1);
      writer.attribute(0x7001, 0);
      writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, endpoint('8.8.8.8', 1));
      appendIntegrity(writer, 'SHA-256', TRANSACTION);
      appendFingerprint(writer);
    });
    expect(readLifetime(message)).toBeUndefined();
    expect(message.unknownTypes).toEqual([]);
    expect([...message.occurrences(AttributeType.XOR_PEER_ADDRESS)]).toEqual([]);
    expect(integrityAlgorithm(message)).toBe('SHA-256');
    expect(checkIntegrity(message, 'SHA-256', TRANSACTION)).toBe(true);
    expect(checkFingerprint(message)).toBe('right');
  });

  it('ignores a MESSAGE-INTEGRITY behind MESSAGE-INTEGRITY-SHA256', () => {
    const message = roundTrip((writer) => {
      appendIntegrity(writer, 'SHA-256', TRANSACTION);
      appendIntegrity(writer, 'SHA-1', TRANSACTION);
    });
    expect(message.has(AttributeType.MESSAGE_INTEGRITY)).toBe(false);
  });

  it('accepts a MESSAGE-INTEGRITY-SHA256 cut to 16 bytes and refuses other lengths', () => {
    for (const length of [16, 20, 32]) expect(integrityAlgorithm(withMacOf(length))).toBe('SHA-256');
    for (const length of [0, 4, 12, 15, 18, 36])
      expect(() => integrityAlgorithm(withMacOf(length))).toThrow(DecodeError);
  });

  it('names required attributes it does not know, and none that are harmless', () => {
    const message = roundTrip((writer) => {
      for (const type of [0x0010, 0x0024, 0x0025, 0x8029, 0xc057, 0x0003, 0x7fff]) writer.attribute(type, 4);
    });
    expect(message.unknownTypes).toEqual([0x0003, 0x7fff]);
  });

  it('refuses wrong lengths, a wrong cookie and attributes past the end', () => {
    const good = Buffer.from('000100082112a4420102030405060708090a0b0c000d000400000001', 'hex');
    const change = (offset: number, value: number): Buffer => {
      const copy = Buffer.from(good);
      copy[offset] = value;
      return copy;
    };
    const message = new StunMessage();
    message.read(good, 0, good.length);
    expect(readLifetime(message)).toBe(1);
    for (const bad of [change(3, 7), change(3, 12), change(3, 4), change(4, 0x20), change(23, 5), change(0, 0x80)]) {
      expect(() => message.read(bad, 0, bad.length)).toThrow(DecodeError);
    }
    expect(() => message.read(good, 0, 19)).toThrow(DecodeError);
  });

  it('reads any attribute at any length without leaving the message or throwing anything but DecodeError', () => {
    const message = new StunMessage();
    for (const type of Object.values(AttributeType)) {
      for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 9, 19, 20, 21, 31, 32, 33, 508, 509, 763, 764, 1400]) {
        readAll(roundTrip((writer) => writer.attribute(type, length)));
        const past = roundTrip((writer) => writer.attribute(type, length));
        past.bytes[past.start + 23] = 0xff;
        past.bytes[past.start + 22] = 0xff;
        expect(() => message.read(past.bytes, past.start, past.end - past.start)).toThrow(DecodeError);
      }
    }
  });

  it('survives any bytes behind a valid header', () => {
    const message = new StunMessage();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 0x3fff }), (body, type) => {
        const padded = Buffer.alloc(20 + ((body.length + 3) & ~3));
        padded.writeUInt16BE(type, 0);
        padded.writeUInt16BE(padded.length - 20, 2);
        padded.writeUInt32BE(0x2112a442, 4);
        padded.set(body, 20);
        try {
          message.read(padded, 0, padded.length);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
          return;
        }
        readAll(message);
      }),
      { numRuns: 2000 },
    );
  });
});
