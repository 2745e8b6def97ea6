import { DecodeError } from './decode-error.ts';

/** One label of a host name, in lower case; RFC 1035 §2.3.4 bounds its length. */
const TENANT = /^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}_-]{1,63}$/u;
/** What a host name of an address may consist of (jid.ts). */
const LAST_BASIC_CODE_UNIT = 0xffff;

/** Whether this can stand in the address of a tenant's rooms. */
export function isTenant(label: string): boolean {
  return TENANT.test(label) && [...label].every((character) => (character.codePointAt(0) ?? 0) <= LAST_BASIC_CODE_UNIT);
}

/**
 * The tenant that a path names, as Jitsi's pages make it the label of a host name: in lower case, with `_` for each dot.
 * @param segment percent-decoded.
 * @throws DecodeError (`bad-format`) where it cannot be one.
 */
export function readTenant(segment: string): string {
  const tenant = segment.normalize('NFKC').toLowerCase().replaceAll('.', '_');
  if (isTenant(tenant)) return tenant;
  throw new DecodeError(
    'bad-format',
    `“${segment}” cannot stand before the name of a meeting: use letters, digits, - and _.`,
  );
}
