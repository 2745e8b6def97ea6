import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { isMucHost, xmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf, parseJid } from '#protocol/xmpp/jid.ts';
import { roomJid } from '#protocol/xmpp/room-address.ts';
import { parseRoomPath, roomNode } from '#protocol/xmpp/room-name.ts';
import { roomTitle } from '#protocol/xmpp/room-title.ts';

/**
 * The room that a client names by its address (`standup@muc.meet.example`), as all clients write it: one meeting has one
 * PIN. @throws DecodeError for what is no room of a meeting here; breakout rooms have no PIN.
 */
export function roomOfAddress(text: string, xmppDomain: string): string {
  const { local, domain } = parseJid(bareOf(text));
  if (local === undefined || !isMucHost(domain, xmppHosts(xmppDomain))) {
    throw new DecodeError('bad-format', 'This server has no such meeting.');
  }
  return `${roomNode(local)}@${domain}`;
}

/** The room that a link's path names (`standup`, `acme/standup`), and what it is called. @throws DecodeError */
export function roomOfPath(path: string, xmppDomain: string): { readonly jid: string; readonly title: string } {
  const address = parseRoomPath(path);
  if (address === undefined) throw new DecodeError('bad-format', 'The name of the meeting is missing.');
  return { jid: roomJid(address, xmppHosts(xmppDomain)), title: roomTitle(address.displayName) };
}
