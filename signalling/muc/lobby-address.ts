import { isMucHost, mucOf, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';

/** As Jitsi's server has it (wire note §1.1). */
const TENANT_NODE = /^\[([^\]]*)\](.*)$/s;

type Hosts = Pick<XmppHosts, 'domain' | 'muc' | 'lobby'>;

/** Whether an address is one of a main room. A name that begins like a tenant's lobby is none. */
export function isMainRoom(jid: string, hosts: Hosts): boolean {
  const { local = '', domain } = parseJid(jid);
  return isMucHost(domain, hosts) && !TENANT_NODE.test(local);
}

/** The room whose lobby this is the address of (`lobbyOfRoom`). */
export function roomOfLobby(lobbyJid: string, hosts: Hosts): string {
  const { local = '' } = parseJid(lobbyJid);
  const [, tenant, node = local] = TENANT_NODE.exec(local) ?? [];
  return `${node}@${mucOf(hosts, tenant)}`;
}
