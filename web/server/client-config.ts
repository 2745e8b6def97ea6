import { focusAccount, mucOf, xmppHosts } from '#protocol/xmpp/hosts.ts';
import { webSocketOrigin } from './public-origin.ts';

/**
 * `/config.js` (wire note §1.1): where our XMPP server is, and the few settings under which Jitsi's own clients work
 * best with our bridge. Our page reads the hosts from the same file.
 * @param doHostsLogIn clients join as guests and offer hosts to log in (wire note §3.3).
 * @param tenant whose rooms these clients shall come into (wire note §1.1).
 */
export function clientConfig(
  origin: string,
  xmppDomain: string,
  { doHostsLogIn, tenant }: { readonly doHostsLogIn: boolean; readonly tenant?: string | undefined },
): string {
  const hosts = xmppHosts(xmppDomain);
  const path = tenant === undefined ? '/xmpp-websocket' : `/${encodeURIComponent(tenant)}/xmpp-websocket`;
  const config = {
    hosts: {
      domain: hosts.domain,
      muc: mucOf(hosts, tenant),
      focus: hosts.focus,
      ...(doHostsLogIn ? { anonymousdomain: hosts.guest, authdomain: hosts.auth } : {}),
    },
    focusUserJid: focusAccount(hosts),
    websocket: `${webSocketOrigin(origin)}${path}`,
    websocketKeepAliveUrl: `${origin}${path}`,
    // Declined by our own client; two Jitsi clients alone in a room stay on the bridge, too.
    p2p: { enabled: false },
    flags: { ssrcRewritingEnabled: false },
    bridgeChannel: { preferSctp: false },
    videoQuality: { codecPreferenceOrder: ['VP8'] },
  };
  return `var config = ${JSON.stringify(config, undefined, 2)};\n`;
}
