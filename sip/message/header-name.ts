/** Full names of the compact forms: RFC 3261 §7.3.3 and the registry it began. */
const COMPACT = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['n', 'identity-info'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity'],
]);

/** Headers that may stand once in a message, besides those that have a field of their own (RFC 3261 §20 and extensions). */
const SINGLE = new Set([
  'content-disposition',
  'content-type',
  'date',
  'event',
  'expires',
  'min-expires',
  'min-se',
  'rack',
  'refer-to',
  'referred-by',
  'replaces',
  'reply-to',
  'retry-after',
  'rseq',
  'session-expires',
  'subscription-state',
  'timestamp',
]);

/** Names whose parts are not simply capitalised. */
const SPELLINGS = new Map([
  ['call-id', 'Call-ID'],
  ['cseq', 'CSeq'],
  ['mime-version', 'MIME-Version'],
  ['min-se', 'Min-SE'],
  ['rack', 'RAck'],
  ['rseq', 'RSeq'],
  ['sip-etag', 'SIP-ETag'],
  ['www-authenticate', 'WWW-Authenticate'],
]);

/** The name under which a header is known: full and in lower case. */
export function canonicalHeaderName(name: string): string {
  const lower = name.toLowerCase();
  return lower.length === 1 ? (COMPACT.get(lower) ?? lower) : lower;
}

export function mayRepeat(name: string): boolean {
  return !SINGLE.has(name);
}

/** The name as it is usually written, which some peers expect. */
export function headerSpelling(name: string): string {
  return SPELLINGS.get(name) ?? name.replace(/(^|-)[a-z]/g, (initial) => initial.toUpperCase());
}
