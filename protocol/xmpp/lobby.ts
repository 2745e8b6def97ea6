import { child, childElements, childText, text, xml, type XmlElement } from './element.ts';
import { NS_JITMEET } from './jingle-rtp.ts';
import { NS_MUC, NS_MUC_USER } from './muc.ts';
import type { StanzaError } from './stanza.ts';

/** What passes between a lobby and those who wait in it (wire note §7.4). */

/** XEP-0172 */
export const NS_NICK = 'http://jabber.org/protocol/nick';

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

/** The name under which somebody shows itself (XEP-0172); an empty one is none. */
export function nickElement(displayName: string): XmlElement | undefined {
  return displayName === '' ? undefined : xml('nick', { xmlns: NS_NICK }, displayName);
}
