/** RFC 4648 §6, in lower case as XMPP writes rooms. */
export const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
export const BASE32_BITS = 5;

/** The node of the conference that Matrix clients name after a room: Base32 without padding, in lower case (matrix note §2.1). */
export function nodeOfRoom(roomId: string): string {
  let node = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of new TextEncoder().encode(roomId)) {
    buffer = (buffer << 8) | byte;
    for (bits += 8; bits >= BASE32_BITS; bits -= BASE32_BITS) {
      node += BASE32.charAt((buffer >> (bits - BASE32_BITS)) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  return bits === 0 ? node : node + BASE32.charAt((buffer << (BASE32_BITS - bits)) & 31);
}

/** A room id of any room version; those of version 12 and up have no server in them. */
export function isRoomId(text: string): boolean {
  return /^![\x21-\x7e\u{80}-\u{10ffff}]+$/u.test(text) && new TextEncoder().encode(text).length <= 255;
}
