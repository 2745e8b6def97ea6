import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { child, childElements, childText, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { NS_MUC, NS_MUC_ADMIN, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import { readDisplayName } from '../display-name.ts';

/** What passes between a lobby, those who wait in it, and the room's moderators (wire note §7.4). */

/** XEP-0172 */
const NS_NICK = 'http://jabber.org/protocol/nick';
/** UTF-16 code units shown of one message. */
const MAX_TEXT = 4_096;

/** What a refused join means for someone who may wait. */
export type LobbyRefusal =
  /** Wire note §4.5; `lobby` is its bare JID. */
  | { readonly kind: 'knock'; readonly lobby: string }
  /** Nobody is let in without a name. */
  | { readonly kind: 'name-required' };

export function readLobbyRefusal({ condition, details = [] }: StanzaError): LobbyRefusal | undefined {
  const detail = (name: string) => details.find(({ name: n, attrs }) => n === name && attrs['xmlns'] === NS_JITMEET);
  const room = detail('lobbyroom');
  const lobby = room === undefined ? '' : text(room).trim();
  if (condition === 'registration-required' && lobby !== '') return { kind: 'knock', lobby };
  return detail('displayname-required')?.attrs['lobby'] === 'true' ? { kind: 'name-required' } : undefined;
}

/** Enters the lobby, as who waits and as who moderates. No conference is asked for. */
export function lobbyPresence(to: string, displayName: string): XmlElement {
  return xml('presence', { to }, xml('x', { xmlns: NS_MUC }), nickElement(displayName));
}

/** An invitation into the room, from the room itself; undefined if the stanza is none. */
export function readInvitation(
  stanza: XmlElement,
  room: string,
): { readonly password: string | undefined } | undefined {
  if (stanza.name !== 'message' || stanza.attrs['from'] !== room || stanza.attrs['type'] === 'error') return undefined;
  const user = child(stanza, 'x', NS_MUC_USER);
  if (user === undefined || child(user, 'invite') === undefined) return undefined;
  return { password: childText(user, 'password') || undefined };
}

/** Lets people in who wait. @param jids their full JIDs */
export function invitationOf(room: string, jids: readonly string[]): XmlElement {
  const invites = jids.map((jid) => xml('invite', { to: jid }));
  return xml('message', { to: room, id: crypto.randomUUID() }, xml('x', { xmlns: NS_MUC_USER }, invites));
}

/** Sends someone away (XEP-0045 §8.2). */
export function denial(nick: string): XmlElement {
  return xml('query', { xmlns: NS_MUC_ADMIN }, xml('item', { nick, role: 'none' }));
}

/** How a person's own stay in a lobby ended, by its last presence. */
export type LobbyEnd =
  /** The door was opened: all who wait may enter now. */
  'opened' | 'denied' | 'meeting-over' | 'left';

export function readLobbyEnd(presence: XmlElement, room: string): LobbyEnd | undefined {
  if (presence.attrs['type'] !== 'unavailable') return undefined;
  const user = child(presence, 'x', NS_MUC_USER);
  const destroy = user === undefined ? undefined : child(user, 'destroy');
  if (destroy !== undefined) return destroy.attrs['jid'] === room ? 'opened' : 'meeting-over';
  const codes = user === undefined ? [] : childElements(user, 'status').map(({ attrs }) => attrs['code']);
  return codes.includes('307') ? 'denied' : 'left';
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

function nickElement(displayName: string): XmlElement | undefined {
  return displayName === '' ? undefined : xml('nick', { xmlns: NS_NICK }, displayName);
}
