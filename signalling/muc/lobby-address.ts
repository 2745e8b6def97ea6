import { isMucHost, mucOf, tenantOf, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';

/** Lobbies of all tenants are at one host, so their names carry the tenant as Jitsi's server has it (wire note §1.1). */
const TENANT_NODE = /^\[([^\]]*)\](.*)$/s;

type Hosts = Pick<XmppHosts, 'domain' | 'muc' | 'lobby'>;

/** Whether an address is one of a main room. A name that begins like a tenant's lobby is none. */
export function isMainRoom(jid: string, hosts: Hosts): boolean {
  const { local = '', domain } = parseJid(jid);
  return isMucHost(domain, hosts) && !TENANT_NODE.test(local);
}

/** `[acme]standup@lobby.<domain>` of `standup@muc.acme.<domain>` */
export function lobbyOfRoom(roomJid: string, hosts: Hosts): string {
  const { local = '', domain } = parseJid(roomJid);
  const tenant = tenantOf(domain, hosts);
  return `${tenant === undefined ? '' : `[${tenant}]`}${local}@${hosts.lobby}`;
}

export function roomOfLobby(lobbyJid: string, hosts: Hosts): string {
  const { local = '' } = parseJid(lobbyJid);
  const [, tenant, node = local] = TENANT_NODE.exec(local) ?? [];
  return `${node}@${mucOf(hosts, tenant)}`;
}
