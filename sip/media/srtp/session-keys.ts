import { createCipheriv } from 'node:crypto';

// The keys of a direction, from its master key (RFC 3711 §4.3), never renewed (key derivation rate 0). Cipher AES-128 in
// counter mode, HMAC-SHA1 of 80 bits: what SDES calls AES_CM_128_HMAC_SHA1_80 (RFC 4568 §6.2).

export const CIPHER = 'aes-128-ctr';
export const SALT_BYTES = 14;
const KEY_BYTES = 16;
const AUTHENTICATION_BYTES = 20;
/** Where the label stands in the 14 bytes of the derivation's input. */
const LABEL_OFFSET = 7;

export const MASTER_BYTES = KEY_BYTES + SALT_BYTES;

export interface SessionKeys {
  readonly cipher: Buffer;
  readonly authentication: Buffer;
  readonly salt: Buffer;
}

export interface DirectionKeys {
  readonly rtp: SessionKeys;
  readonly rtcp: SessionKeys;
}

/** @param master the key and then the salt, MASTER_BYTES long, as SDES writes them @throws RangeError of another length */
export function deriveKeys(master: Uint8Array): DirectionKeys {
  if (master.length !== MASTER_BYTES) throw new RangeError(`a master key and salt have ${MASTER_BYTES} bytes`);
  const derive = (label: number, length: number): Buffer => {
    const iv = Buffer.alloc(16);
    iv.set(master.subarray(KEY_BYTES));
    iv.writeUInt8(iv.readUInt8(LABEL_OFFSET) ^ label, LABEL_OFFSET);
    return createCipheriv(CIPHER, master.subarray(0, KEY_BYTES), iv).update(Buffer.alloc(length));
  };
  const keysFrom = (label: number): SessionKeys => ({
    cipher: derive(label, KEY_BYTES),
    authentication: derive(label + 1, AUTHENTICATION_BYTES),
    salt: derive(label + 2, SALT_BYTES),
  });
  return { rtp: keysFrom(0), rtcp: keysFrom(3) };
}
