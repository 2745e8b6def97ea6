import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import {
  conferenceOf,
  decodeConferenceRequest,
  encodeConferenceAnswer,
  withRequester,
  type ConferenceRequest,
} from '#protocol/xmpp/conference-request.ts';
import { child, withChildren, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { focusAccount, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';
import { NS_FOCUS } from '#protocol/xmpp/jingle.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { isMember, judgeEntry, type AccessRules } from '../identity/access-rules.ts';
import { GUEST, type AccountHolder, type Identity } from '../identity/identity.ts';
import type { BreakoutRules } from '../muc/breakout-rules.ts';
import type { HostSessions } from '../identity/host-sessions.ts';
import type { Sender } from '../routing/sender.ts';

/** What becomes of a request to the focus: it goes on, perhaps changed, or is answered here. */
export type GateOutcome =
  | { readonly kind: 'forward'; readonly stanza: XmlElement }
  | { readonly kind: 'answer'; readonly content: XmlElement }
  | { readonly kind: 'refuse'; readonly error: StanzaError };

export interface ConferenceGateParts {
  readonly hosts: XmppHosts;
  readonly access: AccessRules;
  readonly sessions: HostSessions;
  doesRoomExist(jid: string): boolean;
  /** A guest has shown that it is somebody. */
  identified(sender: Sender, identity: Identity): void;
  readonly breakouts: BreakoutRules;
  /** Its browser has named itself. */
  named(sender: Sender, machineUid: string): void;
  nowSeconds(): number;
}

/**
 * Who may have a conference opened (wire note §3.3). The focus obeys whoever gets through; this is where the guest policy
 * is kept, and where a host's login becomes a session that its connection as a guest can show.
 */
export class ConferenceGate {
  readonly #parts: ConferenceGateParts;

  constructor(parts: ConferenceGateParts) {
    this.#parts = parts;
  }

  /** @param iq a request for the focus. */
  judge(sender: Sender, iq: XmlElement): GateOutcome {
    const conference = iq.attrs['type'] === 'set' ? conferenceOf(iq) : undefined;
    if (conference !== undefined) return this.#judgeConference(sender, iq, conference);
    const logout = iq.attrs['type'] === 'set' ? child(iq, 'logout', NS_FOCUS) : undefined;
    if (logout === undefined) return { kind: 'forward', stanza: iq };
    this.#parts.sessions.close(logout.attrs['session-id'] ?? '');
    return { kind: 'answer', content: xml('logout', { xmlns: NS_FOCUS }) };
  }

  #judgeConference(sender: Sender, iq: XmlElement, conference: XmlElement): GateOutcome {
    let request: ConferenceRequest;
    try {
      request = decodeConferenceRequest(conference);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'refuse', error: stanzaError('modify', 'bad-request', error.message) };
    }
    if (request.machineUid !== undefined) this.#parts.named(sender, request.machineUid);
    const identity = this.#identityOf(sender, request);
    if ('condition' in identity) return { kind: 'refuse', error: identity };
    const { hosts, access } = this.#parts;
    const { room } = request;
    const { domain } = parseJid(room);
    if (domain === hosts.breakout) {
      const error = this.#parts.breakouts.judgeEntry(sender.jid, room);
      if (error !== undefined) return { kind: 'refuse', error };
    }
    const outcome = domain === hosts.muc ? this.#judgeRoom(identity, room) : undefined;
    if (outcome !== undefined) return outcome;
    const known = {
      isAuthenticationEnabled: access.policy !== 'open',
      ...(identity.kind === 'account'
        ? { identity: identity.username, sessionId: this.#sessionOf(identity, request) }
        : {}),
    };
    return { kind: 'forward', stanza: withChildren(iq, [withRequester(conference, known)]) };
  }

  /** The session that a host has shown, or a new one. */
  #sessionOf(host: AccountHolder, { sessionId, machineUid }: ConferenceRequest): string {
    const { sessions } = this.#parts;
    const isItsOwn = sessionId !== undefined && sessions.find(sessionId, machineUid)?.username === host.username;
    return isItsOwn ? sessionId : sessions.open(host, machineUid);
  }

  /** Who asks: by its login, or by the session of one before. */
  #identityOf(sender: Sender, request: ConferenceRequest): Identity | StanzaError {
    const identity = sender.identity ?? GUEST;
    if (request.sessionId === undefined || isMember(identity)) return identity;
    const host = this.#parts.sessions.find(request.sessionId, request.machineUid);
    if (host === undefined) return SESSION_INVALID;
    this.#parts.identified(sender, host);
    return host;
  }

  #judgeRoom(identity: Identity, room: string): GateOutcome | undefined {
    const { access, hosts } = this.#parts;
    if (judgeEntry(identity, room, access, this.#parts.nowSeconds()) !== undefined) {
      if (!isMember(identity)) return { kind: 'refuse', error: NOT_AUTHORIZED };
      // Jitsi's client shows people the reason that a join is refused with, but none that stands here; so it gets to join,
      // and a token for one room opens no other.
      const answer = { room, isReady: true, focusJid: focusAccount(hosts), properties: {} };
      return { kind: 'answer', content: encodeConferenceAnswer(answer) };
    }
    if (isMember(identity) || access.policy === 'open' || this.#parts.doesRoomExist(room)) return undefined;
    return { kind: 'refuse', error: NOT_AUTHORIZED };
  }
}

/** Clients then offer to log in, wait, and ask again. */
const NOT_AUTHORIZED = stanzaError('auth', 'not-authorized', 'Only members can open this meeting.');
/** Clients then forget the session and ask again without. */
const SESSION_INVALID = stanzaError('cancel', 'not-acceptable', undefined, xml('session-invalid', { xmlns: NS_FOCUS }));
