import { componentMessage } from '#protocol/xmpp/json-message.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import type { Room, Send } from '../muc/room.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { UNKNOWN_MESSAGE, type RoomModule } from './room-module.ts';

/** Since when a meeting is one, for older clients; newer ones read it from the room's form (wire note §7.2). */
export function conferenceDuration(host: string): RoomModule {
  return {
    host,
    identityType: 'conference_duration',
    receive: () => UNKNOWN_MESSAGE,
    entered: (room, who) => {
      if (who.nick === FOCUS_NICK || room.peopleCount < 2) return [];
      const message = { type: 'conference_duration', created_timestamp: room.createdAtMs };
      const stanza = new OutgoingStanza(componentMessage(host, message));
      // Whoever was alone so far has not been told yet.
      return [{ stanza, to: room.peopleCount === 2 ? people(room) : [who.jid] }] satisfies Send[];
    },
  };
}

function people(room: Room): string[] {
  return [...room.occupants].filter(({ nick }) => nick !== FOCUS_NICK).map(({ jid }) => jid);
}
