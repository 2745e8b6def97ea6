import { randomBytes } from 'node:crypto';
import type { EndpointClosed, EndpointConnected, SourceOffer } from '#protocol/bridge/bridge-bus.ts';
import type { AvModerationNotice } from '#protocol/xmpp/av-moderation.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, focusJid, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { jingleOf } from '#protocol/xmpp/jingle.ts';
import { leavePresence, NS_MUC_ADMIN } from '#protocol/xmpp/muc.ts';
import { encodeMuteRequest, readMuteRequest, type MuteKind, type MuteRequest } from '#protocol/xmpp/mute.ts';
import { decodeDial, dialOf, type Dial } from '#protocol/xmpp/rayo.ts';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import type { StartMutedPolicy } from '#protocol/xmpp/start-muted.ts';
import { hostPinAnswer, readHostPinRequest } from '#protocol/xmpp/telephone-host.ts';
import type { Bus, Lease } from '#runtime/bus.ts';
import type { Logger } from '#runtime/logger.ts';
import { TokenBucket } from '#runtime/token-bucket.ts';
import { AvModeration, MUTE_KINDS } from './av-moderation.ts';
import { BridgeClient } from './bridge-client.ts';
import type { Bridges } from './bridges.ts';
import { ClientJingle } from './client-jingle.ts';
import type { Clock, Timer } from './clock.ts';
import type { FocusConfig } from './config.ts';
import { dialAnswer, dialFor, dialProblem } from './dial-requests.ts';
import type { FeatureDiscovery } from './feature-discovery.ts';
import { focusPresence } from './focus-presence.ts';
import type { Gateways } from './gateways.ts';
import type { IncomingIq } from './incoming-iq.ts';
import { IqExchange } from './iq-exchange.ts';
import type { FocusMetrics } from './metrics.ts';
import { electModerator } from './moderator-election.ts';
import { muteProblem } from './mute-requests.ts';
import { canHaveSession, readOccupant, type Occupant } from './occupant.ts';
import { ParticipantSession, type BridgeFailure, type ConferencePort } from './participant-session.ts';
import { SourceMap } from './source-map.ts';

/** What all conferences of a focus share. */
export interface ConferenceContext {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: FocusMetrics;
  readonly config: FocusConfig;
  readonly hosts: XmppHosts;
  readonly bridges: Bridges;
  readonly discovery: FeatureDiscovery;
  readonly gateways: Gateways;
  /** Read anew each time: the port may be known late. */
  readonly publicUrl: () => string;
  readonly send: (stanza: XmlElement) => void;
}

/** Why a conference is over. */
export type EndReason = 'everybody-left' | 'nobody-came' | 'room-closed' | 'not-joined' | 'stopping' | 'failed';

interface Member {
  readonly session: ParticipantSession;
  readonly jingle: ClientJingle;
}

/** How long the room may take to let the focus in. */
const JOIN_TIMEOUT_MS = 5_000;
/** A bridge that restarts is back within this; only then people are told that there is none. */
const NO_BRIDGE_GRACE_MS = 3_000;
/** Calls that a meeting may begin, or other things it may want of gateways, at once, and on average. */
const DIAL_BURST = 10;
const DIALS_PER_SECOND = 0.2;
/** Time-outs one after the other from which on a bridge counts as gone. */
const MAX_UNANSWERED = 3;

/**
 * One meeting: who is in its room, on which bridge it is, who owns which source. It coordinates; the rules are in files of
 * their own (participant.ts, source-map.ts, moderator-election.ts, mute-requests.ts, bridge-selection/).
 */
export class Conference implements ConferencePort {
  /** Random name of this meeting, for bridges and logs. */
  readonly id = randomBytes(8).toString('hex');
  readonly room: string;
  readonly openedBy: string;
  readonly focusJid: string;
  readonly logger: Logger;
  readonly sources = new SourceMap();
  readonly exchange: IqExchange;
  /** As the room's metadata has it. */
  startMuted: StartMutedPolicy = { audio: false, video: false };
  readonly #context: ConferenceContext;
  readonly #lease: Lease<unknown>;
  readonly #onEnd: (conference: Conference) => void;
  /** By nick, in the order in which they joined. */
  readonly #members = new Map<string, Member>();
  readonly #joined = Promise.withResolvers<boolean>();
  readonly #badBridges = new Set<string>();
  readonly #moderation = new AvModeration();
  readonly #dials: TokenBucket;
  #phase: 'joining' | 'open' | 'ended' = 'joining';
  #hasHadPeople = false;
  #bridge: BridgeClient | undefined;
  #unanswered = 0;
  #isMoving = false;
  #isBridgeMissing = false;
  /** Nick of the one whom the room was asked to make moderator. */
  #elected: string | undefined;
  #joinTimer: Timer | undefined;
  #emptyTimer: Timer | undefined;
  #aloneTimer: Timer | undefined;
  #noBridgeTimer: Timer | undefined;

  /**
   * @param room bare address.
   * @param openedBy names who asked first.
   * @param onEnd called once, when the conference is over.
   */
  constructor(
    context: ConferenceContext,
    room: string,
    openedBy: string,
    lease: Lease<unknown>,
    onEnd: (conference: Conference) => void,
  ) {
    this.#context = context;
    this.#lease = lease;
    this.#onEnd = onEnd;
    this.room = room;
    this.openedBy = openedBy;
    this.focusJid = focusJid(context.hosts);
    this.logger = context.logger.child({ conference: this.id });
    this.exchange = new IqExchange(this.focusJid, context.send, context.clock);
    this.#dials = new TokenBucket(DIAL_BURST, DIALS_PER_SECOND, context.clock.now());
  }

  get clock(): Clock {
    return this.#context.clock;
  }
  get metrics(): FocusMetrics {
    return this.#context.metrics;
  }
  get discovery(): FeatureDiscovery {
    return this.#context.discovery;
  }
  get publicUrl(): string {
    return this.#context.publicUrl();
  }

  get participantCount(): number {
    return this.#members.size;
  }

  /** Nobody has joined yet. */
  get isUnused(): boolean {
    return !this.#hasHadPeople;
  }

  /** Enters the room. @returns whether the room let the focus in. */
  join(): Promise<boolean> {
    this.#joinTimer = this.clock.setTimer(JOIN_TIMEOUT_MS, () => this.end('not-joined'));
    this.#publishPresence();
    return this.#joined.promise;
  }

  handlePresence(presence: XmlElement): void {
    this.#guard(() => {
      const nick = resourceOf(presence.attrs['from'] ?? '');
      const { type } = presence.attrs;
      if (nick === FOCUS_NICK) this.#ownPresence(type);
      else if (nick !== undefined && type === 'unavailable') this.#left(nick);
      else if (type === undefined) {
        const occupant = readOccupant(presence, this.#context.hosts);
        if (occupant !== undefined) this.#seen(occupant);
      }
    });
  }

  /** An IQ from an occupant's address in this room. */
  handleIq(iq: IncomingIq): void {
    this.#guard(() => {
      try {
        this.#answer(iq);
      } catch (error) {
        if (!iq.isAnswered) iq.refuse(stanzaError('wait', 'internal-server-error'));
        throw error;
      }
    });
  }

  #answer(iq: IncomingIq): void {
    const member = this.#members.get(resourceOf(iq.from) ?? '');
    const jingle = jingleOf(iq.stanza);
    const mute = readMuteRequest(iq.stanza);
    const dial = dialOf(iq.stanza);
    if (member === undefined) {
      this.metrics.refuse('not-allowed');
      iq.refuse(stanzaError('auth', 'forbidden', 'only people in the room may ask this'));
    } else if (iq.type === 'set' && jingle !== undefined) member.jingle.handle(iq, jingle);
    else if (iq.type === 'set' && mute !== undefined) this.#mute(iq, mute, member.session);
    else if (iq.type === 'set' && dial !== undefined) this.#run(this.#dial(iq, dial, member.session));
    else if (readHostPinRequest(iq.stanza) !== undefined) this.#run(this.#hostPin(iq, member.session));
    else {
      this.metrics.refuse('unsupported');
      iq.refuse(stanzaError('cancel', 'service-unavailable'));
    }
  }

  /** Somebody is to be called by telephone. */
  async #dial(iq: IncomingIq, element: XmlElement, { occupant }: ParticipantSession): Promise<void> {
    let dial: Dial;
    try {
      dial = decodeDial(element);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.metrics.refuse('malformed');
      iq.refuse(stanzaError('modify', 'bad-request', error.message));
      return;
    }
    const problem = dialProblem(dial, occupant, this.room);
    if (problem !== undefined || !this.#dials.take(1, this.clock.now())) {
      this.metrics.refuse(problem === undefined ? 'too-many' : 'not-allowed');
      iq.refuse(problem ?? stanzaError('wait', 'resource-constraint', 'too many calls at once; wait a moment'));
      return;
    }
    const outcome = await this.#context.gateways.dial(dialFor(occupant, dial), occupant.region);
    this.logger.info({ code: outcome.kind }, 'somebody is to be called by telephone');
    const answer = dialAnswer(outcome);
    if ('condition' in answer) iq.refuse(answer);
    else iq.answer(answer);
  }

  /** A moderator wants to know with which PIN one moderates this meeting by telephone. */
  async #hostPin(iq: IncomingIq, { occupant }: ParticipantSession): Promise<void> {
    const isAllowed = occupant.kind === 'person' && occupant.isModerator;
    if (!isAllowed || !this.#dials.take(1, this.clock.now())) {
      this.metrics.refuse(isAllowed ? 'too-many' : 'not-allowed');
      iq.refuse(
        isAllowed
          ? stanzaError('wait', 'resource-constraint', 'asked too often; wait a moment')
          : stanzaError('auth', 'forbidden', 'only moderators are told the host PIN'),
      );
      return;
    }
    const pin = await this.#context.gateways.hostPin(this.room);
    if (pin === undefined) iq.refuse(stanzaError('cancel', 'item-not-found', 'no gateway knows a PIN of this meeting'));
    else iq.answer(hostPinAnswer(pin));
  }

  /** A result or error to one of the conference's own questions. */
  handleAnswer(iq: XmlElement): void {
    this.#guard(() => this.exchange.handle(iq));
  }

  /**
   * Whoever runs the server has people muted.
   * @param nick undefined: everybody.
   * @returns nicks.
   */
  muteByServer(kind: MuteKind, nick: string | undefined): string[] {
    const muted = [...this.#members].filter(([one]) => nick === undefined || one === nick);
    this.#guard(() => {
      for (const [, { session }] of muted) this.#muteOne(session, { kind, isMuted: true, actor: this.#ownAddress });
    });
    return muted.map(([one]) => one);
  }

  /** Moderators have reserved a kind of media, or approved somebody. */
  moderated(notice: AvModerationNotice): void {
    this.#guard(() => {
      this.#moderation.apply(notice);
      for (const { session } of this.#members.values()) this.#moderate(session);
    });
  }

  bridgeAppeared(): void {
    this.#badBridges.clear();
    this.#guard(() => this.#reconcile());
  }

  bridgeGone(id: string): void {
    if (this.#bridge?.id === id) this.#guard(() => this.#moveAway());
  }

  endpointClosed({ endpoint, session, reason }: EndpointClosed): void {
    this.#guard(() => {
      const participant = this.#members.get(endpoint)?.session;
      if (participant?.session?.bridgeSession !== session) return;
      participant.logger.warn({ code: reason }, 'the bridge closed an endpoint');
      participant.lose('bridge-lost', participant.session.sid);
    });
  }

  endpointConnected({ endpoint, session }: EndpointConnected): void {
    const participant = this.#members.get(endpoint)?.session;
    if (participant?.session?.bridgeSession === session) participant.mediaConnected();
  }

  bridgeFor(occupant: Occupant): BridgeClient | undefined {
    if (this.#bridge !== undefined) return this.#bridge;
    const wish = occupant.region === undefined ? {} : { region: occupant.region };
    // A bridge that failed before is better than none.
    const { bridges } = this.#context;
    const lease = bridges.choose(wish, this.#badBridges) ?? bridges.choose(wish, new Set());
    if (lease === undefined) {
      this.#noBridge();
      return undefined;
    }
    this.#noBridgeTimer?.cancel();
    this.#noBridgeTimer = undefined;
    this.#unanswered = 0;
    this.#bridge = new BridgeClient(this.#context.bus, lease, this.id);
    this.logger.info({ sfu: lease.id }, 'bridge chosen');
    if (this.#isBridgeMissing) {
      this.#isBridgeMissing = false;
      this.#publishPresence();
    }
    return this.#bridge;
  }

  #noBridge(): void {
    if (this.#noBridgeTimer !== undefined) return;
    this.logger.warn('no bridge can be used');
    this.#noBridgeTimer = this.clock.setTimer(NO_BRIDGE_GRACE_MS, () => {
      this.logger.error('still no bridge can be used; the participants are told');
      this.#isBridgeMissing = true;
      this.#publishPresence();
    });
  }

  bridgeAnswered(bridge: BridgeClient, answer: { readonly ok: true } | BridgeFailure): void {
    if (bridge !== this.#bridge) return;
    if (answer.ok || answer.reason !== 'unreachable') this.#unanswered = 0;
    if (answer.ok) return;
    if (answer.reason === 'unreachable') {
      this.#unanswered += 1;
      this.logger.warn({ sfu: bridge.id }, answer.text);
      if (this.#unanswered < MAX_UNANSWERED) return;
    } else if (answer.reason !== 'unavailable' || this.#hasSessions()) return;
    this.#badBridges.add(bridge.id);
    this.#moveAway();
  }

  distribute(sender: string, offers: readonly SourceOffer[]): void {
    for (const { receiver, sources } of offers) {
      const existing = sources.filter(({ owner, name }) => owner === sender && this.sources.has(owner, name));
      this.#members.get(receiver)?.session.input({ kind: 'offered', sources: existing });
    }
  }

  withdraw(owner: string, names: readonly string[]): void {
    // While everybody gets a new session, nobody needs to hear what happens to the old ones.
    if (this.#isMoving || this.#phase === 'ended') return;
    for (const [nick, { session }] of this.#members) {
      if (nick !== owner) session.input({ kind: 'withdrawn', names });
    }
  }

  fail(error: unknown): void {
    this.logger.error({ err: error }, 'a conference failed and is closed');
    this.end('failed');
  }

  /** Idempotent: leaves the room, frees the bridge. */
  end(reason: EndReason): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    for (const timer of [this.#joinTimer, this.#emptyTimer, this.#aloneTimer, this.#noBridgeTimer]) timer?.cancel();
    if (reason !== 'room-closed') this.#context.send(leavePresence(this.focusJid, this.#ownAddress));
    for (const { session } of this.#members.values()) session.close();
    this.metrics.participants.dec(this.#members.size);
    this.#members.clear();
    this.exchange.cancel(() => true);
    // Nothing depends on the answer: without its focus a bridge ends a conference by itself when media stops.
    void this.#bridge?.endConference().catch((error: unknown) => this.logger.error({ err: error }, 'not ended'));
    this.#lease.release();
    this.#joined.resolve(false);
    this.logger.info({ code: reason }, 'conference ended');
    this.#onEnd(this);
  }

  get #ownAddress(): string {
    return `${this.room}/${FOCUS_NICK}`;
  }

  #ownPresence(type: string | undefined): void {
    if (type === undefined && this.#phase === 'joining') {
      this.#phase = 'open';
      this.#joinTimer?.cancel();
      this.#emptyTimer = this.clock.setTimer(this.#context.config.emptyConferenceSeconds * 1_000, () =>
        this.end('nobody-came'),
      );
      this.#joined.resolve(true);
    } else if (type === 'error' && this.#phase === 'joining') {
      this.end('not-joined');
    } else if (type === 'unavailable' && this.#phase === 'open') {
      this.end('room-closed');
    }
    // The echo of an earlier conference's leave may still come while this one joins.
  }

  #seen(occupant: Occupant): void {
    const known = this.#members.get(occupant.nick)?.session;
    if (known !== undefined && known.occupant.jid === occupant.jid) {
      known.update(occupant);
      this.#moderate(known);
    } else {
      if (known !== undefined) this.#left(occupant.nick);
      if (this.#phase === 'ended') return;
      const session = new ParticipantSession(this, occupant);
      this.#members.set(occupant.nick, { session, jingle: new ClientJingle(session) });
      this.metrics.joins.inc();
      this.metrics.participants.inc();
      session.logger.info({ code: occupant.kind }, 'participant joined');
      if (occupant.kind !== 'recorder') {
        this.#hasHadPeople = true;
        this.#emptyTimer?.cancel();
      }
      this.#moderate(session);
      this.#reconcile();
    }
    this.#elect();
  }

  #left(nick: string): void {
    const member = this.#members.get(nick);
    if (member === undefined) return;
    this.#members.delete(nick);
    this.metrics.participants.dec();
    member.session.logger.info('participant left');
    member.session.close();
    this.exchange.cancel((address) => address === member.session.address);
    if (this.#hasHadPeople && !this.#occupants().some(({ kind }) => kind !== 'recorder')) {
      this.end('everybody-left');
      return;
    }
    this.#reconcile();
    this.#elect();
  }

  /** Sessions exist while at least two need them (wire note §5.1). */
  #reconcile(): void {
    if (this.#phase === 'ended') return;
    const sessions = [...this.#members.values()]
      .map(({ session }) => session)
      .filter(({ occupant }) => canHaveSession(occupant));
    if (sessions.length >= 2) {
      this.#aloneTimer?.cancel();
      this.#aloneTimer = undefined;
      for (const session of sessions) session.input({ kind: 'invite' });
    } else if (this.#hasSessions()) {
      this.#aloneTimer ??= this.clock.setTimer(this.#context.config.singleParticipantSeconds * 1_000, () => {
        this.#aloneTimer = undefined;
        for (const session of sessions) session.input({ kind: 'stop', reason: 'expired' });
      });
    }
  }

  #hasSessions(): boolean {
    return this.#members.values().some(({ session }) => session.session !== undefined);
  }

  /** Everybody gets a new session on another bridge and stays in the room. */
  #moveAway(): void {
    this.logger.warn({ sfu: this.#bridge?.id }, 'the conference moves to another bridge');
    this.#bridge = undefined;
    this.#isMoving = true;
    try {
      for (const { session } of this.#members.values()) session.lose('bridge-lost');
    } finally {
      this.#isMoving = false;
    }
  }

  #mute(iq: IncomingIq, request: MuteRequest, sender: ParticipantSession): void {
    const { target = sender.address } = request;
    const member = bareOf(target) === this.room ? this.#members.get(resourceOf(target) ?? '') : undefined;
    const problem = muteProblem(
      request,
      sender.occupant,
      member?.session.occupant,
      this.#moderation.forbiddenBy(request.kind, sender.occupant) !== undefined,
    );
    if (problem !== undefined || member === undefined) {
      this.metrics.refuse('not-allowed');
      iq.refuse(problem ?? stanzaError('cancel', 'item-not-found'));
      return;
    }
    iq.answer();
    if (member.session === sender) {
      if (!request.isMuted) this.#run(sender.forceMute(request.kind, 'moderator', false));
      return;
    }
    this.#muteOne(member.session, { kind: request.kind, isMuted: true, actor: sender.address });
  }

  #muteOne(session: ParticipantSession, request: MuteRequest): void {
    // Clients never acknowledge it (wire note §5.11).
    this.exchange.tell(session.address, encodeMuteRequest(request));
    this.#run(session.forceMute(request.kind, 'moderator', true));
  }

  /** Holds back what somebody may not send, and tells it; lets flow what it may send again. */
  #moderate(session: ParticipantSession): void {
    for (const kind of MUTE_KINDS) {
      const actor = this.#moderation.forbiddenBy(kind, session.occupant);
      const isForbidden = actor !== undefined;
      if (session.isMuted(kind, 'moderation') === isForbidden) continue;
      if (isForbidden) this.exchange.tell(session.address, encodeMuteRequest({ kind, isMuted: true, actor }));
      this.#run(session.forceMute(kind, 'moderation', isForbidden));
    }
  }

  #elect(): void {
    if (!this.#context.config.electModerator || this.#elected !== undefined || this.#phase === 'ended') return;
    // Whoever moderates the main room moderates these (wire note §7.5).
    if (this.room.endsWith(`@${this.#context.hosts.breakout}`)) return;
    const candidate = electModerator(this.#occupants());
    if (candidate === undefined) return;
    this.#elected = candidate.nick;
    this.#run(this.#makeModerator(candidate));
  }

  async #makeModerator(candidate: Occupant): Promise<void> {
    const item = xml('item', { affiliation: 'owner', jid: bareOf(candidate.jid) });
    const outcome = await this.exchange.request('set', this.room, xml('query', { xmlns: NS_MUC_ADMIN }, item));
    this.#elected = undefined;
    if (outcome.kind === 'error') this.logger.warn({ code: outcome.error.condition }, 'the room elects no moderator');
    // Left meanwhile: the next one's turn. (A refusal is tried again only when the room changes.)
    if (!this.#members.has(candidate.nick)) this.#elect();
  }

  #occupants(): Occupant[] {
    return [...this.#members.values()].map(({ session }) => session.occupant);
  }

  #publishPresence(): void {
    if (this.#phase === 'ended') return;
    const notice = {
      isJoin: this.#phase === 'joining',
      bridgeCount: this.#context.bridges.count,
      isBridgeMissing: this.#isBridgeMissing,
    };
    this.#context.send(focusPresence(this.focusJid, this.#ownAddress, notice));
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => this.fail(error));
  }

  /** The boundary of a conference: a bug costs this one, no other. */
  #guard(work: () => void): void {
    if (this.#phase === 'ended') return;
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }
}
