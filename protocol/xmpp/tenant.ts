import { DecodeError } from './decode-error.ts';

/** One label of a host name, in lower case; RFC 1035 §2.3.4 bounds its length. */
const TENANT = /^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}_-]{1,63}$/u;
/** jid.ts has none of these in host names. */
const BEYOND_BASIC_PLANE = /[\u{10000}-\u{10FFFF}]/u;

/** Whether this can stand in the address of a tenant's rooms. */
export function isTenant(label: string): boolean {
  return TENANT.test(label) && !BEYOND_BASIC_PLANE.test(label);
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
