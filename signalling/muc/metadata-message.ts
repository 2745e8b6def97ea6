import { xml } from '#protocol/xmpp/element.ts';
import { jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { JsonValue } from './room-metadata.ts';
import type { Room } from './room.ts';

/**
 * The room's whole metadata, as its component sends it (wire note §7.7).
 * @param services relays for the one who gets it.
 */
export function metadataMessage(room: Room, metadataHost: string, services?: readonly JsonValue[]): OutgoingStanza {
  return new OutgoingStanza(
    xml(
      'message',
      { xmlns: NS_CLIENT, from: metadataHost },
      jsonMessageElement(room.metadata.toJson(services), room.jid),
    ),
  );
}
