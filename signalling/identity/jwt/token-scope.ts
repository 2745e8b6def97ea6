import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { roomNode } from '#protocol/xmpp/room-name.ts';
import type { RoomToken } from './room-token.ts';

/** Which rooms a deployment has: what a token's `sub` is compared with, if at all. */
export interface ScopeRules {
  /** XMPP domain, which stands for “no tenant”. */
  readonly domain: string;
  /** Tokens are for the rooms of one tenant. */
  readonly isTenantChecked: boolean;
}

/** Rooms of a tenant are named `[tenant]room` inside the server (wire note §1.1). */
const TENANT_NODE = /^\[([^\]]*)\](.*)$/s;

/**
 * Whether a token is for a room (wire note §8).
 * @param node local part of the room's address.
 */
export function isForRoom(token: RoomToken, node: string, rules: ScopeRules): boolean {
  const [, tenant, name = node] = TENANT_NODE.exec(node) ?? [];
  if (rules.isTenantChecked && token.tenant !== '*' && token.tenant !== (tenant ?? rules.domain)) return false;
  return token.room === '*' || token.room === name || nodeOf(token.room) === name;
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
