import { MESSAGE_LIMITS } from './limits.ts';
import type { NameAddress } from './message.ts';
import { formatParameters, scanParameters, tokenParameter } from './parameters.ts';
import { quote, unquote } from './quoted-string.ts';
import { Scanner, trimSpace } from './scanner.ts';
import { formatUri, parseUri, type Uri } from './uri.ts';

/** Where a name without quotes ends; wider than the grammar's tokens, for names as phones send them. */
const NAME_STOPS = '"<>,;:@\\';
const CONTROL_CHARACTER = /[\x00-\x08\x0a-\x1f\x7f]/;

/** One `name-addr` or `addr-spec` with its parameters, and nothing behind it. */
export function parseNameAddress(text: string): NameAddress | undefined {
  const scanner = new Scanner(text);
  const address = scanNameAddress(scanner);
  scanner.skipSpace();
  return scanner.isAtEnd ? address : undefined;
}

/** One or more, separated by commas, but no more than `maximum`. */
export function parseNameAddresses(text: string, maximum = MESSAGE_LIMITS.headers): readonly NameAddress[] | undefined {
  const scanner = new Scanner(text);
  const addresses: NameAddress[] = [];
  do {
    const address = scanNameAddress(scanner);
    if (address === undefined || addresses.length === maximum) return undefined;
    addresses.push(address);
  } while (scanner.takeSeparator(','));
  scanner.skipSpace();
  return scanner.isAtEnd ? addresses : undefined;
}

function scanNameAddress(scanner: Scanner): NameAddress | undefined {
  scanner.skipSpace();
  let displayName: string | undefined;
  let uri: Uri | undefined;
  if (scanner.next === '"') {
    const quoted = scanner.takeQuoted();
    if (quoted === undefined) return undefined;
    displayName = unquote(quoted);
    scanner.skipSpace();
    uri = scanBracketedUri(scanner);
  } else {
    const start = scanner.position;
    const name = trimSpace(scanner.takeThroughSpaceUntil(NAME_STOPS));
    if (scanner.next === '<') {
      if (CONTROL_CHARACTER.test(name)) return undefined;
      if (name !== '') displayName = name;
      uri = scanBracketedUri(scanner);
    } else {
      scanner.position = start;
      // RFC 3261 §20: without brackets a question mark or comma cannot be the URI's, and parameters are the header's.
      uri = parseUri(scanner.takeUntil(';,?<>"'));
    }
  }
  const parameters = uri === undefined ? undefined : scanParameters(scanner);
  if (uri === undefined || parameters === undefined) return undefined;
  return { ...(displayName !== undefined && { displayName }), uri, parameters };
}

function scanBracketedUri(scanner: Scanner): Uri | undefined {
  if (!scanner.take('<')) return undefined;
  const close = scanner.text.indexOf('>', scanner.position);
  if (close < 0) return undefined;
  const uri = parseUri(scanner.text.slice(scanner.position, close));
  scanner.position = close + 1;
  return uri;
}

export function formatNameAddress({ displayName, uri, parameters }: NameAddress): string {
  const name = displayName === undefined ? '' : `${quote(displayName)} `;
  return `${name}<${formatUri(uri)}>${formatParameters(parameters)}`;
}

/** The `tag` that tells one end of a dialog (RFC 3261 §19.3). */
export function tagOf({ parameters }: NameAddress): string | undefined {
  return tokenParameter(parameters, 'tag');
}

/** The same address with this tag. */
export function withTag(address: NameAddress, tag: string): NameAddress {
  return { ...address, parameters: new Map(address.parameters).set('tag', tag) };
}
