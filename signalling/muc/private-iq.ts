import { childElements, withAttributes, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Occupant, Room, Send } from './room.ts';

/**
 * Requests of Jitsi's own namespaces are those of servers to clients and of clients to the focus: mutes, recordings, the
 * end of a visitor's visit, on which clients leave the meeting whoever says so. What people ask each other is standard.
 */
const SERVER_NAMESPACE = /^(?:jitsi:|https?:\/\/jitsi\.org\/)/u;

/**
 * XEP-0045 §17.4: a request from one occupant to another, or the answer to one, under the addresses of the room. Ids
 * stay as they are: the sender's full JID and the occupant's address stand for each other here.
 */
export function privateIq(room: Room, from: Occupant, nick: string, iq: XmlElement): Send[] | StanzaError {
  const receiver = room.byNick(nick);
  if (receiver === undefined) return stanzaError('cancel', 'item-not-found');
  const isBetweenPeople = from.nick !== FOCUS_NICK && nick !== FOCUS_NICK;
  if (isBetweenPeople && childElements(iq).some(({ attrs }) => SERVER_NAMESPACE.test(attrs['xmlns'] ?? ''))) {
    return stanzaError('cancel', 'not-allowed', 'Only the server asks this.');
  }
  const stanza = withAttributes(iq, { from: `${room.jid}/${from.nick}`, to: undefined });
  return [{ stanza: new OutgoingStanza(stanza), to: [receiver.jid] }];
}
