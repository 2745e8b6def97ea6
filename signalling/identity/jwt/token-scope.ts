import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { tenantOf, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';
import { roomNode } from '#protocol/xmpp/room-name.ts';
import type { RoomToken } from './room-token.ts';

/** Which rooms a deployment has: what a token's `sub` is compared with, if at all. */
export interface ScopeRules {
  /** The XMPP domain stands for “no tenant”. */
  readonly hosts: Pick<XmppHosts, 'domain' | 'muc'>;
  /** Tokens are for the rooms of one tenant. */
  readonly isTenantChecked: boolean;
}

/**
 * Whether a token is for a room (wire note §8).
 * @param roomJid bare address.
 */
export function isForRoom(token: RoomToken, roomJid: string, { hosts, isTenantChecked }: ScopeRules): boolean {
  const { local: name = '', domain } = parseJid(roomJid);
  const tenant = tenantOf(domain, hosts) ?? hosts.domain;
  if (isTenantChecked && token.tenant !== '*' && !isSameTenant(token.tenant, tenant)) return false;
  return token.room === '*' || token.room === name || nodeOf(token.room) === name;
}

/** Issuers write a tenant as the link has it, where a dot becomes `_` in addresses. */
function isSameTenant(written: string | undefined, tenant: string): boolean {
  return written === tenant || written?.replaceAll('.', '_') === tenant;
}

/** Issuers write a room's name as people do, or as it stands in addresses. */
function nodeOf(name: string): string | undefined {
  try {
    return roomNode(name);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Whether a token has run out since it was checked. */
export function isExpired(token: RoomToken, nowSeconds: number, clockSkewSeconds: number): boolean {
  return token.expiresAtSeconds !== undefined && nowSeconds >= token.expiresAtSeconds + clockSkewSeconds;
}
