import { mucOf, tenantOf, type XmppHosts } from './hosts.ts';
import { parseJid } from './jid.ts';
import { roomDisplayName, type RoomAddress } from './room-name.ts';

type Hosts = Pick<XmppHosts, 'domain' | 'muc'>;

/** The address of a meeting's room: `standup@muc.acme.<domain>` for `/acme/standup` (wire note §1.1). */
export function roomJid({ node, tenant }: Pick<RoomAddress, 'node' | 'tenant'>, hosts: Hosts): string {
  return `${node}@${mucOf(hosts, tenant)}`;
}

/** A meeting as its link names it, for people to read: `acme/standup`. @param jid bare address of a room. */
export function roomPath(jid: string, hosts: Hosts): string {
  const { local = '', domain } = parseJid(jid);
  const tenant = tenantOf(domain, hosts);
  const name = roomDisplayName(local);
  return tenant === undefined ? name : `${tenant}/${name}`;
}

/**
 * The address of a room's lobby: `[acme]standup@lobby.<domain>` for `standup@muc.acme.<domain>`. Lobbies of all tenants are
 * at one host, so their names carry the tenant.
 */
export function lobbyOfRoom(roomJid: string, hosts: Hosts & Pick<XmppHosts, 'lobby'>): string {
  const { local = '', domain } = parseJid(roomJid);
  const tenant = tenantOf(domain, hosts);
  return `${tenant === undefined ? '' : `[${tenant}]`}${local}@${hosts.lobby}`;
}
