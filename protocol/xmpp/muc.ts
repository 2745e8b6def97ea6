import { child, childElements, xml, type XmlElement } from './element.ts';

/** XEP-0045: multi-user chat. What rooms and those who are in them both need to know. */
export const NS_MUC = 'http://jabber.org/protocol/muc';
export const NS_MUC_USER = 'http://jabber.org/protocol/muc#user';
export const NS_MUC_ADMIN = 'http://jabber.org/protocol/muc#admin';
export const NS_MUC_OWNER = 'http://jabber.org/protocol/muc#owner';

/** XEP-0045 §5.2 */
export type MucAffiliation = 'owner' | 'admin' | 'member' | 'none' | 'outcast';
/** XEP-0045 §5.1 */
export type MucRole = 'moderator' | 'participant' | 'visitor' | 'none';

/** XEP-0045 §15.6.2: what a status code in a presence says. */
export const MUC_STATUS = {
  nonAnonymous: '100',
  configurationChanged: '104',
  self: '110',
  created: '201',
  banned: '301',
  kicked: '307',
} as const;

/** `<x xmlns="…muc#user"/>` of a presence. */
export interface MucUser {
  readonly affiliation: MucAffiliation;
  readonly role: MucRole;
  /** The occupant's real address, where the room shows it. */
  readonly jid?: string;
  readonly statusCodes: ReadonlySet<string>;
}

/** What a room's presence says about an occupant, or undefined if it says nothing. */
export function readMucUser(presence: XmlElement): MucUser | undefined {
  const x = child(presence, 'x', NS_MUC_USER);
  const item = x === undefined ? undefined : child(x, 'item');
  if (x === undefined || item === undefined) return undefined;
  const jid = item.attrs['jid'];
  return {
    affiliation: isAffiliation(item.attrs['affiliation']) ? item.attrs['affiliation'] : 'none',
    role: isRole(item.attrs['role']) ? item.attrs['role'] : 'none',
    ...(jid === undefined ? {} : { jid }),
    statusCodes: new Set(childElements(x, 'status').map(({ attrs }) => attrs['code'] ?? '')),
  };
}

/** The presence that enters a room. */
export function joinPresence(from: string, occupant: string): XmlElement {
  return xml('presence', { xmlns: 'jabber:client', from, to: occupant }, xml('x', { xmlns: NS_MUC }));
}

/** The presence that leaves a room. */
export function leavePresence(from: string, occupant: string): XmlElement {
  return xml('presence', { xmlns: 'jabber:client', from, to: occupant, type: 'unavailable' });
}

function isAffiliation(value: string | undefined): value is MucAffiliation {
  return value !== undefined && ['owner', 'admin', 'member', 'none', 'outcast'].includes(value);
}

function isRole(value: string | undefined): value is MucRole {
  return value !== undefined && ['moderator', 'participant', 'visitor', 'none'].includes(value);
}
