import { DecodeError } from '../decode-error.ts';
import type { RtpExtension } from './packet.ts';

// Header extensions with one byte of header per element (RFC 8285 §4.2) and with two (§4.3): an id, a length, the data.

const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;
/** Reserved in the one-byte form: what follows it must be ignored. */
const STOP_ID = 15;

/**
 * The data of the element with this id, undefined when there is none.
 * @throws DecodeError when an element leads out of the extension
 */
export function findExtensionElement(extension: RtpExtension | undefined, id: number): Uint8Array | undefined {
  if (extension === undefined) return undefined;
  const isOneByte = extension.profile === ONE_BYTE_PROFILE;
  if (!isOneByte && (extension.profile & 0xfff0) !== TWO_BYTE_PROFILE) return undefined;
  const { data } = extension;
  let offset = 0;
  while (offset < data.length) {
    const first = data[offset] ?? 0;
    offset += 1;
    if (first === 0) continue; // padding
    const elementId = isOneByte ? first >> 4 : first;
    if (isOneByte && elementId === STOP_ID) return undefined;
    let length = (first & 0x0f) + 1;
    if (!isOneByte) {
      const stated = data[offset];
      if (stated === undefined) throw new DecodeError('a header extension element without a length');
      length = stated;
      offset += 1;
    }
    if (offset + length > data.length) throw new DecodeError('a header extension element is cut off');
    if (elementId === id) return data.subarray(offset, offset + length);
    offset += length;
  }
  return undefined;
}

/** An extension of one element in the one-byte form. @param id 1 to 14 @param data 1 to 16 bytes */
export function oneElementExtension(id: number, data: Uint8Array): RtpExtension {
  const bytes = new Uint8Array(4 * Math.ceil((1 + data.length) / 4));
  bytes[0] = (id << 4) | (data.length - 1);
  bytes.set(data, 1);
  return { profile: ONE_BYTE_PROFILE, data: bytes };
}
