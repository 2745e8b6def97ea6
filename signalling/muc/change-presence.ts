import type { XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import type { Identity } from '../identity/identity.ts';
import { withoutForgeries } from './forged-children.ts';
import { occupant, selfPresence } from './presence.ts';
import type { Occupant, Room, Send } from './room.ts';

/** XEP-0045 §7.7: every presence is a full state and goes to all as it is (wire note §4.1). */
export function changePresence(room: Room, who: Occupant, presence: XmlElement): Send[] {
  return announce(room, who, withoutForgeries(presence.children, who.nick === FOCUS_NICK));
}

/** Tells all about an affiliation that has changed (XEP-0045 §9, §10). */
export function reannounce(room: Room, who: Occupant): Send[] {
  return announce(room, who, who.payload);
}

/** Tells all that somebody has turned out to be somebody else than it seemed, or has a newer token. */
export function reidentify(room: Room, who: Occupant, identity: Identity): Send[] {
  return announce(room, { ...who, identity }, who.payload);
}

function announce(room: Room, who: Occupant, payload: readonly XmlElement[]): Send[] {
  const changed = occupant(room, { ...who, payload });
  room.put(changed);
  return [
    { stanza: changed.announcement, to: room.receivers(changed) },
    { stanza: selfPresence(room, changed), to: [changed.jid] },
  ];
}
