import { childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { nickElement, NS_NICK } from '#protocol/xmpp/lobby.ts';
import { NS_MUC_ADMIN, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { readDisplayName } from '#protocol/xmpp/display-name.ts';

/** What moderators do with a lobby, and what is said in it (wire note §7.4); coming and going is protocol/xmpp/lobby.ts. */

/** UTF-16 code units shown of one message. */
const MAX_TEXT = 4_096;

/** Lets people in who wait. @param jids their full JIDs */
export function invitationOf(room: string, jids: readonly string[]): XmlElement {
  const invites = jids.map((jid) => xml('invite', { to: jid }));
  return xml('message', { to: room, id: crypto.randomUUID() }, xml('x', { xmlns: NS_MUC_USER }, invites));
}

/** Sends someone away (XEP-0045 §8.2). */
export function denial(nick: string): XmlElement {
  return xml('query', { xmlns: NS_MUC_ADMIN }, xml('item', { nick, role: 'none' }));
}

export interface LobbySpeech {
  /** Nick in the lobby of who wrote. */
  readonly from: string;
  readonly fromName: string | undefined;
  readonly text: string;
}

/** A message from somebody in the lobby; undefined if it is none. */
export function readLobbySpeech(stanza: XmlElement, lobby: string): LobbySpeech | undefined {
  const { from, type } = stanza.attrs;
  if (stanza.name !== 'message' || from === undefined || bareOf(from) !== lobby || type === 'error') return undefined;
  const body = childText(stanza, 'body');
  const nick = resourceOf(from);
  if (body === undefined || body === '' || nick === undefined) return undefined;
  return { from: nick, fromName: readName(stanza), text: body.slice(0, MAX_TEXT) };
}

/** @param to the lobby, or one person in it */
export function lobbySpeech(to: string, body: string, displayName: string): XmlElement {
  const type = resourceOf(to) === undefined ? 'groupchat' : 'chat';
  // Who waits does not see the moderators' presences: the name comes along.
  return xml('message', { to, type, id: crypto.randomUUID() }, xml('body', {}, body), nickElement(displayName));
}

export function readName(stanza: XmlElement): string | undefined {
  return readDisplayName(childText(stanza, 'nick', NS_NICK)) || undefined;
}
