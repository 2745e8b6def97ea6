import type { Judgement } from '#protocol/xmpp/conference-gate-bus.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import {
  conferenceOf,
  decodeConferenceRequest,
  encodeConferenceAnswer,
  withRequester,
  type ConferenceAnswer,
  type ConferenceRequest,
  type Requester,
} from '#protocol/xmpp/conference-request.ts';
import { child, withChildren, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { focusAccount, isMucHost, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';
import { NS_FOCUS } from '#protocol/xmpp/jingle.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Logger } from '#runtime/logger.ts';
import { isMember, judgeEntry, matrixStatus, mayOpen, type AccessRules } from '../identity/access-rules.ts';
import { judgeGuest } from '../identity/anonymous-login.ts';
import { GUEST, mayTakeOver, type AccountHolder, type Identity, type TokenHolder } from '../identity/identity.ts';
import type { HostSessions } from '../identity/host-sessions.ts';
import type { TokenJudge } from '../identity/jwt/token-judge.ts';
import { isExpired } from '../identity/jwt/token-scope.ts';
import type { TokenOutcome } from '../identity/jwt/token-verifier.ts';
import type { BreakoutRules } from '../muc/breakout-rules.ts';
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
  /** Undefined: tokens mean nothing here. */
  readonly tokens: TokenJudge | undefined;
  doesRoomExist(jid: string): boolean;
  /** A guest has shown that it is somebody. */
  identified(sender: Sender, identity: Identity): void;
  /** Judges what somebody shows whose token has run out. */
  verifyNewer(sender: Sender, token: string): Promise<TokenOutcome>;
  /** It was a newer one of the same person. */
  renewed(sender: Sender, identity: Identity): void;
  readonly breakouts: BreakoutRules;
  /** Its browser has named itself. */
  named(sender: Sender, machineUid: string): void;
  nowSeconds(): number;
  readonly logger: Logger;
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
  judge(sender: Sender, iq: XmlElement): GateOutcome | Promise<GateOutcome> {
    const conference = iq.attrs['type'] === 'set' ? conferenceOf(iq) : undefined;
    if (conference !== undefined) return this.#judgeConference(sender, iq, conference);
    const logout = iq.attrs['type'] === 'set' ? child(iq, 'logout', NS_FOCUS) : undefined;
    if (logout === undefined) return { kind: 'forward', stanza: iq };
    this.#parts.sessions.close(logout.attrs['session-id'] ?? '');
    return { kind: 'answer', content: xml('logout', { xmlns: NS_FOCUS }) };
  }

  #judgeConference(sender: Sender, iq: XmlElement, conference: XmlElement): GateOutcome | Promise<GateOutcome> {
    let request: ConferenceRequest;
    try {
      request = decodeConferenceRequest(conference);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'refuse', error: stanzaError('modify', 'bad-request', error.message) };
    }
    if (request.machineUid !== undefined) this.#parts.named(sender, request.machineUid);
    const judged = (): GateOutcome => this.#judgeRequest(sender, iq, conference, request);
    const held = sender.identity;
    const hasRunOut = held?.kind === 'token' && this.#hasRunOut(held);
    return hasRunOut && request.token !== undefined ? this.#renew(sender, held, request.token).then(judged) : judged();
  }

  #hasRunOut({ token }: TokenHolder): boolean {
    return isExpired(token, this.#parts.nowSeconds(), this.#parts.access.clockSkewSeconds);
  }

  /** Of the same person only; any other token leaves things as they are. */
  async #renew(sender: Sender, held: Identity, token: string): Promise<void> {
    try {
      const outcome = await this.#parts.verifyNewer(sender, token);
      if (!outcome.isValid) return;
      const identity: Identity = { kind: 'token', token: outcome.token };
      if (mayTakeOver(held, identity)) this.#parts.renewed(sender, identity);
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'a token could not be checked');
    }
  }

  #judgeRequest(sender: Sender, iq: XmlElement, conference: XmlElement, request: ConferenceRequest): GateOutcome {
    const identity = this.#identityOf(sender, request);
    if ('condition' in identity) return { kind: 'refuse', error: identity };
    const { room } = request;
    if (parseJid(room).domain === this.#parts.hosts.breakout) {
      const error = this.#parts.breakouts.judgeEntry(sender.jid, room);
      if (error !== undefined) return { kind: 'refuse', error };
    }
    const verdict = this.#judgeRoom(identity, room);
    if (verdict === 'refused') return { kind: 'refuse', error: NOT_AUTHORIZED };
    if (verdict === 'left-to-join') return { kind: 'answer', content: encodeConferenceAnswer(this.#leftToJoin(room)) };
    return { kind: 'forward', stanza: withChildren(iq, [withRequester(conference, this.#known(identity, request))]) };
  }

  /**
   * Judges a request that came over HTTP (wire note §3.2), before its client has logged in: by its token, or by the session
   * of a login before. Who enters is judged again at the join, so whoever shows a session is no host by that alone.
   * @param group key of the client's address, for limits.
   */
  async judgeHttp(request: ConferenceRequest, group: string): Promise<Judgement> {
    const { access, tokens, hosts } = this.#parts;
    const { room, token = '', sessionId, machineUid } = request;
    const host = sessionId === undefined ? undefined : this.#parts.sessions.find(sessionId, machineUid);
    if (sessionId !== undefined && host === undefined) {
      return { kind: 'refused', reason: 'session-invalid', text: 'This session is over; log in again.' };
    }
    const meeting = parseJid(this.#parts.breakouts.mainOf(room)?.jid ?? room).local;
    const login = await judgeGuest(token, { room: meeting, addressGroup: group }, access.policy, tokens);
    const identity = host ?? (login.kind === 'accepted' ? login.identity : undefined);
    if (identity === undefined) {
      return { kind: 'refused', reason: 'not-authorized', text: login.kind === 'refused' ? (login.text ?? '') : '' };
    }
    if (parseJid(room).domain === hosts.breakout && this.#parts.breakouts.mainOf(room) === undefined) {
      return { kind: 'refused', reason: 'no-such-room', text: 'There is no such breakout room.' };
    }
    const verdict = this.#judgeRoom(identity, room);
    if (verdict === 'refused') {
      return { kind: 'refused', reason: 'not-authorized', text: 'Only members can open this meeting.' };
    }
    if (verdict === 'left-to-join') return { kind: 'answered', answer: this.#leftToJoin(room) };
    return { kind: 'allowed', requester: this.#known(identity, request) };
  }

  #known(identity: Identity, request: ConferenceRequest): Requester {
    return {
      isAuthenticationEnabled: this.#parts.access.policy !== 'open',
      ...(identity.kind === 'account'
        ? { identity: identity.username, sessionId: this.#sessionOf(identity, request) }
        : {}),
    };
  }

  /**
   * Jitsi's client shows people the reason that a join is refused with, but none that stands here; so it gets to join, and
   * a token for one room opens no other.
   */
  #leftToJoin(room: string): ConferenceAnswer {
    return { room, isReady: true, focusJid: focusAccount(this.#parts.hosts), properties: {} };
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

  #judgeRoom(identity: Identity, room: string): 'may-open' | 'left-to-join' | 'refused' {
    const { access, hosts } = this.#parts;
    if (!isMucHost(parseJid(room).domain, hosts)) return 'may-open';
    if (judgeEntry(identity, room, access, this.#parts.nowSeconds()) !== undefined) {
      const isTold = isMember(identity) || matrixStatus(identity, room, access) === 'guest';
      return isTold ? 'left-to-join' : 'refused';
    }
    return mayOpen(identity, room, access) || this.#parts.doesRoomExist(room) ? 'may-open' : 'refused';
  }
}

/** Clients then offer to log in, wait, and ask again. */
const NOT_AUTHORIZED = stanzaError('auth', 'not-authorized', 'Only members can open this meeting.');
/** Clients then forget the session and ask again without. */
const SESSION_INVALID = stanzaError('cancel', 'not-acceptable', undefined, xml('session-invalid', { xmlns: NS_FOCUS }));
