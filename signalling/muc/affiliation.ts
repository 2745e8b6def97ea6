import { bareOf } from '#protocol/xmpp/jid.ts';
import type { MucAffiliation, MucRole } from '#protocol/xmpp/muc.ts';
import type { Identity } from '../identity/identity.ts';

/** XEP-0045 §5.2: what someone is to a room, lasting; see {@link affiliationKey}. */
export type Affiliation = MucAffiliation;
/** XEP-0045 §5.1: what someone may do while being there. Nobody is a mere visitor here. */
export type Role = Exclude<MucRole, 'visitor'>;

const RANK: Readonly<Record<Affiliation, number>> = { outcast: 0, none: 1, member: 2, admin: 3, owner: 4 };

/**
 * What affiliations are kept by: the account, or for the gateway the session. All who call by telephone have one account, and
 * letting one of them in is letting in no other.
 */
export function affiliationKey({
  jid,
  identity,
}: {
  readonly jid: string;
  readonly identity: Identity | undefined;
}): string {
  return identity?.kind === 'gateway' ? jid : bareOf(jid);
}

export function isAffiliation(value: string | undefined): value is Affiliation {
  return value !== undefined && Object.hasOwn(RANK, value);
}

/** Owners and admins moderate (XEP-0045 §5.1.2); everyone else may speak. */
export function roleOf(affiliation: Affiliation): Role {
  return isAtLeastAdmin(affiliation) ? 'moderator' : 'participant';
}

/** Whether someone may enter a room for members only (XEP-0045 §5.2). */
export function isAtLeastMember(affiliation: Affiliation): boolean {
  return RANK[affiliation] >= RANK.member;
}

/** Whether who has it moderates (XEP-0045 §5.1.2). */
export function isAtLeastAdmin(affiliation: Affiliation): boolean {
  return RANK[affiliation] >= RANK.admin;
}

/** XEP-0045 §8.2: a moderator cannot remove someone of a higher affiliation. */
export function mayKick(
  actor: { affiliation: Affiliation; role: Role },
  victim: { affiliation: Affiliation },
): boolean {
  return actor.role === 'moderator' && RANK[actor.affiliation] >= RANK[victim.affiliation];
}

/** XEP-0045 §5.2.1 and §9: owners decide on everything, admins on those below them. */
export function mayChangeAffiliation(actor: Affiliation, from: Affiliation, to: Affiliation): boolean {
  if (actor === 'owner') return true;
  return actor === 'admin' && RANK[from] < RANK.admin && RANK[to] < RANK.admin;
}
