import { describe, expect, it } from 'vitest';
import { longTermKey } from '../credentials.ts';
import { endpoint, ipv4 } from '../endpoint.ts';
import { opaqueString } from '../opaque-string.ts';
import { AttributeType } from './attribute-type.ts';
import { appendFingerprint, checkFingerprint } from './fingerprint.ts';
import { appendIntegrity, checkIntegrity, integrityAlgorithm } from './integrity.ts';
import { MessageClass, messageType, Method } from './message-type.ts';
import { StunMessage } from './message.ts';
import { StunWriter } from './message-writer.ts';
import { readPasswordAlgorithm, writePasswordAlgorithm } from './password-algorithms.ts';
import { readText, writeText } from './text-attribute.ts';
import { userHash } from './userhash.ts';
import { readXorAddress } from './xor-address.ts';

function read(hex: string): StunMessage {
  const bytes = Buffer.from(hex.replaceAll(/\s/gu, ''), 'hex');
  const message = new StunMessage();
  message.read(bytes, 0, bytes.length);
  return message;
}

const SHORT_TERM_KEY = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt');

// RFC 5769 §2.1
const REQUEST = `
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74
  00240004 6e0001ff 80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020
  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`;
// RFC 5769 §2.2
const IPV4_RESPONSE = `
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  80280004 c07d4c96`;
// RFC 5769 §2.3
const IPV6_RESPONSE = `
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
  80280004 c8fb0b4c`;
// RFC 5769 §2.4
const LONG_TERM_REQUEST = `
  00010060 2112a442 78ad3433 c6ad72c0 29da412e
  00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
  0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
  0014000b 6578616d 706c652e 6f726700
  00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`;
// RFC 8489 appendix B.1 as corrected by verified erratum 6268
const SHA256_REQUEST = `
  00010090 2112a442 78ad3433 c6ad72c0 29da412e
  001e0020 4a3cf38f ef6992bd a952c678 0417da0f 24819415 569e60b2 05c46e41 407f1704
  00150029 6f624d61 744a6f73 32414141 43662f2f 3439396b 39353464 364f4c33 346f4c39 46535476 79363473 41000000
  0014000b 6578616d 706c652e 6f726700
  001d0004 00020000
  001c0020 b5c7bf00 5b6c52a2 1c51c5e8 92f81924 136296cb 927c4314 9309278c c6518e65`;

const MATRIX_USER = 'マトリックス';

describe('RFC 5769 and RFC 8489 test vectors', () => {
  it('reads and verifies the short-term request', () => {
    const message = read(REQUEST);
    expect(message.method).toBe(Method.BINDING);
    expect(message.messageClass).toBe(MessageClass.REQUEST);
    expect(readText(message, AttributeType.USERNAME)).toBe('evtj:h6vY');
    expect(message.unknownTypes).toEqual([]);
    expect(checkIntegrity(message, 'SHA-1', SHORT_TERM_KEY)).toBe(true);
    expect(checkIntegrity(message, 'SHA-1', Buffer.from('another'))).toBe(false);
    expect(checkFingerprint(message)).toBe('right');
  });

  it.each([
    ['IPv4', IPV4_RESPONSE, endpoint('192.0.2.1', 32_853)],
    ['IPv6', IPV6_RESPONSE, endpoint('2001:db8:1234:5678:11:2233:4455:6677', 32_853)],
  ])('reads and verifies the %s response', (_name, hex, expected) => {
    const message = read(hex);
    const mapped = ipv4(0);
    expect(readXorAddress(message, AttributeType.XOR_MAPPED_ADDRESS, mapped)).toBe(true);
    expect(mapped).toEqual(expected);
    expect(checkIntegrity(message, 'SHA-1', SHORT_TERM_KEY)).toBe(true);
    expect(checkFingerprint(message)).toBe('right');
  });

  it('verifies the long-term request with the key made of name, realm and password', () => {
    const message = read(LONG_TERM_REQUEST);
    const key = longTermKey(MATRIX_USER, 'example.org', 'TheMatrIX', 'MD5');
    expect(readText(message, AttributeType.USERNAME)).toBe(MATRIX_USER);
    expect(opaqueString(MATRIX_USER)).toBe(MATRIX_USER);
    expect(checkIntegrity(message, 'SHA-1', key)).toBe(true);
  });

  it('verifies the SHA-256 request that names its user by hash', () => {
    const message = read(SHA256_REQUEST);
    expect(integrityAlgorithm(message)).toBe('SHA-256');
    expect(readPasswordAlgorithm(message)).toBe('SHA-256');
    expect(message.value(AttributeType.USERHASH)).toEqual(userHash(MATRIX_USER, 'example.org'));
    const key = longTermKey(MATRIX_USER, 'example.org', 'TheMatrIX', 'SHA-256');
    expect(checkIntegrity(message, 'SHA-256', key)).toBe(true);
  });

  it('builds the SHA-256 request byte for byte', () => {
    const expected = read(SHA256_REQUEST);
    const bytes = Buffer.alloc(400, 0xa5);
    const writer = new StunWriter();
    writer.begin(bytes, 3, messageType(Method.BINDING, MessageClass.REQUEST), expected.transactionId);
    writer.attributeBytes(AttributeType.USERHASH, userHash(MATRIX_USER, 'example.org'));
    writeText(writer, AttributeType.NONCE, 'obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA');
    writeText(writer, AttributeType.REALM, 'example.org');
    writePasswordAlgorithm(writer, 'SHA-256');
    appendIntegrity(writer, 'SHA-256', longTermKey(MATRIX_USER, 'example.org', 'TheMatrIX', 'SHA-256'));
    const length = writer.finish();
    expect(bytes.subarray(3, 3 + length).toString('hex')).toBe(Buffer.from(expected.bytes).toString('hex'));
  });

  it('makes the fingerprint of the short-term request anew', () => {
    const original = read(REQUEST);
    const bytes = Buffer.from(original.bytes);
    const writer = new StunWriter();
    writer.bytes = bytes;
    writer.position = bytes.length - 8;
    bytes.fill(0, writer.position);
    appendFingerprint(writer);
    expect(bytes).toEqual(original.bytes);
  });
});
