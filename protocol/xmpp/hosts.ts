import { isTenant } from './tenant.ts';

/** The host names of one deployment, all derived from its XMPP domain (decisions.md, "Names and addresses"). */
export interface XmppHosts {
  /** Where people log in. */
  readonly domain: string;
  /** Rooms. */
  readonly muc: string;
  /** Address of conference requests. */
  readonly focus: string;
  /** Accounts; the focus is `focus@<auth>/focus`. */
  readonly auth: string;
  readonly guest: string;
  readonly internalMuc: string;
  readonly recorder: string;
  /** Where people wait to be let into a room (wire note §7.4). */
  readonly lobby: string;
  /** Room metadata component (wire note §7.7). */
  readonly metadata: string;
  /** Components that people in a room do something together with (wire note §7). */
  readonly speakerStats: string;
  readonly conferenceDuration: string;
  readonly endConference: string;
  readonly avModeration: string;
  readonly polls: string;
  /** Breakout rooms, and their component (wire note §7.5). */
  readonly breakout: string;
}

export function xmppHosts(domain: string): XmppHosts {
  return {
    domain,
    muc: `muc.${domain}`,
    focus: `focus.${domain}`,
    auth: `auth.${domain}`,
    guest: `guest.${domain}`,
    internalMuc: `internal-muc.${domain}`,
    recorder: `recorder.${domain}`,
    lobby: `lobby.${domain}`,
    metadata: `metadata.${domain}`,
    speakerStats: `speakerstats.${domain}`,
    conferenceDuration: `conferenceduration.${domain}`,
    endConference: `endconference.${domain}`,
    avModeration: `avmoderation.${domain}`,
    polls: `polls.${domain}`,
    breakout: `breakout.${domain}`,
  };
}

/** The nick of the focus in every room; clients recognise the bridge session by it (wire note, rule 2). */
export const FOCUS_NICK = 'focus';

/** The focus's account; its occupant's real JID must start with this (wire note, rule 3). */
export function focusAccount(hosts: XmppHosts): string {
  return `focus@${hosts.auth}`;
}

/** Local part of the telephone gateway's account on the host of accounts (decisions.md, "Who logs in how"). */
export const GATEWAY_ACCOUNT = 'sip';

/** The room in which telephone gateways say what they can take on (wire note §7.11). */
export function gatewayBrewery({ internalMuc }: Pick<XmppHosts, 'internalMuc'>): string {
  return `jigasibrewery@${internalMuc}`;
}

/** The full JID from which the focus sends. */
export function focusJid(hosts: XmppHosts): string {
  return `${focusAccount(hosts)}/focus`;
}

type MucHosts = Pick<XmppHosts, 'domain' | 'muc'>;

/** Where the rooms of a tenant are: `muc.acme.<domain>` (wire note §1.1). @param tenant undefined: those of none. */
export function mucOf({ domain, muc }: MucHosts, tenant: string | undefined): string {
  return tenant === undefined ? muc : `muc.${tenant}.${domain}`;
}

/** The tenant whose rooms are at a host; undefined where it is no tenant's. */
export function tenantOf(host: string, { domain }: MucHosts): string | undefined {
  const [prefix, suffix] = ['muc.', `.${domain}`];
  if (!host.startsWith(prefix) || !host.endsWith(suffix)) return undefined;
  const tenant = host.slice(prefix.length, -suffix.length);
  return isTenant(tenant) ? tenant : undefined;
}

/** Whether a host has main rooms: those of a tenant, or of none. */
export function isMucHost(host: string, hosts: MucHosts): boolean {
  return host === hosts.muc || tenantOf(host, hosts) !== undefined;
}

/** Whether a host has rooms for conferences: main rooms or breakout rooms. */
export function isRoomHost(host: string, hosts: MucHosts & Pick<XmppHosts, 'breakout'>): boolean {
  return host === hosts.breakout || isMucHost(host, hosts);
}
