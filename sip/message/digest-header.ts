import { quote, unquote } from './quoted-string.ts';
import { isToken, Scanner } from './scanner.ts';

// The form of challenges and credentials (RFC 3261 §20.7, RFC 7616 §3.3): `Digest name=value, name="value"`.

export type DigestFields = ReadonlyMap<string, string>;

/** Names in lower case, values without quotes; undefined for another scheme, or what is malformed. */
export function parseDigestHeader(text: string): DigestFields | undefined {
  const scanner = new Scanner(text);
  if (scanner.takeToken().toLowerCase() !== 'digest') return undefined;
  const fields = new Map<string, string>();
  do {
    scanner.skipSpace();
    const name = scanner.takeToken().toLowerCase();
    if (name === '' || fields.has(name) || !scanner.takeSeparator('=')) return undefined;
    const value = scanner.next === '"' ? scanner.takeQuoted() : scanner.takeUntil(',"');
    if (value === undefined || value === '') return undefined;
    fields.set(name, unquote(value));
  } while (scanner.takeSeparator(','));
  scanner.skipSpace();
  return scanner.isAtEnd ? fields : undefined;
}

/** Those whose value stands without quotes (RFC 7616 §3.3, §3.4). */
const UNQUOTED = new Set(['algorithm', 'nc', 'stale']);

/** `qop` is a list in a challenge and one word in credentials. */
export function formatDigestHeader(fields: DigestFields, kind: 'challenge' | 'credentials'): string {
  const parts = [...fields].map(([name, value]) => {
    const isBare = UNQUOTED.has(name) || (name === 'qop' && kind === 'credentials');
    return `${name}=${isBare && isToken(value) ? value : quote(value)}`;
  });
  return `Digest ${parts.join(', ')}`;
}
