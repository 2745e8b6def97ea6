import { headerTokens, headerValue } from '../message/headers.ts';
import type { NameAddress, SipRequest } from '../message/message.ts';
import { parseNameAddresses } from '../message/name-address.ts';
import { uriUser } from '../message/uri.ts';
import { cleanDisplayName } from '../protection/display-name.ts';
import { maskNumber } from '../protection/mask-number.ts';

const UNKNOWN = 'Phone';
const NUMBER = /^\+?\d{3,20}$/u;
const ANONYMOUS = 'anonymous';
/** Levels of privacy under which a name is not for others to see (RFC 3323 §4.2, RFC 3325 §9.3). */
const PRIVATE: readonly string[] = ['id', 'user', 'header', 'session', 'critical'];

/**
 * How a caller is shown in a meeting: by name, else by number with most of it hidden. Who wants to be nobody is.
 * @param isTrusted whether the trunk's word for who calls counts (P-Asserted-Identity, RFC 3325)
 */
export function callerNameOf(request: SipRequest, isTrusted: boolean): string {
  if (headerTokens(request, 'privacy').some((value) => value.split(';').some(isPrivate))) return UNKNOWN;
  const { displayName = '', uri } = (isTrusted ? assertedIdentity(request) : undefined) ?? request.from;
  const name = cleanDisplayName(displayName);
  const user = uriUser(uri) ?? '';
  if (name.toLowerCase() === ANONYMOUS || user.toLowerCase() === ANONYMOUS) return UNKNOWN;
  // Many trunks put the number where the name belongs.
  if (name !== '' && !NUMBER.test(name)) return name;
  const number = NUMBER.test(name) ? name : user;
  if (NUMBER.test(number)) return maskNumber(number);
  const cleaned = cleanDisplayName(user);
  return cleaned === '' ? UNKNOWN : cleaned;
}

function isPrivate(level: string): boolean {
  return PRIVATE.includes(level.trim().toLowerCase());
}

function assertedIdentity(request: SipRequest): NameAddress | undefined {
  const value = headerValue(request, 'p-asserted-identity');
  return value === undefined ? undefined : parseNameAddresses(value)?.[0];
}
