import { randomBytes } from 'node:crypto';
import type { SourceOffer } from '#protocol/bridge/bridge-bus.ts';
import { encodeJingle, type Jingle } from '#protocol/xmpp/jingle.ts';
import { FEATURE_JSON_SOURCES } from '#protocol/xmpp/json-sources.ts';
import type { MuteKind } from '#protocol/xmpp/mute.ts';
import { FEATURE_START_MUTED, type StartMutedPolicy } from '#protocol/xmpp/start-muted.ts';
import type { Logger } from '#runtime/logger.ts';
import type { BridgeClient, Unreachable } from './bridge-client.ts';
import { channelUrl } from './channel-url.ts';
import type { Clock, Timer } from './clock.ts';
import type { FeatureDiscovery, Features } from './feature-discovery.ts';
import { HeldMutes, type MuteCause } from './held-mutes.ts';
import type { IqExchange } from './iq-exchange.ts';
import type { FocusMetrics } from './metrics.ts';
import type { Occupant } from './occupant.ts';
import { sessionInitiate, sourceChange, type SourceForm } from './offer.ts';
import { plainSessionInitiate } from './plain-offer.ts';
import {
  clientSession,
  NEW_PARTICIPANT,
  step,
  type ClientSession,
  type LossReason,
  type ParticipantInput,
  type ParticipantOutput,
  type ParticipantState,
} from './participant.ts';
import type { SourceMap } from './source-map.ts';

/** What a session needs of its conference. */
export interface ConferencePort {
  /** Bare address of the room. */
  readonly room: string;
  /** The focus's full address. */
  readonly focusJid: string;
  readonly publicUrl: string;
  /** How newcomers start now. */
  readonly startMuted: StartMutedPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: FocusMetrics;
  readonly exchange: IqExchange;
  readonly discovery: FeatureDiscovery;
  readonly sources: SourceMap;
  /** The bridge of the conference; chosen now if there is none yet. Undefined when no bridge can be used. */
  bridgeFor(occupant: Occupant): BridgeClient | undefined;
  /** A request succeeded or failed: the conference judges its bridge by that. */
  bridgeAnswered(bridge: BridgeClient, answer: { readonly ok: true } | BridgeFailure): void;
  /** New consumers of a participant's sources, per receiver. */
  distribute(sender: string, offers: readonly SourceOffer[]): void;
  /** A participant's sources ended: the others lose them. */
  withdraw(owner: string, names: readonly string[]): void;
  /** A bug showed itself: the conference logs it and closes. */
  fail(error: unknown): void;
}

export type BridgeFailure = Unreachable | { readonly ok: false; readonly reason: string; readonly text: string };

/** More than a client can still be answering. */
const MAX_REMEMBERED_SESSIONS = 4;

/** The shell around one participant's state machine: timers, requests to client and bridge. */
export class ParticipantSession {
  readonly #conference: ConferencePort;
  readonly #logger: Logger;
  readonly #inputs: ParticipantInput[] = [];
  /** Which bridge a session is on: it may not be the conference's present one. */
  readonly #bridges = new Map<string, BridgeClient>();
  readonly #mutes = new HeldMutes();
  #occupant: Occupant;
  #state: ParticipantState = NEW_PARTICIPANT;
  #isStepping = false;
  #isClosed = false;
  #timer: Timer | undefined;
  #features: Promise<Features>;
  #form: SourceForm = 'xml';
  /** As it was when this person came; for its first offer, so that no later one mutes it again. */
  #startMuted: StartMutedPolicy | undefined;
  #invitedAt: number | undefined;
  /** Session ids, the latest first. */
  #terminated: readonly string[] = [];

  constructor(conference: ConferencePort, occupant: Occupant) {
    this.#conference = conference;
    this.#occupant = occupant;
    this.#startMuted = occupant.isModerator ? undefined : conference.startMuted;
    this.#logger = conference.logger.child({ endpoint: occupant.nick });
    // Asked early: the first in a room waits for the second anyway.
    this.#features = this.#askFeatures();
  }

  get occupant(): Occupant {
    return this.#occupant;
  }

  /** The occupant's address in the room. */
  get address(): string {
    return `${this.#conference.room}/${this.#occupant.nick}`;
  }

  get conference(): ConferencePort {
    return this.#conference;
  }

  get logger(): Logger {
    return this.#logger;
  }

  get phase(): ParticipantState['phase']['name'] {
    return this.#state.phase.name;
  }

  /** The session that the client may speak about now. */
  get session(): ClientSession | undefined {
    return clientSession(this.#state);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the client was told not long ago that this session is over. */
  hasTerminated(sid: string): boolean {
    return this.#terminated.includes(sid);
  }

  /** The bridge of the present session. */
  get bridge(): BridgeClient | undefined {
    return this.session === undefined ? undefined : this.#bridges.get(this.session.bridgeSession);
  }

  update(occupant: Occupant): void {
    const isOtherVersion = occupant.caps?.ver !== this.#occupant.caps?.ver;
    this.#occupant = occupant;
    if (isOtherVersion) this.#features = this.#askFeatures();
  }

  input(input: ParticipantInput): void {
    if (this.#isClosed) return;
    this.#inputs.push(input);
    // An output may lead straight back here; it is the next step then, not a step inside this one.
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const { state, outputs } = step(this.#state, next, this.#conference.clock.now());
        this.#state = state;
        for (const output of outputs) this.#carryOut(output);
      }
    } finally {
      this.#isStepping = false;
    }
    this.#armTimer();
  }

  /** The session failed; a new one follows. */
  lose(reason: LossReason, sid?: string): void {
    if (sid === undefined ? this.session === undefined && this.phase !== 'allocating' : sid !== this.session?.sid)
      return;
    this.#logger.warn({ code: reason }, 'media session lost');
    this.#conference.metrics.lost(reason);
    this.input({ kind: 'lost', reason, ...(sid === undefined ? {} : { sid }) });
  }

  /** Whether the bridge holds a kind back for this cause. */
  isMuted(kind: MuteKind, cause: MuteCause): boolean {
    return this.#mutes.has(kind, cause);
  }

  /** The bridge holds a kind back, or lets it flow as far as this cause goes; holds for later sessions too. */
  async forceMute(kind: MuteKind, cause: MuteCause, isMuted: boolean): Promise<void> {
    if (!this.#mutes.set(kind, cause, isMuted) || this.bridge === undefined) return;
    await this.#tellMute(this.bridge, kind, isMuted);
  }

  /** After a new session's producers exist on the bridge. */
  sessionConnected(sid: string): void {
    if (this.#invitedAt !== undefined) this.#observe(this.#conference.metrics.accepted);
    this.input({ kind: 'connected', sid });
  }

  /** ICE and DTLS are up. */
  mediaConnected(): void {
    this.#observe(this.#conference.metrics.connected);
    this.#invitedAt = undefined;
  }

  /** The occupant left: its session ends without a word to it. */
  close(): void {
    if (this.#isClosed) return;
    const bridgeSession = this.session?.bridgeSession;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#carryOut({ kind: 'release-sources' });
    if (bridgeSession !== undefined) this.#carryOut({ kind: 'remove-endpoint', bridgeSession });
  }

  #observe(histogram: { observe(value: number): void }): void {
    if (this.#invitedAt === undefined) return;
    histogram.observe((this.#conference.clock.now() - this.#invitedAt) / 1_000);
  }

  #armTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { wakeAt } = this.#state;
    if (wakeAt === undefined || this.#isClosed) return;
    const delayMs = Math.max(0, wakeAt - this.#conference.clock.now());
    this.#timer = this.#conference.clock.setTimer(Math.ceil(delayMs), () => {
      if (this.#state.phase.name === 'inviting') this.#conference.metrics.lost('not-accepted');
      this.input({ kind: 'wake' });
    });
  }

  #carryOut(output: ParticipantOutput): void {
    switch (output.kind) {
      case 'create-endpoint':
        this.#run(this.#createEndpoint(output.attempt));
        return;
      case 'remove-endpoint':
        this.#run(this.#removeEndpoint(output.bridgeSession));
        return;
      case 'offer':
        this.#run(this.#offer(output));
        return;
      case 'source-change':
        this.#run(this.#changeSources(output));
        return;
      case 'accept-sources':
        this.#run(this.#acceptSources(output));
        return;
      case 'terminate':
        this.#terminated = [output.sid, ...this.#terminated].slice(0, MAX_REMEMBERED_SESSIONS);
        this.#conference.exchange.tell(
          this.address,
          encodeJingle({
            action: 'session-terminate',
            sid: output.sid,
            initiator: this.#conference.focusJid,
            reason: { condition: output.reason, text: output.text },
          }),
        );
        return;
      case 'probe':
        this.#run(this.#probe());
        return;
      case 'release-sources': {
        const names = this.#conference.sources.removeOwner(this.#occupant.nick);
        if (names.length > 0) this.#conference.withdraw(this.#occupant.nick, names);
      }
    }
  }

  /** Floating work of this session; a throw is a bug of ours and costs the conference, nobody else. */
  #run(work: Promise<void>): void {
    work.catch((error: unknown) => this.#conference.fail(error));
  }

  async #createEndpoint(attempt: number): Promise<void> {
    const { nick } = this.#occupant;
    this.#invitedAt ??= this.#conference.clock.now();
    const bridge = this.#conference.bridgeFor(this.#occupant);
    if (bridge === undefined) {
      this.input({ kind: 'not-created', attempt, isBridgeMissing: true });
      return;
    }
    const creating = this.#occupant.kind === 'gateway' ? bridge.createPlainEndpoint(nick) : bridge.createEndpoint(nick);
    const [created, features] = await Promise.all([creating, this.#features]);
    this.#conference.bridgeAnswered(bridge, created);
    if (!created.ok) {
      this.#logger.warn({ code: created.reason }, `the bridge gives no endpoint: ${created.text}`);
      this.input({ kind: 'not-created', attempt, isBridgeMissing: false });
      return;
    }
    this.#bridges.set(created.session, bridge);
    // Before anything can be sent.
    await this.#tellMutes(bridge);
    if (this.#isClosed) {
      await this.#removeEndpoint(created.session);
      return;
    }
    this.#form = features.has(FEATURE_JSON_SOURCES) ? 'json' : 'xml';
    if (features.has(FEATURE_START_MUTED)) this.#startMuted = undefined;
    this.input({
      kind: 'created',
      attempt,
      created,
      sources: created.sources.filter(({ owner, name }) => this.#conference.sources.has(owner, name)),
      sid: randomBytes(8).toString('hex'),
      bridgeSessionId: randomBytes(8).toString('hex'),
    });
  }

  async #removeEndpoint(bridgeSession: string): Promise<void> {
    const bridge = this.#bridges.get(bridgeSession);
    this.#bridges.delete(bridgeSession);
    const answer = await bridge?.removeEndpoint(this.#occupant.nick, bridgeSession);
    // The bridge ends sessions without media by itself, so nothing is left behind for long.
    if (answer?.ok === false) this.#logger.debug({ code: answer.reason }, answer.text);
  }

  async #offer({ session, created, sources }: Extract<ParticipantOutput, { kind: 'offer' }>): Promise<void> {
    const { focusJid, publicUrl } = this.#conference;
    const { origin } = this.#occupant;
    const region = this.#bridges.get(session.bridgeSession)?.region;
    const parameters = {
      sid: session.sid,
      initiator: focusJid,
      bridgeSessionId: session.bridgeSessionId,
      ...(region === undefined ? {} : { region }),
      channelUrl: channelUrl(created.channelPath, {
        publicUrl,
        ...(created.channelBaseUrl === undefined ? {} : { baseUrl: created.channelBaseUrl }),
        ...(origin === undefined ? {} : { origin }),
      }),
      sources,
    };
    const offer =
      'rtpAddress' in created
        ? plainSessionInitiate({ ...parameters, created })
        : sessionInitiate({ ...parameters, created, form: this.#form, ...this.#firstWord() });
    await this.#askClient(session.sid, offer);
  }

  /** What only a client's first offer says. */
  #firstWord(): { readonly startMuted?: StartMutedPolicy } {
    const policy = this.#startMuted;
    this.#startMuted = undefined;
    return policy?.audio === true || policy?.video === true ? { startMuted: policy } : {};
  }

  async #changeSources({ action, sid, sources }: Extract<ParticipantOutput, { kind: 'source-change' }>): Promise<void> {
    const change = sourceChange(action, sid, this.#conference.focusJid, sources, this.#form);
    if (await this.#askClient(sid, change)) this.input({ kind: 'acknowledged', sid });
  }

  async #probe(): Promise<void> {
    const { kind } = await this.#conference.exchange.probe(this.address);
    if (kind !== 'cancelled') this.input({ kind: 'heard' });
  }

  /** @returns whether the client answered with a result; otherwise its session is lost. */
  async #askClient(sid: string, jingle: Jingle): Promise<boolean> {
    const outcome = await this.#conference.exchange.requestPatiently(this.address, encodeJingle(jingle));
    this.input({ kind: 'heard' });
    switch (outcome.kind) {
      case 'result':
        return true;
      case 'cancelled':
        return false;
      case 'timeout':
        this.lose('no-answer', sid);
        return false;
      case 'error':
        this.#logger.warn({ code: outcome.error.condition }, `the client refuses ${jingle.action}`);
        this.lose('refused-by-client', sid);
        return false;
    }
  }

  async #acceptSources({
    bridgeSession,
    names,
  }: Extract<ParticipantOutput, { kind: 'accept-sources' }>): Promise<void> {
    const bridge = this.#bridges.get(bridgeSession);
    if (bridge === undefined) return;
    const { nick } = this.#occupant;
    const answer = await bridge.acceptSources({ endpoint: nick, session: bridgeSession, names });
    this.#conference.bridgeAnswered(bridge, answer);
    if (!answer.ok && this.session?.bridgeSession === bridgeSession) this.lose('bridge-lost', this.session.sid);
  }

  /** All of them; what changes while the bridge answers is told too. */
  async #tellMutes(bridge: BridgeClient): Promise<void> {
    const told = new Map<MuteKind, boolean>();
    for (;;) {
      const next = this.#mutes.all().find(([kind, isHeld]) => told.get(kind) !== isHeld);
      if (next === undefined) return;
      told.set(...next);
      await this.#tellMute(bridge, ...next);
    }
  }

  async #tellMute(bridge: BridgeClient, kind: MuteKind, muted: boolean): Promise<void> {
    const answer = await bridge.forceMute({ endpoint: this.#occupant.nick, kind, muted });
    if (!answer.ok) this.#logger.warn({ code: answer.reason }, `the bridge does not mute: ${answer.text}`);
  }

  #askFeatures(): Promise<Features> {
    return this.#conference.discovery.featuresOf(this.address, this.#occupant.caps, this.#conference.exchange);
  }
}
