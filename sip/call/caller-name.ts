import type { SipRequest } from '../message/message.ts';
import { uriUser } from '../message/uri.ts';
import { cleanDisplayName } from '../protection/display-name.ts';
import { maskNumber } from '../protection/mask-number.ts';

const UNKNOWN = 'Phone';
const NUMBER = /^\+?\d{3,20}$/u;

/** How a caller is shown in a meeting: by name, else by number with most of it hidden. */
export function callerNameOf({ from }: SipRequest): string {
  const name = cleanDisplayName(from.displayName ?? '');
  const user = uriUser(from.uri) ?? '';
  // Many trunks put the number where the name belongs.
  if (name !== '' && !NUMBER.test(name)) return name;
  const number = NUMBER.test(name) ? name : user;
  if (NUMBER.test(number)) return maskNumber(number);
  const cleaned = cleanDisplayName(user);
  return cleaned === '' || cleaned.toLowerCase() === 'anonymous' ? UNKNOWN : cleaned;
}
