import type { XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { MUC_STATUS } from '#protocol/xmpp/muc.ts';
import { affiliationKey } from './affiliation.ts';
import { withoutForgeries } from './forged-children.ts';
import { departurePresence, type Departure } from './presence.ts';
import type { Occupant, Room, Send } from './room.ts';

/** XEP-0045 §7.14: by its own wish, or because its session ended. */
export function leave(room: Room, who: Occupant, presence?: XmlElement): Send[] {
  return depart(room, who, { payload: withoutForgeries(presence?.children ?? [], who.nick === FOCUS_NICK) });
}

/** Who removes somebody; undefined: whoever runs the server. */
type Actor = Pick<Occupant, 'nick'> | undefined;

/** XEP-0045 §8.2; the affiliation goes too, as whoever comes back shall not moderate at once (wire note §4.3). */
export function kick(room: Room, victim: Occupant, actor: Actor, reason: string | undefined): Send[] {
  room.setAffiliation(affiliationKey(victim), 'none');
  return depart(room, victim, { removal: { status: MUC_STATUS.kicked, actorNick: actor?.nick, reason } });
}

/** XEP-0045 §9.1: whoever is banned is removed. */
export function ban(room: Room, victim: Occupant, actor: Actor, reason: string | undefined): Send[] {
  return depart(room, victim, { removal: { status: MUC_STATUS.banned, actorNick: actor?.nick, reason } });
}

/** XEP-0045 §10.9: everyone is told and nobody is left. @param actorNick who did it, where people shall know */
export function destroy(
  room: Room,
  reason: string | undefined,
  alternative: string | undefined,
  actorNick?: string,
): Send[] {
  room.hasEnded = true;
  return [...room.occupants].map((who) => {
    room.remove(who);
    return {
      stanza: departurePresence(room, who, { destroy: { alternative, reason, actorNick } }, true),
      to: [who.jid],
    };
  });
}

function depart(room: Room, who: Occupant, departure: Departure): Send[] {
  room.remove(who);
  return [
    { stanza: departurePresence(room, who, departure, false), to: room.receivers() },
    { stanza: departurePresence(room, who, departure, true), to: [who.jid] },
  ];
}
