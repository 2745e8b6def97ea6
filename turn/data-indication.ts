import type { Endpoint } from './endpoint.ts';
import { AttributeType } from './stun/attribute-type.ts';
import { type IcmpError, writeIcmp } from './stun/icmp.ts';
import { MessageClass, messageType, Method } from './stun/message-type.ts';
import { STUN_HEADER_BYTES, TRANSACTION_ID_BYTES } from './stun/message.ts';
import { StunWriter } from './stun/message-writer.ts';
import { writeXorAddress, xorAddressBytes } from './stun/xor-address.ts';

const DATA_INDICATION = messageType(Method.DATA, MessageClass.INDICATION);
const ATTRIBUTE_HEADER_BYTES = 4;

/** Bytes of a Data indication in front of the data. */
function headerBytes(peer: Endpoint): number {
  return STUN_HEADER_BYTES + ATTRIBUTE_HEADER_BYTES + xorAddressBytes(peer) + ATTRIBUTE_HEADER_BYTES;
}

/** Writes Data indications (RFC 8656 §11.4) around data where it lies. */
export class DataIndicationWriter {
  readonly #writer = new StunWriter();
  readonly #randomFill: (target: Uint8Array) => void;
  readonly #pool = new Uint8Array(TRANSACTION_ID_BYTES * 256);
  #poolOffset = this.#pool.length;

  /** @param randomFill fills with cryptographically random bytes. */
  constructor(randomFill: (target: Uint8Array) => void) {
    this.#randomFill = randomFill;
  }

  /**
   * Writes the header into the head room in front of the data and the padding behind it.
   * @returns where the message begins; it ends at the padded end of the data.
   */
  wrap(slab: Uint8Array, dataOffset: number, dataBytes: number, peer: Endpoint): number {
    const start = dataOffset - headerBytes(peer);
    const writer = this.#begin(slab, start);
    writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peer);
    // The attribute's value is already in its place: only header and padding are written.
    const header = writer.position;
    slab[header] = AttributeType.DATA >>> 8;
    slab[header + 1] = AttributeType.DATA;
    slab[header + 2] = dataBytes >>> 8;
    slab[header + 3] = dataBytes;
    const end = dataOffset + dataBytes;
    const paddedEnd = dataOffset + ((dataBytes + 3) & ~3);
    for (let i = end; i < paddedEnd; i++) slab[i] = 0;
    writer.position = paddedEnd;
    writer.finish();
    return start;
  }

  /** Writes an indication that carries an ICMP error instead of data (RFC 8656 §11.6); returns its length. */
  writeIcmp(slab: Uint8Array, offset: number, peer: Endpoint, error: IcmpError): number {
    const writer = this.#begin(slab, offset);
    writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peer);
    writeIcmp(writer, error);
    return writer.finish();
  }

  #begin(slab: Uint8Array, start: number): StunWriter {
    if (this.#poolOffset === this.#pool.length) {
      this.#randomFill(this.#pool);
      this.#poolOffset = 0;
    }
    this.#writer.begin(slab, start, DATA_INDICATION, this.#pool, this.#poolOffset);
    this.#poolOffset += TRANSACTION_ID_BYTES;
    return this.#writer;
  }
}

/** Room an ICMP indication takes at most. */
export const ICMP_INDICATION_BYTES = STUN_HEADER_BYTES + ATTRIBUTE_HEADER_BYTES + 20 + ATTRIBUTE_HEADER_BYTES + 8;
