import { isUtf8 } from 'node:buffer';
import { bareOf, parseJid } from '#protocol/xmpp/jid.ts';

/** RFC 4648 §6, in lower case as XMPP writes rooms. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const BITS = 5;

/** A room id of any room version; those of version 12 and up have no server in them. */
export function isRoomId(text: string): boolean {
  return /^![\x21-\x7e\u{80}-\u{10ffff}]+$/u.test(text) && Buffer.byteLength(text) <= 255;
}

/** The node of the conference that Matrix clients name after a room: Base32 without padding, in lower case. */
export function nodeOfRoom(roomId: string): string {
  let node = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of Buffer.from(roomId, 'utf8')) {
    buffer = (buffer << 8) | byte;
    for (bits += 8; bits >= BITS; bits -= BITS) node += ALPHABET.charAt((buffer >> (bits - BITS)) & 31);
    buffer &= (1 << bits) - 1;
  }
  return bits === 0 ? node : node + ALPHABET.charAt((buffer << (BITS - bits)) & 31);
}

/** The room that a conference is named after, or undefined for a conference with any other name. */
export function roomOfNode(node: string): string | undefined {
  // What "!" begins with; most names end here.
  if (!/^e[e-h][a-z2-7]+$/.test(node)) return undefined;
  const bytes: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const letter of node) {
    buffer = (buffer << BITS) | ALPHABET.indexOf(letter);
    bits += BITS;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(buffer >> bits);
    buffer &= (1 << bits) - 1;
  }
  const text = Buffer.from(bytes);
  if (!isUtf8(text)) return undefined;
  const roomId = text.toString('utf8');
  return isRoomId(roomId) && nodeOfRoom(roomId) === node ? roomId : undefined;
}

/** Whether a meeting is that of a Matrix room. @param roomJid bare address, of any tenant. */
export function isMatrixMeeting(roomJid: string): boolean {
  return roomOfNode(parseJid(bareOf(roomJid)).local ?? '') !== undefined;
}
