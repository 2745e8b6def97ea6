import { AttributeType, isUnderstood } from './attribute-type.ts';
import { DecodeError } from './decode-error.ts';
import { classOf, methodOf } from './message-type.ts';

/** RFC 8489 §5. */
export const STUN_HEADER_BYTES = 20;
export const MAGIC_COOKIE = 0x2112a442;
export const TRANSACTION_ID_BYTES = 12;

/** 420 answers name at most so many types: the answer must not outgrow the request (RFC 8489 §14.10). */
const MAX_UNKNOWN_TYPES = 8;

/** Known types are below 0x80, or 0x8000 plus less than 0x80: each has its place in one table of first occurrences. */
const SLOTS = 0x100;
const NO_SLOT = -1;

function slotOf(type: number): number {
  if (type < 0x80) return type;
  if (type >= 0x8000 && type < 0x8080) return 0x80 | (type & 0x7f);
  return NO_SLOT;
}

export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

/** As a signed 32-bit integer, which V8 keeps unboxed. */
export function readInt32(bytes: Uint8Array, offset: number): number {
  return (readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2);
}

/** Whether these bytes carry a STUN header: first two bits zero, the magic cookie, room for the header (RFC 8489 §5). */
function looksLikeStun(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= STUN_HEADER_BYTES && (bytes[offset] ?? 0xff) < 4 && readInt32(bytes, offset + 4) === MAGIC_COOKIE;
}

/**
 * A view on one STUN message where it lies. One instance is read into again and again: a message costs one pass over
 * its attributes and no allocation, whatever a stranger puts into it.
 *
 * What follows MESSAGE-INTEGRITY, except MESSAGE-INTEGRITY-SHA256 and FINGERPRINT, is as if it were not there, and so is
 * what follows MESSAGE-INTEGRITY-SHA256 except FINGERPRINT (RFC 8489 §14.5–14.7). Of equal attributes the first counts.
 */
export class StunMessage {
  bytes: Uint8Array = new Uint8Array(STUN_HEADER_BYTES);
  /** Offset of the header in `bytes`. */
  start = 0;
  /** Offset behind the last attribute. */
  end = 0;
  /** Offset of the integrity attribute that ends what may be believed; `end` when there is none. */
  trustedEnd = 0;
  type = 0;
  method = 0;
  messageClass = 0;
  /** Comprehension-required types that nobody here understands, in order, the first few. */
  readonly unknownTypes: number[] = [];
  /** Offset of each known type's value plus one; zero when absent. */
  readonly #firstValue = new Int32Array(SLOTS);

  /**
   * @param length of the message in bytes; it must be exactly the header plus the length its header states.
   * @throws DecodeError when lengths or cookie are wrong or an attribute runs past the end (RFC 8489 §6.3).
   */
  read(bytes: Uint8Array, start: number, length: number): void {
    if (!looksLikeStun(bytes, start, length)) throw new DecodeError('no STUN header');
    const bodyBytes = readUint16(bytes, start + 2);
    if (bodyBytes % 4 !== 0 || bodyBytes + STUN_HEADER_BYTES !== length) throw new DecodeError('wrong message length');
    this.bytes = bytes;
    this.start = start;
    this.end = start + length;
    this.type = readUint16(bytes, start);
    this.method = methodOf(this.type);
    this.messageClass = classOf(this.type);
    this.#indexAttributes();
  }

  #indexAttributes(): void {
    const { bytes, end } = this;
    this.#firstValue.fill(0);
    this.unknownTypes.length = 0;
    this.trustedEnd = end;
    let sawSha1 = false;
    let sawSha256 = false;
    let offset = this.start + STUN_HEADER_BYTES;
    while (offset < end) {
      // The message length is a multiple of 4 and so is every step, so a header always fits.
      const type = readUint16(bytes, offset);
      const valueBytes = readUint16(bytes, offset + 2);
      const next = offset + 4 + ((valueBytes + 3) & ~3);
      if (next > end) throw new DecodeError('attribute runs past the end');
      const believed =
        type === AttributeType.FINGERPRINT ||
        (!sawSha256 && (!sawSha1 || type === AttributeType.MESSAGE_INTEGRITY_SHA256));
      if (believed) {
        const slot = slotOf(type);
        if (slot !== NO_SLOT && this.#firstValue[slot] === 0) this.#firstValue[slot] = offset + 5;
        if (type === AttributeType.MESSAGE_INTEGRITY || type === AttributeType.MESSAGE_INTEGRITY_SHA256) {
          if (!sawSha1 && !sawSha256) this.trustedEnd = offset;
          if (type === AttributeType.MESSAGE_INTEGRITY) sawSha1 = true;
          else sawSha256 = true;
        } else if (!isUnderstood(type) && this.unknownTypes.length < MAX_UNKNOWN_TYPES) this.unknownTypes.push(type);
      }
      offset = next;
    }
  }

  /** Offset in `bytes` of the first value of this type, or -1. The type must be one of AttributeType. */
  find(type: number): number {
    const slot = slotOf(type);
    return slot === NO_SLOT ? -1 : (this.#firstValue[slot] ?? 0) - 1;
  }

  has(type: number): boolean {
    return this.find(type) >= 0;
  }

  /** Length in bytes of the value at an offset that `find` gave, without its padding. */
  valueLength(valueOffset: number): number {
    return readUint16(this.bytes, valueOffset - 2);
  }

  /**
   * Like `find`, for attributes of one fixed size.
   * @throws DecodeError when the value has another length.
   */
  findFixed(type: number, valueBytes: number): number {
    const offset = this.find(type);
    if (offset >= 0 && this.valueLength(offset) !== valueBytes) throw new DecodeError('wrong attribute length');
    return offset;
  }

  /** The value itself as a view, or undefined when absent. */
  value(type: number): Uint8Array | undefined {
    const offset = this.find(type);
    return offset < 0 ? undefined : this.bytes.subarray(offset, offset + this.valueLength(offset));
  }

  /** Every believed occurrence of a type, as value offsets: CreatePermission may name many peers (RFC 8656 §9.1). */
  *occurrences(type: number): Generator<number> {
    let offset = this.start + STUN_HEADER_BYTES;
    while (offset < this.trustedEnd) {
      if (readUint16(this.bytes, offset) === type) yield offset + 4;
      offset += 4 + ((readUint16(this.bytes, offset + 2) + 3) & ~3);
    }
  }

  /** The transaction id as a view. */
  get transactionId(): Uint8Array {
    return this.bytes.subarray(this.start + 8, this.start + STUN_HEADER_BYTES);
  }
}
