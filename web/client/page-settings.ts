/** What the web server tells the page about its deployment (web/server/README.md, "Settings of the page"). */
export interface PageSettings {
  readonly xmppDomain: string;
}

/** Id of the JSON block in index.html. */
export const SETTINGS_ELEMENT_ID = 'parley-settings';

/** Reads the settings out of the page; where none are (Vite's own server), the host's name is the domain. */
export function readPageSettings(page: Document, host: Location): PageSettings {
  const fallback = { xmppDomain: host.hostname };
  const content = page.getElementById(SETTINGS_ELEMENT_ID)?.textContent;
  if (content === undefined || content === null) return fallback;
  const value: unknown = JSON.parse(content);
  const hasDomain = typeof value === 'object' && value !== null && 'xmppDomain' in value;
  return hasDomain && typeof value.xmppDomain === 'string' ? { xmppDomain: value.xmppDomain } : fallback;
}

/** Where signalling is: the page's own host, below the tenant of the link (wire note §1.1). */
export function webSocketUrl(host: Location, tenant: string | undefined): string {
  const url = new URL(`${tenant === undefined ? '' : `/${tenant}`}/xmpp-websocket`, host.href);
  url.protocol = host.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
