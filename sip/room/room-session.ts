import { EventEmitter } from 'node:events';
import type { RtpAddress } from '#protocol/media/rtp.ts';
import { decodeAvModerationNotice } from '#protocol/xmpp/av-moderation.ts';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { NS_DISCO_INFO } from '#protocol/xmpp/disco.ts';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, xmppHosts, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { lobbyPresence, readInvitation, readLobbyEnd, readLobbyRefusal } from '#protocol/xmpp/lobby.ts';
import { NS_FOCUS } from '#protocol/xmpp/jingle.ts';
import { MUC_STATUS, NS_MUC_USER, readMucUser } from '#protocol/xmpp/muc.ts';
import { encodeMuteRequest, readMuteRequest } from '#protocol/xmpp/mute.ts';
import { isHangup } from '#protocol/xmpp/rayo.ts';
import { readStartMutedPolicy } from '#protocol/xmpp/start-muted.ts';
import { errorReply, iqResult, readStanzaError, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Connection } from '#protocol/xmpp-client/connection.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import { backoff } from '#protocol/xmpp-client/retry-policy.ts';
import type { Logger } from '#runtime/logger.ts';
import { BridgeSession, type RoomMedia, type RoomSource } from './bridge-session.ts';
import { answerDisco } from './features.ts';
import { refusalOf, type JoinRefusal } from './join-refusal.ts';
import { isMembersOnly, membersOnlyQuery } from './members-only.ts';
import { Occupants } from './occupants.ts';
import { callerName, callerPresence, type CallerPresence } from './own-presence.ts';
import { sourceNameOf, type UplinkSource } from './plain-answer.ts';
import { clientPlatform, connectionFor, type RoomConnection } from './room-connection.ts';
import { FREE_TO_SPEAK, maySpeak, withNotice } from './speaking-rights.ts';

export interface JoinOptions {
  /** Bare address of the room. */
  readonly room: string;
  /** Drawn by the caller of this: `newEndpointId()`. */
  readonly endpointId: string;
  /** As the others are to see it; numbers are masked already. */
  readonly displayName: string;
  /** The gateway's socket for this room, bound already, as the bridge reaches it. */
  readonly media: RtpAddress;
  readonly uplink: UplinkSource;
  /** Of all callers of one gateway in a room, one receives for all. */
  readonly isReceiving: boolean;
  readonly isMuted?: boolean;
  readonly password?: string;
  /** Where an outgoing call stands. */
  readonly status?: string;
  /** The caller has shown the host PIN, and so moderates. */
  readonly isHost?: boolean;
  readonly region?: string;
  /** Bare address of who had this phone called, and so may end the call; moderators may anyway. */
  readonly dialledBy?: string;
  /** Of the call, those alone that the configuration lets through. */
  readonly headers?: ReadonlyMap<string, string>;
}

export type JoinResult =
  | { readonly kind: 'joined'; readonly session: RoomSession }
  /** Waits to be let in, hears and says nothing; `admitted` or `ended` follow. */
  | { readonly kind: 'lobby'; readonly session: RoomSession }
  | { readonly kind: 'refused'; readonly reason: JoinRefusal };

/** Why a session that had begun is over. */
export type RoomEnd =
  | 'left'
  | 'kicked'
  | 'room-ended'
  | 'lobby-denied'
  /** The meeting was over before the caller was let in. */
  | 'lobby-room-ended'
  /** Let in, but the room did not take the caller after all. */
  | 'not-admitted'
  | 'encrypted'
  | 'connection-lost';

export interface RoomSessionEvents {
  /** From the lobby into the room. */
  admitted: [];
  media: [RoomMedia];
  mediaEnded: [];
  /** Of the receiving session; empty for the others. */
  sources: [ReadonlyMap<number, RoomSource>];
  /** A moderator has muted the caller, whose sound reaches nobody until it unmutes itself. */
  muted: [];
  /** The caller may unmute itself again, which it could not before. */
  unmuteAllowed: [];
  /** A moderator has lowered the caller’s hand. */
  handLowered: [];
  peopleChanged: [];
  /** Endpoint id of who speaks. */
  speaker: [string];
  /** A moderator, or who had this phone called, ends the call (`<hangup/>`, wire note §7.11). */
  hangUp: [];
  /** The way to the room is lost, or found again; media goes on meanwhile where the bridge has not ended it. */
  reconnecting: [];
  reconnected: [];
  /** Once; nothing follows. */
  ended: [RoomEnd];
}

/** A join or a return that takes longer has failed (§8 of the gateway's specification). */
const ENTER_WITHIN_MS = 30_000;
const RETRY_MS = 1_000;
const LEAVE_WITHIN_MS = 1_000;
/** Signalling's own machine, mostly: no reason to wait long. */
const RETRY = backoff({ firstDelayMs: 200, factor: 2, maxDelayMs: 2_000, giveUpAfterMs: ENTER_WITHIN_MS });

type Stage =
  | { readonly name: 'outside' }
  | { readonly name: 'entering'; readonly password: string | undefined }
  | { readonly name: 'waiting'; readonly lobby: string }
  | { readonly name: 'inside' }
  | { readonly name: 'over' };

/** One caller in one room: an occupant with an endpoint id, a connection and a media session of its own. */
export class RoomSession extends EventEmitter<RoomSessionEvents> {
  readonly room: string;
  readonly endpointId: string;
  readonly #options: JoinOptions;
  readonly #hosts: XmppHosts;
  readonly #logger: Logger;
  readonly #connection: Connection;
  readonly #bridge: BridgeSession;
  readonly #occupants: Occupants;
  readonly #outcome = Promise.withResolvers<JoinResult>();
  #stage: Stage = { name: 'outside' };
  /** Numbers the attempts to enter, so that what comes of an earlier one is recognised. */
  #attempt = 0;
  #isSettled = false;
  #isReturning = false;
  #presence: CallerPresence;
  #rights = FREE_TO_SPEAK;
  #isForceMuted = false;
  /** Whoever enters the room now does so with the microphone off. */
  #startsMuted = false;
  #deadline: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #left: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(connection: RoomConnection, options: JoinOptions) {
    super();
    const { room, endpointId, media, uplink, isReceiving, headers = new Map<string, string>() } = options;
    this.room = room;
    this.endpointId = endpointId;
    this.#options = options;
    this.#hosts = xmppHosts(connection.domain);
    this.#logger = connection.logger.child({ endpoint: endpointId });
    this.#connection = connectionFor({ ...connection, logger: this.#logger }, room, RETRY);
    this.#occupants = new Occupants(this.#hosts);
    this.#presence = {
      displayName: options.displayName,
      sourceName: this.sourceName,
      isMuted: options.isMuted ?? false,
      handRaisedAtMs: undefined,
      status: options.status,
      isOnHold: false,
      region: options.region,
      headers,
    };
    this.#bridge = new BridgeSession({
      endpointId,
      local: media,
      uplink,
      isReceiving,
      request: (content) => this.#askFocus(content),
      platform: clientPlatform(this.#logger),
    });
    this.#bridge.on('media', (media) => this.emit('media', media));
    this.#bridge.on('mediaEnded', () => this.emit('mediaEnded'));
    this.#bridge.on('sources', (sources) => this.emit('sources', sources));
    this.#bridge.on('lowerHand', (nick) => this.#lowerHand(nick));
    this.#bridge.on('speaker', (speaker) => this.emit('speaker', speaker));
  }

  /**
   * Logs in, has the focus called and enters the room, or its lobby.
   * @param signal the caller has hung up: whatever had begun is taken back.
   * @throws StartError for an address of signalling that may not be used
   */
  static async join(connection: RoomConnection, options: JoinOptions, signal: AbortSignal): Promise<JoinResult> {
    if (signal.aborted) return { kind: 'refused', reason: 'cancelled' };
    const session = new RoomSession(connection, options);
    const cancel = (): void => session.#refuse('cancelled');
    signal.addEventListener('abort', cancel, { once: true });
    session.#open();
    try {
      return await session.#outcome.promise;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  get sourceName(): string {
    return sourceNameOf(this.endpointId);
  }

  /** Everybody in the room, this caller included. */
  get people(): number {
    return this.#occupants.people;
  }

  /** Those in the room who did not come by telephone. */
  get others(): number {
    return this.#occupants.others;
  }

  get isMuted(): boolean {
    return this.#presence.isMuted;
  }

  /** @returns refused: a moderator's permission is needed (raise the hand). */
  setMuted(isMuted: boolean): 'done' | 'refused' {
    if (!isMuted && !this.isModerator && !maySpeak(this.#rights)) return 'refused';
    if (!isMuted && this.#isForceMuted) {
      this.#isForceMuted = false;
      this.#tellFocus(encodeMuteRequest({ kind: 'audio', isMuted: false }));
    }
    this.#update({ isMuted });
    return 'done';
  }

  /** Whether the room lets this caller moderate. */
  get isModerator(): boolean {
    return this.#occupants.isModerator(this.endpointId);
  }

  /** Turns everybody else's microphone off; they may turn it on again. @returns whether it could be done */
  async muteOthers(): Promise<boolean> {
    const others = this.#occupants.nicks.filter((nick) => nick !== this.endpointId && nick !== FOCUS_NICK);
    const requests = others.map(async (nick) => {
      const target = `${this.room}/${nick}`;
      return this.#isTaken(this.#askFocus(encodeMuteRequest({ kind: 'audio', isMuted: true, target })));
    });
    const taken = await Promise.all(requests);
    // Whoever left meanwhile needs no muting.
    return taken.length === 0 || taken.includes(true);
  }

  /** Lets nobody new in without a moderator's word, or everybody again. @returns what is so now; undefined: it could not be done */
  async toggleLock(): Promise<'locked' | 'open' | undefined> {
    const query = xml('query', { xmlns: NS_DISCO_INFO });
    try {
      const info = await this.#connection.request(xml('iq', { type: 'get', to: this.room }, query));
      const isLocked = isMembersOnly(info);
      const change = membersOnlyQuery(!isLocked);
      await this.#connection.request(xml('iq', { type: 'set', to: this.room }, change));
      return isLocked ? 'open' : 'locked';
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#logger.warn({ code: error.code }, 'the room could not be locked or opened by telephone');
      return undefined;
    }
  }

  setHand(isRaised: boolean): void {
    this.#update({ handRaisedAtMs: isRaised ? Date.now() : undefined });
  }

  #lowerHand(nick: string): void {
    if (this.#presence.handRaisedAtMs === undefined || !this.#occupants.isModerator(nick)) return;
    this.setHand(false);
    this.emit('handLowered');
  }

  /** @param status undefined: nothing is said of the call any more. */
  setStatus(status: string | undefined): void {
    this.#update({ status });
  }

  setOnHold(isOnHold: boolean): void {
    this.#update({ isOnHold });
  }

  /** What the caller sends from now on; `media` says under which number. */
  setUplink(uplink: UplinkSource): Promise<void> {
    return this.#bridge.setUplink(uplink);
  }

  /** @param excluded names of sources that are not to arrive: those of the gateway's own callers. */
  setReceiving(isReceiving: boolean, excluded: readonly string[] = []): void {
    this.#bridge.setReceiving(isReceiving, excluded);
  }

  /** Idempotent. Resolves when the room has confirmed it, or after a second. */
  async leave(): Promise<void> {
    await this.#end('left');
    await this.#closing;
  }

  #open(): void {
    const connection = this.#connection;
    connection.onRequest((iq) => this.#answer(iq));
    connection.on('stanza', (stanza) => this.#receive(stanza));
    connection.on('bound', () => this.#bound());
    connection.on('resumed', () => this.#returned());
    connection.on('state', ({ name }) => {
      if (name === 'connecting' && this.#isSettled) this.#lost();
    });
    connection.on('failed', (failure) => {
      this.#logger.warn({ code: failure.code }, 'signalling cannot be reached');
      this.#fail('unreachable');
    });
    this.#startDeadline();
    connection.connect();
  }

  #startDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#fail('no-focus'), ENTER_WITHIN_MS);
  }

  /** A session with signalling has begun; whatever an earlier one was in is gone. */
  #bound(): void {
    if (this.#stage.name === 'over') return;
    this.#bridge.end();
    this.#occupants.clear();
    // Said anew to whoever enters.
    this.#rights = FREE_TO_SPEAK;
    this.#isForceMuted = false;
    this.#run(this.#enter(this.#options.password));
  }

  #lost(): void {
    if (this.#isReturning || this.#stage.name === 'over') return;
    this.#isReturning = true;
    this.#startDeadline();
    this.emit('reconnecting');
  }

  #returned(): void {
    if (!this.#isReturning) return;
    this.#isReturning = false;
    clearTimeout(this.#deadline);
    this.emit('reconnected');
  }

  async #enter(password: string | undefined): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#stage = { name: 'entering', password };
    const answer = await this.#callFocus();
    if (attempt !== this.#attempt || this.#stage.name !== 'entering') return;
    if (answer === 'not-live') this.#fail('not-live');
    else if (answer === 'not-yet') this.#again(() => this.#run(this.#enter(password)));
    else
      this.#connection.send(
        callerPresence(this.#address, this.#presence, { password, isHost: this.#options.isHost ?? false }),
      );
  }

  /** Has the focus come into the room (wire note §3.1). */
  async #callFocus(): Promise<'ready' | 'not-yet' | 'not-live'> {
    const request = encodeConferenceRequest({ room: this.room, properties: {} });
    try {
      const answer = await this.#connection.request(xml('iq', { type: 'set', to: this.#hosts.focus }, request));
      return child(answer, 'conference', NS_FOCUS)?.attrs['ready'] === 'true' ? 'ready' : 'not-yet';
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return error.stanzaError?.condition === 'not-authorized' ? 'not-live' : 'not-yet';
    }
  }

  /** Floating work of this session; a bug costs this caller its call, nobody else. */
  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#logger.error({ err: error }, 'the session of a caller failed');
      this.#fail('unreachable');
    });
  }

  #again(work: () => void): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(work, RETRY_MS);
  }

  #answer(iq: XmlElement): XmlElement | undefined {
    const disco = answerDisco(iq);
    if (disco !== undefined) return disco;
    if (isHangup(iq)) return this.#answerHangup(iq);
    if (iq.attrs['from'] !== this.#focusAddress) return undefined;
    const mute = readMuteRequest(iq);
    if (mute?.kind === 'audio' && mute.isMuted) {
      this.#isForceMuted = true;
      this.#update({ isMuted: true });
      this.emit('muted');
    }
    return mute === undefined ? this.#bridge.answer(iq) : iqResult(iq);
  }

  #answerHangup(iq: XmlElement): XmlElement {
    const { from = '' } = iq.attrs;
    if (bareOf(from) !== this.room || !this.#mayHangUp(resourceOf(from) ?? '')) {
      return errorReply(iq, stanzaError('auth', 'forbidden', 'only moderators and who made it end a call'));
    }
    this.emit('hangUp');
    return iqResult(iq);
  }

  #mayHangUp(nick: string): boolean {
    const { dialledBy } = this.#options;
    return (
      this.#occupants.isModerator(nick) || (dialledBy !== undefined && this.#occupants.accountOf(nick) === dialledBy)
    );
  }

  #receive(stanza: XmlElement): void {
    const { from = '' } = stanza.attrs;
    if (this.#left !== undefined) this.#receiveFarewell(stanza, from);
    else if (stanza.name === 'message') this.#receiveMessage(stanza, from);
    else if (stanza.name !== 'presence') return;
    else if (bareOf(from) === this.room) this.#receivePresence(stanza, resourceOf(from) ?? '');
    else if (this.#stage.name === 'waiting' && from === `${this.#stage.lobby}/${this.endpointId}`) {
      this.#receiveLobby(stanza);
    }
  }

  /** The room, or its lobby, confirms that we are gone. */
  #receiveFarewell({ name, attrs }: XmlElement, from: string): void {
    if (name === 'presence' && attrs['type'] === 'unavailable' && resourceOf(from) === this.endpointId) this.#left?.();
  }

  #receiveMessage(message: XmlElement, from: string): void {
    if (from === this.#hosts.avModeration) {
      this.#moderated(message);
      return;
    }
    if (from === this.#hosts.metadata) {
      const said = readStartMutedPolicy(message);
      if (said?.room === this.room) this.#startsMuted = said.policy.audio;
      return;
    }
    const invitation = this.#stage.name === 'waiting' ? readInvitation(message, this.room) : undefined;
    if (invitation !== undefined) this.#letIn(invitation.password);
  }

  #moderated(message: XmlElement): void {
    try {
      const notice = decodeAvModerationNotice(message);
      if (notice === undefined) return;
      const before = maySpeak(this.#rights);
      this.#rights = withNotice(this.#rights, notice);
      if (!before && maySpeak(this.#rights)) this.emit('unmuteAllowed');
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#logger.debug({ err: error }, 'a notice of AV moderation that cannot be read');
    }
  }

  #receivePresence(presence: XmlElement, nick: string): void {
    if (presence.attrs['type'] === 'error') {
      const error = readStanzaError(presence);
      if (nick === this.endpointId && error !== undefined) this.#refused(error);
      return;
    }
    this.#occupants.update(nick, presence);
    if (nick === FOCUS_NICK) this.#receiveFocus(presence);
    else if (nick === this.endpointId) this.#receiveSelf(presence);
    if (this.#stage.name !== 'inside') return;
    if (this.#occupants.areEncrypting) void this.#end('encrypted');
    else if (nick !== this.endpointId) this.emit('peopleChanged');
  }

  #receiveFocus({ attrs }: XmlElement): void {
    if (attrs['type'] !== 'unavailable' || this.#stage.name !== 'inside') return;
    this.#bridge.end();
    this.#recallFocus();
  }

  /** It may have been restarted: whoever is in a room calls it back. */
  #recallFocus(): void {
    this.#again(() => {
      if (this.#stage.name !== 'inside' || this.#occupants.hasFocus) return;
      this.#run(
        this.#callFocus().then((answer) => {
          if (answer !== 'ready') this.#recallFocus();
        }),
      );
    });
  }

  #receiveSelf(presence: XmlElement): void {
    if (presence.attrs['type'] === 'unavailable') this.#removed(presence);
    else if (this.#stage.name === 'entering') this.#entered();
  }

  #entered(): void {
    clearTimeout(this.#deadline);
    if (this.#occupants.areEncrypting) {
      if (this.#isSettled) void this.#end('encrypted');
      else this.#refuse('encrypted');
      return;
    }
    this.#stage = { name: 'inside' };
    // Who only comes back has made its choice.
    if (this.#startsMuted && !this.#isReturning && !this.isModerator) this.#update({ isMuted: true });
    if (this.#isReturning) this.#returned();
    else if (this.#isSettled) this.emit('admitted');
    this.#settle({ kind: 'joined', session: this });
  }

  /** The room's word that we are no longer in it. */
  #removed(presence: XmlElement): void {
    const codes = readMucUser(presence)?.statusCodes ?? new Set<string>();
    const user = child(presence, 'x', NS_MUC_USER);
    const isDestroyed = user !== undefined && child(user, 'destroy') !== undefined;
    const isKicked = codes.has(MUC_STATUS.kicked) || codes.has(MUC_STATUS.banned);
    this.#stage = { name: 'outside' };
    void this.#end(isKicked && !isDestroyed ? 'kicked' : 'room-ended');
  }

  #refused(error: StanzaError): void {
    if (this.#stage.name !== 'entering') return;
    const { password } = this.#stage;
    const lobby = readLobbyRefusal(error);
    if (lobby?.kind === 'knock') this.#knock(lobby.lobby);
    // Our own session of before, which signalling has not given up yet.
    else if (error.condition === 'conflict') this.#again(() => this.#run(this.#enter(password)));
    else this.#fail(refusalOf(error, password !== undefined));
  }

  #knock(lobby: string): void {
    clearTimeout(this.#deadline);
    this.#stage = { name: 'waiting', lobby };
    this.#connection.send(lobbyPresence(`${lobby}/${this.endpointId}`, callerName(this.#presence.displayName)));
  }

  #receiveLobby(presence: XmlElement): void {
    const error = presence.attrs['type'] === 'error' ? readStanzaError(presence) : undefined;
    if (error !== undefined) {
      // The door may have been opened a moment ago: the room itself says what is so now.
      if (error.condition === 'item-not-found') this.#letIn(undefined);
      else this.#fail(refusalOf(error, false));
      return;
    }
    switch (readLobbyEnd(presence, this.room)) {
      case undefined:
        if (this.#isReturning) this.#returned();
        this.#settle({ kind: 'lobby', session: this });
        return;
      case 'opened':
        this.#letIn(undefined);
        return;
      case 'denied':
        this.#stage = { name: 'outside' };
        void this.#end('lobby-denied');
        return;
      case 'meeting-over':
        this.#stage = { name: 'outside' };
        void this.#end('lobby-room-ended');
        return;
      case 'left':
    }
  }

  #letIn(password: string | undefined): void {
    if (this.#stage.name === 'waiting') {
      this.#connection.send(xml('presence', { to: `${this.#stage.lobby}/${this.endpointId}`, type: 'unavailable' }));
    }
    this.#startDeadline();
    this.#run(this.#enter(password));
  }

  /** Entering failed, at first or on the way back. */
  #fail(reason: JoinRefusal): void {
    if (!this.#isSettled) this.#refuse(reason);
    else if (this.#stage.name !== 'over') void this.#end(this.#isReturning ? 'connection-lost' : 'not-admitted');
  }

  #refuse(reason: JoinRefusal): void {
    if (this.#isSettled) return;
    this.#settle({ kind: 'refused', reason });
    this.#closing = this.#close();
  }

  #settle(result: JoinResult): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#outcome.resolve(result);
  }

  async #end(reason: RoomEnd): Promise<void> {
    if (this.#stage.name === 'over') return;
    this.#logger.info({ code: reason }, 'a caller is out of the room');
    this.#closing = this.#close();
    await this.#closing;
    this.emit('ended', reason);
  }

  /** Says goodbye wherever we are, and is gone within a second. */
  async #close(): Promise<void> {
    const stage = this.#stage;
    this.#stage = { name: 'over' };
    this.#attempt += 1;
    clearTimeout(this.#deadline);
    clearTimeout(this.#retry);
    this.#bridge.end();
    const place = stage.name === 'waiting' ? `${stage.lobby}/${this.endpointId}` : this.#address;
    const isThere = stage.name !== 'outside' && stage.name !== 'over';
    if (isThere && this.#connection.send(xml('presence', { to: place, type: 'unavailable' }))) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#left = resolve;
      const timer = setTimeout(resolve, LEAVE_WITHIN_MS);
      await promise;
      clearTimeout(timer);
    }
    this.#connection.close();
  }

  #update(changes: Partial<CallerPresence>): void {
    this.#presence = { ...this.#presence, ...changes };
    if (this.#stage.name === 'inside') this.#connection.send(callerPresence(this.#address, this.#presence));
  }

  get #address(): string {
    return `${this.room}/${this.endpointId}`;
  }

  get #focusAddress(): string {
    return `${this.room}/${FOCUS_NICK}`;
  }

  #askFocus(content: XmlElement): Promise<XmlElement> {
    return this.#connection.request(xml('iq', { type: 'set', to: this.#focusAddress }, content));
  }

  async #isTaken(request: Promise<XmlElement>): Promise<boolean> {
    try {
      await request;
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return false;
    }
  }

  #tellFocus(content: XmlElement): void {
    this.#askFocus(content).catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
      this.#logger.warn({ code: error.code }, 'the focus did not allow to unmute');
    });
  }
}
