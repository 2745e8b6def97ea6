import { xml } from '#protocol/xmpp/element.ts';
import { jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { PERMISSIONS_KEY, type JsonValue } from './room-metadata.ts';
import type { Room, Send } from './room.ts';

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

/**
 * Tells everyone in a room that one of its values has changed. What moderators reserve in the main room holds in the breakout
 * rooms, too, also where one of these had rules of its own: a chat that is closed is closed.
 * @param breakouts of this room.
 */
export function metadataChanged(
  room: Room,
  key: string,
  { metadataHost, breakouts }: { readonly metadataHost: string; readonly breakouts: readonly Room[] },
): Send[] {
  const followers = key === PERMISSIONS_KEY ? breakouts : [];
  for (const follower of followers) follower.metadata.adoptPermissions(room.metadata);
  return [room, ...followers].map((one) => ({ stanza: metadataMessage(one, metadataHost), to: one.receivers() }));
}
