import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { bareOf, formatBareJid, parseJid } from '#protocol/xmpp/jid.ts';
import { NS_MUC_ADMIN } from '#protocol/xmpp/muc.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import {
  affiliationKey,
  isAffiliation,
  isAtLeastAdmin,
  mayChangeAffiliation,
  mayKick,
  type Affiliation,
} from './affiliation.ts';
import { reannounce } from './change-presence.ts';
import { ban, kick } from './leave.ts';
import type { Occupant, Room, Send } from './room.ts';

/** More than a room has people; a client turning members-only on names everyone present (wire note §4.6). */
const MAX_ITEMS = 1_000;
/** Bare addresses that can have an affiliation; guests' addresses never come back, so a room keeps few. */
const MAX_AFFILIATIONS = 5_000;

/** One change asked for by a muc#admin item, checked. */
type Change =
  | { readonly kind: 'kick'; readonly victim: Occupant; readonly reason: string | undefined }
  | {
      readonly kind: 'affiliation';
      readonly jid: string;
      readonly affiliation: Affiliation;
      readonly reason: string | undefined;
    };

/** XEP-0045 §8.2, §9, §10.3–10.8: all items are checked before the first one takes effect. */
export function administer(room: Room, actor: Occupant, query: XmlElement): Send[] | StanzaError {
  const items = childElements(query, 'item', NS_MUC_ADMIN);
  if (items.length === 0 || items.length > MAX_ITEMS) return stanzaError('modify', 'bad-request');
  const changes: Change[] = [];
  for (const item of items) {
    const change = readItem(room, actor, item);
    if ('condition' in change) return change;
    changes.push(change);
  }
  if (room.affiliationCount + changes.length > MAX_AFFILIATIONS) return stanzaError('wait', 'resource-constraint');
  return changes.flatMap((change) => apply(room, actor, change));
}

/** XEP-0045 §9.5, §10.5: who has an affiliation; for moderators. */
export function listAffiliated(room: Room, actor: Occupant, query: XmlElement): XmlElement | StanzaError {
  if (actor.role !== 'moderator') return stanzaError('auth', 'forbidden');
  const affiliation = childElements(query, 'item', NS_MUC_ADMIN)[0]?.attrs['affiliation'];
  if (!isAffiliation(affiliation) || affiliation === 'none') return stanzaError('modify', 'bad-request');
  return xml(
    'query',
    { xmlns: NS_MUC_ADMIN },
    room.affiliated(affiliation).map((jid) => xml('item', { affiliation, jid })),
  );
}

function readItem(room: Room, actor: Occupant, item: XmlElement): Change | StanzaError {
  const { nick, role, affiliation } = item.attrs;
  const reason = childText(item, 'reason');
  if (role !== undefined && affiliation !== undefined) return stanzaError('modify', 'bad-request');
  if (role !== undefined) return readRole(room, actor, nick, role, reason);
  if (!isAffiliation(affiliation)) return stanzaError('modify', 'bad-request');
  const jid = readJid(room, item);
  if (typeof jid !== 'string') return jid;
  // The focus owns every room, else nobody could grant anything any more (XEP-0045 §10.2).
  const focus = room.byNick(FOCUS_NICK);
  if (focus !== undefined && bareOf(focus.jid) === jid && affiliation !== 'owner') {
    return stanzaError('cancel', 'not-allowed');
  }
  if (isAtLeastAdmin(affiliation) && namedBy(room, jid).some(isCaller)) {
    return stanzaError('cancel', 'not-allowed', 'Who calls by telephone does not moderate.');
  }
  if (room.areRolesGiven && affiliation === 'owner' && actor.nick !== FOCUS_NICK) {
    return stanzaError('cancel', 'not-allowed', 'The Matrix room decides who moderates.');
  }
  if (!mayChangeAffiliation(actor.affiliation, room.affiliationOf(jid), affiliation)) {
    return stanzaError('auth', 'forbidden', 'Only owners of the room may do this.');
  }
  return { kind: 'affiliation', jid, affiliation, reason };
}

function readRole(
  room: Room,
  actor: Occupant,
  nick: string | undefined,
  role: string,
  reason: string | undefined,
): Change | StanzaError {
  if (actor.role !== 'moderator') return stanzaError('auth', 'forbidden', 'Only moderators may do this.');
  const victim = nick === undefined ? undefined : room.byNick(nick);
  if (victim === undefined) return stanzaError('cancel', 'item-not-found');
  // Roles follow from affiliations here; there is no voice to grant or revoke.
  if (role !== 'none') return stanzaError('cancel', 'feature-not-implemented');
  if (victim.nick === FOCUS_NICK || !mayKick(actor, victim)) return stanzaError('cancel', 'not-allowed');
  return { kind: 'kick', victim, reason };
}

function readJid(room: Room, item: XmlElement): string | StanzaError {
  const { jid, nick } = item.attrs;
  if (jid === undefined) {
    const named = nick === undefined ? undefined : room.byNick(nick);
    return named === undefined ? stanzaError('cancel', 'item-not-found') : affiliationKey(named);
  }
  try {
    return formatBareJid(parseJid(jid));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return stanzaError('modify', 'jid-malformed');
  }
}

function apply(room: Room, actor: Occupant, change: Change): Send[] {
  if (change.kind === 'kick') {
    // Named twice in one query: the first item has done it.
    return room.byNick(change.victim.nick) === undefined ? [] : kick(room, change.victim, actor, change.reason);
  }
  const { jid, affiliation, reason } = change;
  if (room.affiliationOf(jid) === affiliation) return [];
  const affected = namedBy(room, jid);
  // The gateway's account is every caller's: who is meant by it are those that are here, not all who may still call.
  const keys = affected.some(isCaller) ? affected.map(affiliationKey) : [jid];
  for (const key of keys) room.setAffiliation(key, affiliation);
  if (affiliation !== 'outcast') {
    room.bans.lift(jid);
    return affected.flatMap((who) => reannounce(room, who));
  }
  return shutOut(room, affected, actor, reason);
}

/** Those in the room whom an account's address, or a caller's own, names. */
function namedBy(room: Room, jid: string): Occupant[] {
  return [...room.occupants].filter((who) => [bareOf(who.jid), affiliationKey(who)].includes(jid));
}

function isCaller({ identity }: Occupant): boolean {
  return identity?.kind === 'gateway';
}

/** Removes somebody at the word of whoever runs the server; moderators are no exception. */
export function removeByServer(
  room: Room,
  victim: Occupant,
  { reason, isBanned }: { readonly reason: string | undefined; readonly isBanned: boolean },
): Send[] {
  if (!isBanned) return kick(room, victim, undefined, reason);
  room.setAffiliation(affiliationKey(victim), 'outcast');
  return shutOut(room, [victim], undefined, reason);
}

/** XEP-0045 §9.1: who has just become outcast goes, also where the same person is in the room a second time. */
function shutOut(room: Room, outcasts: readonly Occupant[], actor: Occupant | undefined, reason?: string): Send[] {
  for (const who of outcasts) room.bans.add(bareOf(who.jid), who, actor);
  const recognised = [...room.occupants].filter((who) => who.role !== 'moderator' && room.bans.recognise(who));
  return [...new Set([...outcasts, ...recognised])].flatMap((who) => ban(room, who, actor, reason));
}
