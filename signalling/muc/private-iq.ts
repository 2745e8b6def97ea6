import { withAttributes, type XmlElement } from '#protocol/xmpp/element.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Occupant, Room, Send } from './room.ts';

/**
 * XEP-0045 §17.4: a request from one occupant to another, or the answer to one, under the addresses of the room. Ids
 * stay as they are: the sender's full JID and the occupant's address stand for each other here.
 */
export function privateIq(room: Room, from: Occupant, nick: string, iq: XmlElement): Send[] | StanzaError {
  const receiver = room.byNick(nick);
  if (receiver === undefined) return stanzaError('cancel', 'item-not-found');
  const stanza = withAttributes(iq, { from: `${room.jid}/${from.nick}`, to: undefined });
  return [{ stanza: new OutgoingStanza(stanza), to: [receiver.jid] }];
}
