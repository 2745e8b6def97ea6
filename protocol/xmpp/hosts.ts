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

/** The full JID from which the focus sends. */
export function focusJid(hosts: XmppHosts): string {
  return `${focusAccount(hosts)}/focus`;
}

/** Whether a host has rooms for conferences: main rooms or breakout rooms. */
export function isRoomHost(domain: string, { muc, breakout }: Pick<XmppHosts, 'muc' | 'breakout'>): boolean {
  return domain === muc || domain === breakout;
}
