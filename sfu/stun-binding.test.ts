import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { decodeBinding, encodeControlledCheck, encodeRoleConflict, hasIntegrity, seal } from './stun-binding.ts';

const USERNAME = 0x0006;
/** With its header. */
const FINGERPRINT_LENGTH = 8;
const transactionIds = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes));
const passwords = fc.stringMatching(/^[A-Za-z0-9+/]{22,40}$/);
const usernames = fc.stringMatching(/^[A-Za-z0-9+/]{4,32}:[A-Za-z0-9+/]{4,32}$/);

/** RFC 5769 §2.1, a sample request with the controlled role; its padding bytes are spaces. */
const RFC_5769_REQUEST = Buffer.from(
  `000100582112a442b7e7a701bc34d686fa87dfae
   802200105354554e207465737420636c69656e74
   002400046e0001ff80290008932ff9b151263b36
   000600096576746a3a68367659202020
   000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
   80280004e57a3bcf`.replaceAll(/\s/g, ''),
  'hex',
);
const RFC_5769_PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';

describe('the sample request of RFC 5769', () => {
  test('is read with its name and role, and its integrity and fingerprint hold', () => {
    const message = decodeBinding(RFC_5769_REQUEST);
    expect(message).toMatchObject({ type: 'request', username: 'evtj:h6vY', role: 'controlled' });
    expect(message.transactionId.toString('hex')).toBe('b7e7a701bc34d686fa87dfae');
    expect(hasIntegrity(RFC_5769_REQUEST, message, RFC_5769_PASSWORD)).toBe(true);
    expect(hasIntegrity(RFC_5769_REQUEST, message, `${RFC_5769_PASSWORD}x`)).toBe(false);
  });

  test('is refused with any single bit changed, by fingerprint or form', () => {
    fc.assert(
      fc.property(fc.nat(RFC_5769_REQUEST.length * 8 - 1), (bit) => {
        const changed = Buffer.from(RFC_5769_REQUEST);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => decodeBinding(changed)).toThrow(DecodeError);
      }),
      { numRuns: 500 },
    );
  });
});

test('what is written can be read, and only its password fits', () => {
  fc.assert(
    fc.property(transactionIds, usernames, passwords, passwords, (transactionId, username, password, other) => {
      const check = encodeControlledCheck({ transactionId, username, password, priority: 1 });
      const message = decodeBinding(check);
      expect(message).toMatchObject({ type: 'request', username, role: 'controlled' });
      expect(message.transactionId).toEqual(transactionId);
      expect(hasIntegrity(check, message, password)).toBe(true);
      expect(hasIntegrity(check, message, other)).toBe(other === password);
    }),
  );
});

test('a role conflict is an error response with integrity, number 487', () => {
  const transactionId = Buffer.alloc(12, 7);
  const conflict = encodeRoleConflict(transactionId, 'secret');
  const message = decodeBinding(conflict);
  expect(message.type).toBe('error');
  expect(hasIntegrity(conflict, message, 'secret')).toBe(true);
  // RFC 8489 §14.8: class in the third byte, number modulo 100 in the fourth.
  expect(conflict.subarray(24, 28)).toEqual(Buffer.of(0, 0, 4, 87));
});

test('attributes behind MESSAGE-INTEGRITY count for nothing, since anybody could have added them', () => {
  const sealed = seal('request', Buffer.alloc(12), [], 'secret');
  const added = Buffer.concat([Buffer.of(0, USERNAME, 0, 4), Buffer.from('eve:')]);
  const forged = Buffer.concat([sealed.subarray(0, -FINGERPRINT_LENGTH), added]);
  forged.writeUInt16BE(forged.length - 20 + FINGERPRINT_LENGTH, 2);
  const fingerprint = Buffer.of(0x80, 0x28, 0, 4, 0, 0, 0, 0);
  fingerprint.writeUInt32BE((crc32(forged) ^ 0x5354554e) >>> 0, 4);
  const message = decodeBinding(Buffer.concat([forged, fingerprint]));
  expect(message.username).toBeUndefined();
  expect(message.integrityOffset).toBe(20);
});

test('a FINGERPRINT of another length is refused', () => {
  const cut = seal('request', Buffer.alloc(12), [], 'secret');
  cut.writeUInt16BE(2, cut.length - 6);
  expect(() => decodeBinding(cut)).toThrow(DecodeError);
});

test('no bytes make the decoder throw anything but DecodeError', () => {
  const header = fc.constant(RFC_5769_REQUEST.subarray(0, 20));
  const arbitrary = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(header, fc.uint8Array({ maxLength: 120 })).map(([start, rest]) => {
      const bytes = Buffer.concat([start, rest, Buffer.alloc((4 - (rest.length % 4)) % 4)]);
      bytes.writeUInt16BE(bytes.length - 20, 2);
      return bytes;
    }),
  );
  fc.assert(
    fc.property(arbitrary, (bytes) => {
      try {
        decodeBinding(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('what is longer than any check is not looked at', () => {
  expect(() => decodeBinding(Buffer.alloc(2_000))).toThrow(expect.objectContaining({ reason: 'too-large' }));
});
