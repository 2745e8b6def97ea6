import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';

/**
 * The few STUN messages (RFC 8489) that ending an ICE role conflict takes: connectivity checks come in (RFC 8445 §7.1),
 * a 487 and a check of our own go out. The turn role has the whole protocol; this is the subset the bridge needs.
 */

export const MAGIC_COOKIE = 0x2112a442; // RFC 8489 §5
const HEADER_LENGTH = 20;
const INTEGRITY_LENGTH = 20; // HMAC-SHA1, RFC 8489 §14.5
const FINGERPRINT_LENGTH = 4;
const FINGERPRINT_XOR = 0x5354554e; // RFC 8489 §14.7
/** Far above any connectivity check; also the largest RFC 4571 frame that is read. */
export const MAX_CHECK_LENGTH = 1_280;

const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  priority: 0x0024, // RFC 8445 §16.1
  iceControlled: 0x8029,
  iceControlling: 0x802a,
  fingerprint: 0x8028,
} as const;

const MESSAGE_TYPE = { request: 0x0001, success: 0x0101, error: 0x0111 } as const;
type MessageClass = keyof typeof MESSAGE_TYPE;

export type IceRole = 'controlling' | 'controlled';

/** A Binding message as far as role conflicts are concerned. */
export interface BindingMessage {
  readonly type: MessageClass;
  /** 12 bytes. */
  readonly transactionId: Buffer;
  /** `<receiver's ufrag>:<sender's ufrag>` */
  readonly username?: string;
  readonly role?: IceRole;
  /** Where MESSAGE-INTEGRITY begins; attributes behind it are not protected and were not read. */
  readonly integrityOffset?: number;
}

/**
 * Reads a Binding request or response.
 * @throws DecodeError (`bad-format`, `too-large`) for anything else, also for a wrong or missing FINGERPRINT, which ICE requires (RFC 8445 §7.1).
 */
export function decodeBinding(bytes: Buffer): BindingMessage {
  if (bytes.length > MAX_CHECK_LENGTH) throw new DecodeError('too-large', 'longer than a connectivity check');
  if (bytes.length < HEADER_LENGTH || bytes.readUInt32BE(4) !== MAGIC_COOKIE) throw malformed('no STUN message');
  if (bytes.readUInt16BE(2) !== bytes.length - HEADER_LENGTH || bytes.length % 4 !== 0) throw malformed('wrong length');
  const type = messageClass(bytes.readUInt16BE(0));
  const transactionId = Buffer.from(bytes.subarray(8, HEADER_LENGTH));
  let username: string | undefined;
  let role: IceRole | undefined;
  let integrityOffset: number | undefined;
  let offset = HEADER_LENGTH;
  while (offset < bytes.length) {
    if (offset + 4 > bytes.length) throw malformed('attribute cut off');
    const attribute = bytes.readUInt16BE(offset);
    const length = bytes.readUInt16BE(offset + 2);
    const value = bytes.subarray(offset + 4, offset + 4 + length);
    if (value.length !== length) throw malformed('attribute cut off');
    if (attribute === ATTRIBUTE.fingerprint) {
      checkFingerprint(bytes, offset, value);
      return {
        type,
        transactionId,
        ...(username === undefined ? {} : { username }),
        ...(role === undefined ? {} : { role }),
        ...(integrityOffset === undefined ? {} : { integrityOffset }),
      };
    }
    if (integrityOffset === undefined) {
      if (attribute === ATTRIBUTE.username) username = value.toString('utf8');
      else if (attribute === ATTRIBUTE.iceControlled) role = 'controlled';
      else if (attribute === ATTRIBUTE.iceControlling) role = 'controlling';
      else if (attribute === ATTRIBUTE.messageIntegrity) {
        if (length !== INTEGRITY_LENGTH) throw malformed('MESSAGE-INTEGRITY of wrong length');
        integrityOffset = offset;
      }
    }
    offset += 4 + padded(length);
  }
  throw malformed('no FINGERPRINT');
}

/** Whether MESSAGE-INTEGRITY is there and was made with this password (short-term credentials, RFC 8489 §9.1). */
export function hasIntegrity(bytes: Buffer, message: BindingMessage, password: string): boolean {
  if (message.integrityOffset === undefined) return false;
  const offset = message.integrityOffset;
  const given = bytes.subarray(offset + 4, offset + 4 + INTEGRITY_LENGTH);
  return timingSafeEqual(given, integrity(bytes.subarray(0, offset), password));
}

/** 487 Role Conflict (RFC 8445 §7.3.1.1), protected: browsers drop it otherwise. */
export function encodeRoleConflict(transactionId: Buffer, password: string): Buffer {
  const reason = Buffer.from('Role Conflict');
  const value = Buffer.concat([Buffer.of(0, 0, 4, 87), reason]); // RFC 8489 §14.8: class 4, number 87
  return seal('error', transactionId, [[ATTRIBUTE.errorCode, value]], password);
}

export interface ControlledCheck {
  readonly transactionId: Buffer;
  readonly username: string;
  readonly password: string;
  readonly priority: number;
}

/** A connectivity check that claims the controlled role with tie-breaker 0, so that the other side always wins and becomes controlling. */
export function encodeControlledCheck({ transactionId, username, password, priority }: ControlledCheck): Buffer {
  const priorityValue = Buffer.alloc(4);
  priorityValue.writeUInt32BE(priority);
  return seal(
    'request',
    transactionId,
    [
      [ATTRIBUTE.username, Buffer.from(username)],
      [ATTRIBUTE.priority, priorityValue],
      [ATTRIBUTE.iceControlled, Buffer.alloc(8)],
    ],
    password,
  );
}

/** Writes a message with MESSAGE-INTEGRITY and FINGERPRINT; exported for tests, which play the browser. */
export function seal(
  type: MessageClass,
  transactionId: Buffer,
  attributes: readonly (readonly [type: number, value: Buffer])[],
  password: string,
): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt16BE(MESSAGE_TYPE[type], 0);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  transactionId.copy(header, 8, 0, 12);
  const unprotected = Buffer.concat([header, ...attributes.map(([code, value]) => encodeAttribute(code, value))]);
  const protectedPart = Buffer.concat([
    unprotected,
    encodeAttribute(ATTRIBUTE.messageIntegrity, integrity(unprotected, password)),
  ]);
  writeLength(protectedPart, FINGERPRINT_LENGTH + 4);
  const fingerprint = Buffer.alloc(FINGERPRINT_LENGTH);
  fingerprint.writeUInt32BE((crc32(protectedPart) ^ FINGERPRINT_XOR) >>> 0);
  return Buffer.concat([protectedPart, encodeAttribute(ATTRIBUTE.fingerprint, fingerprint)]);
}

function messageClass(type: number): MessageClass {
  if (type === MESSAGE_TYPE.request) return 'request';
  if (type === MESSAGE_TYPE.success) return 'success';
  if (type === MESSAGE_TYPE.error) return 'error';
  throw malformed('no Binding request or response');
}

/** The length field counts up to and with the attribute itself, whatever follows (RFC 8489 §14.5). */
function integrity(before: Buffer, password: string): Buffer {
  const copy = Buffer.from(before);
  writeLength(copy, INTEGRITY_LENGTH + 4);
  return createHmac('sha1', password).update(copy).digest();
}

function checkFingerprint(bytes: Buffer, offset: number, value: Buffer): void {
  if (value.length !== FINGERPRINT_LENGTH || offset + 4 + FINGERPRINT_LENGTH !== bytes.length) {
    throw malformed('FINGERPRINT of wrong length, or not last');
  }
  if (value.readUInt32BE(0) !== (crc32(bytes.subarray(0, offset)) ^ FINGERPRINT_XOR) >>> 0) {
    throw malformed('wrong FINGERPRINT');
  }
}

function writeLength(message: Buffer, following: number): void {
  message.writeUInt16BE(message.length - HEADER_LENGTH + following, 2);
}

function encodeAttribute(code: number, value: Buffer): Buffer {
  const encoded = Buffer.alloc(4 + padded(value.length));
  encoded.writeUInt16BE(code, 0);
  encoded.writeUInt16BE(value.length, 2);
  value.copy(encoded, 4);
  return encoded;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function malformed(message: string): DecodeError {
  return new DecodeError('bad-format', message);
}
