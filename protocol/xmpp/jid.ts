import { DecodeError } from './decode-error.ts';

/** An XMPP address (RFC 7622). Parts are normalised: domain and local part in lower case. */
export interface Jid {
  /** Before the `@`; absent for a domain. */
  readonly local?: string;
  readonly domain: string;
  /** After the `/`; absent for a bare JID. */
  readonly resource?: string;
}

// RFC 7622 §3.1: each part is at most 1023 octets.
const MAX_PART_BYTES = 1023;
// RFC 7622 §3.3.1: the local part excludes these; the apostrophe is allowed here since Jitsi room names have it
// (decisions.md, "room name → node").
const FORBIDDEN_IN_LOCAL = /["&/:<>@\s\u0000-\u001F\u007F]/u;
const FORBIDDEN_IN_DOMAIN = /[^a-z0-9.\-_[\]:\u0080-\uFFFF]/u;
const CONTROL = /[\u0000-\u001F\u007F]/u;

/**
 * Parses and normalises an address.
 * @throws DecodeError (`bad-format`) where RFC 7622 forbids it; the edge answers `jid-malformed`.
 */
export function parseJid(source: string): Jid {
  const slash = source.indexOf('/');
  const bare = slash === -1 ? source : source.slice(0, slash);
  const at = bare.indexOf('@');
  const local = at === -1 ? undefined : bare.slice(0, at).normalize('NFKC').toLowerCase();
  const domain = bare.slice(at + 1).toLowerCase();
  const resource = slash === -1 ? undefined : source.slice(slash + 1);
  if (local !== undefined && (!fits(local) || FORBIDDEN_IN_LOCAL.test(local))) throw malformed('local part');
  if (!fits(domain) || FORBIDDEN_IN_DOMAIN.test(domain)) throw malformed('domain');
  if (resource !== undefined && (!fits(resource) || CONTROL.test(resource))) throw malformed('resource');
  return {
    domain,
    ...(local === undefined ? {} : { local }),
    ...(resource === undefined ? {} : { resource }),
  };
}

/** `local@domain/resource` as text. */
export function formatJid(jid: Jid): string {
  const bare = formatBareJid(jid);
  return jid.resource === undefined ? bare : `${bare}/${jid.resource}`;
}

/** The address without its resource, as text. */
export function formatBareJid(jid: Jid): string {
  return jid.local === undefined ? jid.domain : `${jid.local}@${jid.domain}`;
}

/** The text before the first `/`. */
export function bareOf(jid: string): string {
  const slash = jid.indexOf('/');
  return slash === -1 ? jid : jid.slice(0, slash);
}

/** The text after the first `/`, or undefined for a bare JID. */
export function resourceOf(jid: string): string | undefined {
  const slash = jid.indexOf('/');
  return slash === -1 ? undefined : jid.slice(slash + 1);
}

function fits(part: string): boolean {
  return part !== '' && part.isWellFormed() && new TextEncoder().encode(part).length <= MAX_PART_BYTES;
}

function malformed(part: string): DecodeError {
  return new DecodeError(
    'bad-format',
    `not an XMPP address: its ${part} is empty, too long or has a forbidden character`,
  );
}
