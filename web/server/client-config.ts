import { focusAccount, xmppHosts } from '#protocol/xmpp/hosts.ts';
import { webSocketOrigin } from './public-origin.ts';

/** How people may log in. */
export interface ClientAccess {
  /** Not everybody may open meetings: clients join as guests and offer hosts to log in (wire note §3.3). */
  readonly doHostsLogIn: boolean;
  /** What people call the OpenID Connect provider, and where one logs in there; undefined if there is none. */
  readonly identityProvider: { readonly name: string; readonly loginUrl: string } | undefined;
}

/**
 * `/config.js` (wire note §1.1): where our XMPP server is, and the few settings under which Jitsi's own clients work
 * best with our bridge. Our page reads the hosts from the same file.
 */
export function clientConfig(
  origin: string,
  xmppDomain: string,
  { doHostsLogIn, identityProvider }: ClientAccess,
): string {
  const hosts = xmppHosts(xmppDomain);
  const config = {
    hosts: {
      domain: hosts.domain,
      muc: hosts.muc,
      focus: hosts.focus,
      ...(doHostsLogIn ? { anonymousdomain: hosts.guest, authdomain: hosts.auth } : {}),
    },
    focusUserJid: focusAccount(hosts),
    websocket: `${webSocketOrigin(origin)}/xmpp-websocket`,
    websocketKeepAliveUrl: `${origin}/xmpp-websocket`,
    // Declined by our own client; two Jitsi clients alone in a room stay on the bridge, too.
    p2p: { enabled: false },
    flags: { ssrcRewritingEnabled: false },
    bridgeChannel: { preferSctp: false },
    // For our own page; Jitsi's knows nothing of it.
    ...(identityProvider === undefined ? {} : { parley: { identityProvider } }),
    videoQuality: { codecPreferenceOrder: ['VP8'] },
  };
  return `var config = ${JSON.stringify(config, undefined, 2)};\n`;
}
