import type { IdentityProvider } from './identity/provider-login.ts';
import type { TelephoneAddresses } from './phone/telephone.ts';
import { fieldsOf } from './storage/local-store.ts';

/** What the page must know of its server before it can join. */
export interface ServerConfig {
  readonly identityProvider: IdentityProvider | undefined;
  /** Not everybody may open meetings: members log in (wire note §3.3). */
  readonly doMembersLogIn: boolean;
  readonly xmppDomain: string;
  readonly webSocketUrl: string;
  /** Where others find the meetings, also when this page is under another name of the server. */
  readonly publicOrigin: string;
  /** Two people alone may talk without the bridge. */
  readonly usesPeerToPeer: boolean;
  readonly telephone: TelephoneAddresses;
  /** Origins from which pictures of people are shown. */
  readonly pictureSources: readonly string[];
}

/**
 * Reads `/config.js`, the same file that Jitsi's clients read. It is a script by tradition: loaded as one, it leaves
 * `config` behind. What it lacks follows from the address of this page.
 */
export async function loadServerConfig(tenant: string | undefined): Promise<ServerConfig> {
  if (Reflect.get(globalThis, 'config') === undefined) await loadScript('/config.js');
  return serverConfigFrom(Reflect.get(globalThis, 'config'), location, tenant);
}

export function serverConfigFrom(
  config: unknown,
  page: Pick<Location, 'protocol' | 'host' | 'hostname' | 'origin'>,
  tenant: string | undefined,
): ServerConfig {
  const hosts = fieldsOf(fieldsOf(config)['hosts']);
  const domain = typeof hosts['domain'] === 'string' ? hosts['domain'] : page.hostname;
  const scheme = page.protocol === 'https:' ? 'wss' : 'ws';
  const prefix = tenant === undefined ? '' : `/${tenant}`;
  // Always the host of this page: other names of the same server (localhost, 127.0.0.1) then work too.
  return {
    xmppDomain: domain,
    webSocketUrl: `${scheme}://${page.host}${prefix}/xmpp-websocket`,
    publicOrigin: publicOriginOf(fieldsOf(config)['websocketKeepAliveUrl']) ?? page.origin,
    usesPeerToPeer: fieldsOf(fieldsOf(config)['p2p'])['enabled'] === true,
    doMembersLogIn: typeof hosts['authdomain'] === 'string',
    identityProvider: identityProviderOf(fieldsOf(fieldsOf(config)['parley'])['identityProvider']),
    telephone: telephoneOf(fieldsOf(config), page.origin),
    pictureSources: textsIn(fieldsOf(fieldsOf(config)['parley'])['pictureSources']),
  };
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item: unknown) => typeof item === 'string') : [];
}

/** Servers say it in the address that they want asked now and then. */
function publicOriginOf(url: unknown): string | undefined {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  return parsed?.protocol === 'https:' || parsed?.protocol === 'http:' ? parsed.origin : undefined;
}

/** As Jitsi's clients read them; the page of numbers is ours alone. */
function telephoneOf(config: Readonly<Record<string, unknown>>, base: string): TelephoneAddresses {
  return {
    numbersUrl: webAddress(config['dialInNumbersUrl'], base),
    pinUrl: webAddress(config['dialInConfCodeUrl'], base),
    pageUrl: webAddress(fieldsOf(config['parley'])['dialInPageUrl'], base),
    dialOutUrl: webAddress(config['dialOutAuthUrl'], base),
  };
}

function webAddress(value: unknown, base: string): string | undefined {
  const url = typeof value === 'string' && value !== '' ? URL.parse(value, base) : null;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}

function identityProviderOf(value: unknown): IdentityProvider | undefined {
  const { name, loginUrl } = fieldsOf(value);
  if (typeof name !== 'string' || typeof loginUrl !== 'string' || !/^https?:\/\//u.test(loginUrl)) return undefined;
  return { name, loginUrl };
}

function loadScript(source: string): Promise<void> {
  return new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = source;
    script.addEventListener('load', () => resolve());
    // Without it the defaults hold, and joining tells what is wrong.
    script.addEventListener('error', () => resolve());
    document.head.append(script);
  });
}
