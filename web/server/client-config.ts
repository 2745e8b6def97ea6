import { focusAccount, mucOf, xmppHosts } from '#protocol/xmpp/hosts.ts';
import { webSocketOrigin } from './public-origin.ts';

/** What clients must know of how this server is set up. */
export interface Deployment {
  /** Not everybody may open meetings: clients join as guests and offer hosts to log in (wire note §3.3). */
  readonly doHostsLogIn: boolean;
  /** Two people alone talk without the bridge (wire note §5.12). */
  readonly usesPeerToPeer: boolean;
  /** A lost connection may be resumed (XEP-0198). */
  readonly canResume: boolean;
  /** What people call the OpenID Connect provider, and where one logs in there; undefined if there is none. */
  readonly identityProvider: { readonly name: string; readonly loginUrl: string } | undefined;
  readonly telephone: TelephoneSetup;
  /** Origins from which pictures of people are shown. */
  readonly pictureSources: readonly string[];
}

/** What the server can do with telephones. */
export interface TelephoneSetup {
  /** There are numbers under which meetings are reached. */
  readonly canDialIn: boolean;
  readonly canDialOut: boolean;
}

/**
 * `/config.js` (wire note §1.1): where our XMPP server is, and the few settings under which Jitsi's own clients work
 * best with our bridge. Our page reads the hosts from the same file.
 * @param tenant whose rooms these clients shall come into (wire note §1.1).
 */
export function clientConfig(
  origin: string,
  xmppDomain: string,
  { doHostsLogIn, usesPeerToPeer, canResume, identityProvider, telephone, pictureSources }: Deployment,
  tenant?: string,
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
    enableWebsocketResume: canResume,
    // Who is there (a recorder) is not shown as a person.
    hiddenDomain: hosts.recorder,
    p2p: { enabled: usesPeerToPeer },
    flags: { ssrcRewritingEnabled: false },
    bridgeChannel: { preferSctp: false },
    enableIceRestart: true,
    enableOpusRed: false,
    ...(telephone.canDialIn
      ? {
          dialInNumbersUrl: `${origin}/dialin/phoneNumberList`,
          dialInConfCodeUrl: `${origin}/dialin/conferenceMapper`,
        }
      : {}),
    ...(telephone.canDialOut ? { dialOutAuthUrl: `${origin}/dialin/dialOutCheck` } : {}),
    // For our own page; Jitsi's knows nothing of it.
    parley: {
      ...(identityProvider === undefined ? {} : { identityProvider }),
      ...(pictureSources.length === 0 ? {} : { pictureSources }),
      ...(telephone.canDialIn ? { dialInPageUrl: `${origin}/dialin` } : {}),
    },
    videoQuality: { codecPreferenceOrder: ['VP8'] },
  };
  return `var config = ${JSON.stringify(config, undefined, 2)};\n`;
}

/** `/interface_config.js`, which Jitsi's web front end loads beside `/config.js`: whose pages these are, and no advertising. */
export function interfaceConfig(): string {
  const config = {
    APP_NAME: 'Parley',
    NATIVE_APP_NAME: 'Parley',
    PROVIDER_NAME: 'Parley',
    SHOW_JITSI_WATERMARK: false,
    SHOW_BRAND_WATERMARK: false,
    SHOW_POWERED_BY: false,
    SHOW_PROMOTIONAL_CLOSE_PAGE: false,
    MOBILE_APP_PROMO: false,
  };
  return `var interfaceConfig = ${JSON.stringify(config, undefined, 2)};\n`;
}
