/** What follows from the public URL (decisions.md, "Names and addresses"). */
export interface Deployment {
  /** Origin, without a slash at the end. */
  readonly publicUrl: string;
  readonly xmppDomain: string;
  /** Address to listen on. */
  readonly httpHost: string;
}

export interface DeploymentSettings {
  readonly publicUrl: string | undefined;
  readonly xmppDomain: string | undefined;
  readonly httpHost: string | undefined;
  readonly isTls: boolean;
  readonly httpPort: number;
}

export function deploymentOf(settings: DeploymentSettings): Deployment {
  const publicUrl = new URL(
    settings.publicUrl ?? `${settings.isTls ? 'https' : 'http'}://localhost:${settings.httpPort}`,
  );
  const isIpv6 = publicUrl.hostname.startsWith('[');
  return {
    publicUrl: publicUrl.origin,
    xmppDomain: settings.xmppDomain ?? (isIpv6 ? 'localhost' : publicUrl.hostname.toLowerCase()),
    // Nothing listens more than it must: without a public name only this machine reaches us. 127.0.0.1 and not
    // `localhost`, which may bind one address family only.
    httpHost: settings.httpHost ?? (isLoopbackName(publicUrl.hostname) ? '127.0.0.1' : '::'),
  };
}

/** `localhost` and loopback addresses, as `URL.hostname` writes them. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
