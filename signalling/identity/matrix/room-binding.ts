import { isUtf8 } from 'node:buffer';
import { BASE32, BASE32_BITS, isRoomId, nodeOfRoom } from '#protocol/matrix/room-node.ts';
import { bareOf, parseJid } from '#protocol/xmpp/jid.ts';

export { isRoomId, nodeOfRoom };

/** The room that a conference is named after, or undefined for a conference with any other name. */
export function roomOfNode(node: string): string | undefined {
  // What "!" begins with; most names end here.
  if (!/^e[e-h][a-z2-7]+$/.test(node)) return undefined;
  const bytes: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const letter of node) {
    buffer = (buffer << BASE32_BITS) | BASE32.indexOf(letter);
    bits += BASE32_BITS;
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
