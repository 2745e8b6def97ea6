/**
 * Where a client opens its bridge channel (decisions.md, "bridge channel URL"): the bridge's own public URL if it has
 * one; else scheme and host under which the client's own WebSocket came, if that is the public host or a loopback name
 * (`localhost` against `127.0.0.1` must work, and a page's CSP allows its own host only); else those of the public URL.
 *
 * @param origin `ws://host:port` or `wss://…` of the client's WebSocket as signalling saw it; checked here, since its
 *   host came in a header.
 */
export function channelUrl(
  channelPath: string,
  { baseUrl, origin, publicUrl }: { readonly baseUrl?: string; readonly origin?: string; readonly publicUrl: string },
): string {
  return `${baseUrl?.replace(/\/$/, '') ?? usableOrigin(origin, publicUrl) ?? webSocketOrigin(publicUrl)}${channelPath}`;
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

function usableOrigin(origin: string | undefined, publicUrl: string): string | undefined {
  if (origin === undefined || !URL.canParse(origin)) return undefined;
  const { protocol, hostname, host } = new URL(origin);
  if (protocol !== 'ws:' && protocol !== 'wss:') return undefined;
  return LOOPBACK_HOSTS.has(hostname) || host === new URL(publicUrl).host ? `${protocol}//${host}` : undefined;
}

function webSocketOrigin(publicUrl: string): string {
  const { protocol, host } = new URL(publicUrl);
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}`;
}
