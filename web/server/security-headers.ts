/** What browsers are told about our pages. */
export interface PagePolicy {
  /** Origin under which the page was opened. */
  readonly origin: string;
  /** Further allowed targets of connections. */
  readonly connectSources: readonly string[];
  /** Further sources of pictures. */
  readonly pictureSources: readonly string[];
  /** Meetings are embedded in pages of others, everything else is not: origins that may, or all. */
  readonly framedBy: readonly string[] | 'all';
}

export function securityHeaders(page: PagePolicy): Record<string, string> {
  const { origin, connectSources, pictureSources, framedBy } = page;
  // Safari before 15.4 does not take 'self' for WebSockets, so their origin stands there, too.
  const connect = ["'self'", origin.replace(/^http/, 'ws'), ...connectSources];
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    ["img-src 'self' data: blob:", ...pictureSources].join(' '),
    "media-src 'self' blob: mediastream:",
    "font-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    `connect-src ${connect.join(' ')}`,
    "base-uri 'none'",
    "form-action 'self'",
    // Absent for all: `*` would leave out the schemes of desktop applications.
    ...(framedBy === 'all' ? [] : [["frame-ancestors 'self'", ...framedBy].join(' ')]),
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    // The path of a meeting is its key, and its query may hold a token: not even our own server needs to see them again.
    'referrer-policy': 'no-referrer',
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()',
  };
}
