import { xml } from '#protocol/xmpp/element.ts';
import { jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Room } from './room.ts';

/** The room's whole metadata, as its component sends it (wire note §7.7). */
export function metadataMessage(room: Room, metadataHost: string): OutgoingStanza {
  return new OutgoingStanza(
    xml('message', { xmlns: NS_CLIENT, from: metadataHost }, jsonMessageElement(room.metadata.toJson(), room.jid)),
  );
}
