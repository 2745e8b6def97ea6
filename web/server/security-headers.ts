/** What browsers are told about our pages. */
export interface PagePolicy {
  /** Origin under which the page was opened. */
  readonly origin: string;
  /** Further allowed targets of connections. */
  readonly connectSources: readonly string[];
  /** Meetings are embedded in pages of others; everything else is not. */
  readonly mayBeFramed: boolean;
}

export function securityHeaders({ origin, connectSources, mayBeFramed }: PagePolicy): Record<string, string> {
  // Safari before 15.4 does not take 'self' for WebSockets, so their origin stands there, too.
  const connect = ["'self'", origin.replace(/^http/, 'ws'), ...connectSources];
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    "font-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    `connect-src ${connect.join(' ')}`,
    "base-uri 'none'",
    "form-action 'self'",
    ...(mayBeFramed ? [] : ["frame-ancestors 'self'"]),
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    // The path of a meeting is its key; no other site needs to see it.
    'referrer-policy': 'same-origin',
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()',
  };
}
