import { ENDPOINT_ID } from '#protocol/media/source.ts';
import { NS_CONNECTION } from '#protocol/xmpp/component-bus.ts';
import { readCaps, type Caps } from '#protocol/xmpp/disco.ts';
import { child, childText, type XmlElement } from '#protocol/xmpp/element.ts';
import { GATEWAY_ACCOUNT, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { readMucUser } from '#protocol/xmpp/muc.ts';

/** A person, a gateway for people on the telephone, or a recorder on the hidden domain. */
export type OccupantKind = 'person' | 'gateway' | 'recorder';

/** An occupant of the room as the focus sees it; from the last presence. */
export interface Occupant {
  /** Also the endpoint id. */
  readonly nick: string;
  /** Real full address. */
  readonly jid: string;
  readonly kind: OccupantKind;
  readonly isModerator: boolean;
  /** May be chosen as moderator when there is none. */
  readonly isElectable: boolean;
  /** May have somebody called by telephone. */
  readonly mayDialOut: boolean;
  readonly caps?: Caps;
  readonly region?: string;
  /** `ws(s)://host` of the occupant's WebSocket, as signalling tells the focus only. */
  readonly origin?: string;
}

const MAX_REGION_LENGTH = 64;

/** Reads a room's presence; undefined if it is not about an occupant whose address is shown. */
export function readOccupant(presence: XmlElement, hosts: XmppHosts): Occupant | undefined {
  const nick = resourceOf(presence.attrs['from'] ?? '');
  const user = readMucUser(presence);
  if (nick === undefined || user?.jid === undefined) return undefined;
  const caps = readCaps(presence);
  const region = childText(presence, 'jitsi_participant_region');
  const connection = child(presence, 'connection', NS_CONNECTION)?.attrs;
  const origin = connection?.['origin'];
  const kind = kindOf(user.jid, hosts);
  return {
    nick,
    jid: user.jid,
    kind,
    isModerator: user.role === 'moderator',
    mayDialOut: kind === 'person' && mayDialOut(connection?.['dial'], user.role === 'moderator'),
    isElectable: kind === 'person' && connection?.['elect'] !== 'false',
    ...(caps === undefined ? {} : { caps }),
    ...(region === undefined || region.length > MAX_REGION_LENGTH ? {} : { region }),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** Media needs an endpoint id as nick (wire note, rules 4 and 5). */
export function canHaveSession({ nick }: Occupant): boolean {
  return ENDPOINT_ID.test(nick);
}

/** What a token says counts before the role (wire note §8). */
function mayDialOut(said: string | undefined, isModerator: boolean): boolean {
  return said === undefined ? isModerator : said === 'true';
}

function kindOf(jid: string, hosts: XmppHosts): OccupantKind {
  const bare = bareOf(jid);
  if (bare.endsWith(`@${hosts.recorder}`)) return 'recorder';
  return bare === `${GATEWAY_ACCOUNT}@${hosts.auth}` ? 'gateway' : 'person';
}
