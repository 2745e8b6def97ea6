import { xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import { MUC_STATUS, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { identityElement } from '../identity/access-rules.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Affiliation, Role } from './affiliation.ts';
import { permissionsElement } from './permissions.ts';
import type { Occupant, Room } from './room.ts';

type Status = (typeof MUC_STATUS)[keyof typeof MUC_STATUS];

/** An occupant with the presence that announces it. */
export function occupant(
  room: Room,
  details: Pick<Occupant, 'nick' | 'jid' | 'identity' | 'machineUid' | 'payload'>,
): Occupant {
  const affiliation = room.affiliationOf(details.jid);
  const role = room.roleFor(details.jid);
  const announcement = availablePresence(room, { ...details, affiliation, role });
  return { ...details, affiliation, role, announcement };
}

/** Presence as an occupant itself gets it (XEP-0045 §7.2.2), with what it may do (wire note §8). */
export function selfPresence(room: Pick<Room, 'jid'>, who: Occupant, ...statuses: readonly Status[]): OutgoingStanza {
  return availablePresence(room, who, [...statuses, MUC_STATUS.self], permissionsElement(who));
}

export function availablePresence(
  room: Pick<Room, 'jid'>,
  who: Pick<Occupant, 'nick' | 'jid' | 'affiliation' | 'role' | 'identity' | 'payload'>,
  statuses: readonly Status[] = [],
  permissions?: XmlElement,
): OutgoingStanza {
  return new OutgoingStanza(
    xml(
      'presence',
      { xmlns: NS_CLIENT, from: `${room.jid}/${who.nick}` },
      who.payload,
      who.identity === undefined ? undefined : identityElement(who.identity),
      permissions,
      userElement([itemElement(who.affiliation, who.role, who.jid)], statuses),
    ),
  );
}

export interface Departure {
  /** What the one who leaves said in parting. */
  readonly payload?: readonly XmlElement[];
  /** Set when it was not its own wish: a kick (XEP-0045 §8.2) or a ban (§9.1). */
  readonly removal?: {
    readonly status: typeof MUC_STATUS.kicked | typeof MUC_STATUS.banned;
    /** Undefined: it was the server's doing. */
    readonly actorNick: string | undefined;
    readonly reason: string | undefined;
  };
  /** Set when the room ends (XEP-0045 §10.9). */
  readonly destroy?: {
    readonly alternative: string | undefined;
    readonly reason: string | undefined;
    readonly actorNick?: string | undefined;
  };
}

/** Unavailable presence, for the others or for the one who leaves. */
export function departurePresence(
  room: Pick<Room, 'jid'>,
  who: Occupant,
  departure: Departure,
  isSelf: boolean,
): OutgoingStanza {
  const { removal, destroy } = departure;
  const affiliation = remaining(who, departure);
  const actorNick = removal?.actorNick ?? destroy?.actorNick;
  const item = itemElement(
    affiliation,
    'none',
    who.jid,
    actorNick === undefined ? undefined : xml('actor', { nick: actorNick }),
    reasonElement(removal?.reason),
  );
  const statuses = [...(removal === undefined ? [] : [removal.status]), ...(isSelf ? [MUC_STATUS.self] : [])];
  return new OutgoingStanza(
    xml(
      'presence',
      { xmlns: NS_CLIENT, type: 'unavailable', from: `${room.jid}/${who.nick}` },
      departure.payload,
      userElement(
        [
          item,
          destroy === undefined
            ? undefined
            : xml('destroy', { jid: destroy.alternative }, reasonElement(destroy.reason)),
        ],
        statuses,
      ),
    ),
  );
}

function remaining(who: Occupant, { removal, destroy }: Departure): Affiliation {
  if (removal?.status === MUC_STATUS.banned) return 'outcast';
  return removal === undefined && destroy === undefined ? who.affiliation : 'none';
}

function userElement(content: readonly XmlContent[], statuses: readonly Status[]): XmlElement {
  return xml(
    'x',
    { xmlns: NS_MUC_USER },
    content,
    statuses.map((code) => xml('status', { code })),
  );
}

function itemElement(affiliation: Affiliation, role: Role, jid: string, ...content: readonly XmlContent[]): XmlElement {
  return xml('item', { affiliation, role, jid }, content);
}

function reasonElement(reason: string | undefined): XmlElement | undefined {
  return reason === undefined ? undefined : xml('reason', {}, reason);
}
