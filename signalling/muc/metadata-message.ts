import { xml } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Room } from './room.ts';

/** The room's whole metadata, as its component sends it (wire note §7.7). */
export function metadataMessage(room: Room, metadataHost: string): OutgoingStanza {
  return new OutgoingStanza(
    xml(
      'message',
      { xmlns: NS_CLIENT, from: metadataHost },
      xml('json-message', { xmlns: NS_JITMEET, room: room.jid }, room.metadata.toJson()),
    ),
  );
}
