import { formatSourceName, type ReceivedSource } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { xml } from '#protocol/xmpp/element.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { decodeJingle, decodeJingleHeader, encodeJingle, isJingleAction, jingleOf } from '#protocol/xmpp/jingle.ts';
import { NS_JINGLE_ERRORS, type SessionInitiate, type SessionTerminate } from '#protocol/xmpp/jingle.ts';
import { errorReply, iqResult, stanzaError } from '#protocol/xmpp/stanza.ts';
import type { BridgeLink } from '../bridge/bridge-link.ts';
import { Debounce } from '../debounce.ts';
import { Emitter } from '#protocol/emitter.ts';
import { log } from '../log.ts';
import type { LocalSources } from '../session/local-sources.ts';
import type { MediaLink } from '../session/media-link.ts';
import { lookAt } from '../stats/look-at.ts';
import { MediaFlow } from './media-flow.ts';
import type { PeerMedia } from './peer-media.ts';
import { directPeer, isOurTurn, startDelayMs, type Company } from './peer-rules.ts';
import { PeerSession, type EndCondition } from './peer-session.ts';
import { SpeakerLoop } from './speaker-loop.ts';

/** A direct session whose media does not flow both ways by then is given up. */
const OPEN_WITHIN_MS = 10_000;
/** The other side needs about as long as we did until it sees our direct media; until then it gets both. */
const BOTH_WAYS_MS = 3_000;
/** What the bridge does not bring within this is waited for no longer, e.g. a camera that has just been switched off. */
const RETURN_WITHIN_MS = 6_000;
/** So long the other side gets our direct media after we need its no more. */
const LINGER_MS = 4_000;
const LOOK_INTERVAL_MS = 50;
/** A window that is being resized wants many heights. */
const HEIGHTS_INTERVAL_MS = 500;
const LIFE_CHECK_MS = 1_000;
/** Nothing for so long while somebody sends is a broken way; the browser itself takes longer to say so. */
const SILENCE_LIMIT_MS = 2_500;
/** The same while both are muted and only checks of the way (RFC 7675) are to be seen. */
const MUTED_SILENCE_LIMIT_MS = 8_000;
/** Sessions that the other side ended for no reason that we can see; then the bridge stays in use. */
const MAX_UNEXPLAINED_ENDS = 2;

export interface PeerLinkOptions {
  /** Direct media is wanted at all; if not, offers are declined. */
  readonly isEnabled: boolean;
  /** Own endpoint id. */
  readonly endpoint: string;
  /** Bare JID of the room. */
  readonly room: string;
  readonly company: () => Omit<Company, 'isSharing' | 'wantsPictures'>;
  readonly local: LocalSources;
  readonly media: MediaLink;
  readonly bridge: BridgeLink;
  readonly request: (to: string, content: XmlElement) => Promise<XmlElement>;
  readonly iceServers: () => Promise<readonly RTCIceServer[]>;
}

type State =
  | { readonly name: 'bridge' }
  /** Until direct media flows, everything goes through the bridge. */
  | { readonly name: 'opening'; readonly session: PeerSession; readonly flow: MediaFlow }
  | { readonly name: 'direct'; readonly session: PeerSession; readonly speaker: SpeakerLoop; readonly life: Life }
  /** Until media of the bridge flows, the direct one is shown. */
  | {
      readonly name: 'returning';
      readonly session: PeerSession;
      readonly flow: MediaFlow;
      readonly condition: EndCondition;
    };

/** The last sign of the other side. */
interface Life {
  signs: number;
  atMs: number;
}

/**
 * Media between two people without the bridge, while they are two (wire note §5.12). Whichever way is next is in use
 * before the one of before ends, so nothing goes black: see README, "Two people".
 */
export class PeerLink extends Emitter<{ changed: [] }> {
  readonly #options: PeerLinkOptions;
  readonly #unsubscribe: readonly (() => void)[];
  readonly #heights = new Debounce(HEIGHTS_INTERVAL_MS, () => this.#requestHeight());
  #state: State = { name: 'bridge' };
  #start: { readonly peer: string; readonly timer: ReturnType<typeof setTimeout> } | undefined;
  /** Of the state: what it must have come to by then. */
  #limitTimer: ReturnType<typeof setTimeout> | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #lookTimer: ReturnType<typeof setInterval> | undefined;
  #isLooking = false;
  /** The other side has nothing more to say in them. */
  readonly #settled = new WeakSet<PeerSession>();
  /** With whom direct media did not work, or who did not want it; until they leave. */
  readonly #refused = new Set<string>();
  #unexplainedEnds = 0;
  /** The two who are here could not talk directly a moment ago. */
  #wasOtherwise = false;
  /** Sessions that we need no more, until the other side does not either. */
  readonly #lingering = new Map<
    string,
    { readonly session: PeerSession; readonly timer: ReturnType<typeof setTimeout> }
  >();
  #isClosed = false;

  constructor(options: PeerLinkOptions) {
    super();
    this.#options = options;
    const { local, bridge } = options;
    this.#unsubscribe = [
      local.on('changed', (slot) => {
        if (slot === 'screen') this.companyChanged();
      }),
      bridge.on('wishes', () => {
        this.companyChanged();
        this.#heights.trigger();
      }),
    ];
  }

  /** The session whose media is shown instead of the bridge's. */
  get media(): PeerMedia | undefined {
    const { name } = this.#state;
    return name === 'direct' || name === 'returning' ? this.#state.session.media : undefined;
  }

  /** Sources that come directly now. */
  received(): { readonly source: ReceivedSource; readonly track: MediaStreamTrack; readonly isDirect: true }[] {
    return (this.media?.received() ?? []).map((one) => ({ ...one, isDirect: true }));
  }

  /** Somebody came, went or changed, or what is allowed here has. */
  companyChanged(): void {
    if (this.#isClosed) return;
    const company = this.#company();
    for (const nick of this.#refused) if (!company.others.has(nick)) this.#refused.delete(nick);
    const peer = this.#wantedPeer();
    const session = this.#session;
    if (session !== undefined && session.peer !== peer) {
      if (company.others.has(session.peer)) this.#goBack('success');
      else this.#drop();
    }
    if (company.others.size === 0) {
      this.#wasOtherwise = false;
      this.#unexplainedEnds = 0;
    } else if (peer === undefined) {
      this.#wasOtherwise = true;
    }
    this.#scheduleStart(peer);
  }

  /** Takes Jingle of other occupants; what the focus says is not for us. */
  handleRequest(iq: XmlElement): XmlElement | undefined {
    const { from = '', type } = iq.attrs;
    const nick = resourceOf(from);
    const element = jingleOf(iq);
    if (type !== 'set' || element === undefined || this.#isClosed) return undefined;
    if (bareOf(from) !== this.#options.room || nick === undefined || !this.#company().others.has(nick))
      return undefined;
    try {
      const { action, sid } = decodeJingleHeader(element);
      const session = this.#sessionOf(sid, nick);
      if (action === 'content-modify' && session !== undefined) {
        session.limitHeight(element);
        return iqResult(iq);
      }
      if (!isJingleAction(action)) return errorReply(iq, stanzaError('cancel', 'feature-not-implemented'));
      if (action === 'session-initiate') {
        if (session !== undefined) return errorReply(iq, stanzaError('cancel', 'service-unavailable'));
        this.#offered(element, sid, nick);
        return iqResult(iq);
      }
      if (session === undefined) {
        const unknown = xml('unknown-session', { xmlns: NS_JINGLE_ERRORS });
        return errorReply(iq, stanzaError('cancel', 'item-not-found', undefined, unknown));
      }
      const jingle = decodeJingle(element);
      if (jingle.action === 'session-terminate') this.#ended(session, jingle);
      else session.receive(jingle);
      return iqResult(iq);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      log.warn('a Jingle message of a peer that cannot be used', error.message);
      return errorReply(iq, stanzaError('modify', 'bad-request', error.message));
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearTimeout(this.#start?.timer);
    this.#heights.cancel();
    this.#drop();
    for (const sid of this.#lingering.keys()) this.#forget(sid);
  }

  get #session(): PeerSession | undefined {
    return this.#state.name === 'bridge' ? undefined : this.#state.session;
  }

  #company(): Company {
    const { company, local, bridge } = this.#options;
    return { ...company(), isSharing: local.track('screen') !== undefined, wantsPictures: bridge.wantsPictures };
  }

  #wantedPeer(): string | undefined {
    const peer = this.#options.isEnabled ? directPeer(this.#company()) : undefined;
    return peer === undefined || this.#refused.has(peer) ? undefined : peer;
  }

  #sessionOf(sid: string, nick: string): PeerSession | undefined {
    const session = this.#session?.sid === sid ? this.#session : this.#lingering.get(sid)?.session;
    return session?.peer === nick ? session : undefined;
  }

  #scheduleStart(peer: string | undefined): void {
    const isDue = peer !== undefined && this.#state.name === 'bridge' && isOurTurn(this.#options.endpoint, peer);
    if (isDue && this.#start?.peer === peer) return;
    clearTimeout(this.#start?.timer);
    this.#start = undefined;
    if (!isDue) return;
    const timer = setTimeout(() => {
      this.#start = undefined;
      void this.#begin(peer);
    }, startDelayMs(this.#wasOtherwise));
    this.#start = { peer, timer };
  }

  async #begin(peer: string): Promise<void> {
    // The bridge comes first: whatever goes wrong directly, it is there.
    if (this.#options.media.session?.media.connectionState !== 'connected') {
      this.#scheduleStart(this.#wantedPeer());
      return;
    }
    const sid = crypto.randomUUID();
    const session = await this.#make(sid, peer, this.#options.endpoint);
    if (session === undefined) return;
    log.info('asking for direct media');
    await session.begin();
  }

  #offered(element: XmlElement, sid: string, nick: string): void {
    if (this.#state.name !== 'bridge') {
      this.#decline(nick, sid, 'busy');
      return;
    }
    if (this.#wantedPeer() !== nick) {
      this.#decline(nick, sid, 'decline');
      return;
    }
    const offer = decodeJingle(element);
    if (offer.action === 'session-initiate') void this.#accept(offer, nick);
  }

  async #accept(offer: SessionInitiate, nick: string): Promise<void> {
    const session = await this.#make(offer.sid, nick, nick);
    if (session === undefined) {
      this.#decline(nick, offer.sid, 'decline');
      return;
    }
    log.info('direct media is asked for');
    await session.accept(offer);
  }

  /** @returns undefined if something else has come up meanwhile */
  async #make(sid: string, peer: string, initiator: string): Promise<PeerSession | undefined> {
    const { endpoint, local, request, iceServers } = this.#options;
    const servers = await iceServers();
    if (this.#isClosed || this.#state.name !== 'bridge' || this.#wantedPeer() !== peer) return undefined;
    const session = new PeerSession(local, {
      peer,
      ids: {
        sid,
        initiator: this.#addressOf(initiator),
        responder: this.#addressOf(initiator === peer ? endpoint : peer),
        own: endpoint,
      },
      iceServers: servers,
      request: (content) => request(this.#addressOf(peer), content),
    });
    session.on('failed', (details) => this.#failed(session, details));
    session.media.on('connection', (state) => {
      // While it opens, more candidates may come and lead there after all (RFC 8838 §8).
      const isBroken = state === 'failed' || state === 'disconnected';
      if (isBroken && this.#state.name === 'direct') this.#failed(session, `the direct way is ${state}`);
    });
    this.#enter({ name: 'opening', session, flow: new MediaFlow(session.media) });
    this.#limitTimer = setTimeout(() => this.#failed(session, 'direct media did not flow in time'), OPEN_WITHIN_MS);
    return session;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const state = this.#state;
      if (state.name === 'bridge') return;
      const names = this.#expected(state.session.peer);
      if (state.name === 'direct') {
        await this.#checkLife(state, names.length > 0 ? SILENCE_LIMIT_MS : MUTED_SILENCE_LIMIT_MS);
        return;
      }
      if (state.name === 'opening') {
        const isUp = state.session.media.connectionState === 'connected';
        if (isUp && (await state.flow.look(names)) && this.#state === state) this.#goDirect(state.session);
        return;
      }
      const { bridge } = this.#options;
      const isForwarded = names.every((name) => bridge.isForwarded(name));
      const flows = await state.flow.look(names);
      if (flows && isForwarded && this.#state === state) this.#arriveBack();
    } finally {
      this.#isLooking = false;
    }
  }

  async #checkLife({ session, life }: Extract<State, { name: 'direct' }>, limitMs: number): Promise<void> {
    const { lifeSigns } = await lookAt(session.media);
    const nowMs = performance.now();
    if (lifeSigns > life.signs) {
      life.signs = lifeSigns;
      life.atMs = nowMs;
    } else if (nowMs - life.atMs > limitMs) {
      this.#failed(session, 'nothing comes directly any more');
    }
  }

  /** What the other one sends now, by its own word; a picture that nobody wants to see it does not. */
  #expected(peer: string): string[] {
    const { bridge } = this.#options;
    const sources = this.#company().others.get(peer)?.sources;
    const names = [audioOf(peer), ...(bridge.wantedHeight(cameraOf(peer)) > 0 ? [cameraOf(peer)] : [])];
    return names.filter((name) => sources?.get(name)?.isMuted === false);
  }

  #requestHeight(): void {
    if (this.#state.name !== 'direct') return;
    const { session } = this.#state;
    session.requestHeight(this.#options.bridge.wantedHeight(cameraOf(session.peer)));
  }

  #goDirect(session: PeerSession): void {
    const { bridge, local, endpoint, media } = this.#options;
    log.info('media is direct now');
    const speaker = new SpeakerLoop(session.media, local, endpoint, (id, latest) => bridge.tellSpeaker(id, [latest]));
    this.#enter({ name: 'direct', session, speaker, life: { signs: 0, atMs: performance.now() } });
    bridge.measure(session.media);
    this.#idleTimer = setTimeout(() => media.setIdle(true), BOTH_WAYS_MS);
    this.#requestHeight();
    this.emit('changed');
  }

  #goBack(condition: EndCondition): void {
    const state = this.#state;
    if (state.name === 'opening') {
      state.session.terminate(condition);
      this.#drop();
    } else if (state.name === 'direct') {
      const { media } = this.#options;
      state.speaker.stop();
      media.setIdle(false);
      // The session may be another one by then.
      const flow = new MediaFlow({ receiverOf: (name) => media.session?.media.receiverOf(name) });
      this.#enter({ name: 'returning', session: state.session, flow, condition });
      if (condition !== 'success') {
        // Nothing is left to be made use of, and the other side should know at once.
        state.session.terminate(condition);
        this.#settled.add(state.session);
      }
      this.#limitTimer = setTimeout(() => this.#arriveBack(), RETURN_WITHIN_MS);
      void this.#look();
    }
  }

  #arriveBack(): void {
    const state = this.#state;
    if (state.name !== 'returning') return;
    log.info('media goes through the bridge again');
    const { session, condition } = state;
    this.#enter({ name: 'bridge' });
    this.#options.bridge.measure(undefined);
    this.emit('changed');
    if (condition === 'success') session.terminate(condition);
    if (this.#settled.has(session)) session.close();
    else this.#linger(session);
    this.companyChanged();
  }

  #linger(session: PeerSession): void {
    const timer = setTimeout(() => this.#forget(session.sid), LINGER_MS);
    this.#lingering.set(session.sid, { session, timer });
  }

  #forget(sid: string): void {
    const lingering = this.#lingering.get(sid);
    this.#lingering.delete(sid);
    clearTimeout(lingering?.timer);
    lingering?.session.close();
  }

  #ended(session: PeerSession, { reason }: SessionTerminate): void {
    log.info('the other side ended direct media', reason?.condition);
    this.#settled.add(session);
    if (this.#lingering.has(session.sid)) {
      this.#forget(session.sid);
      return;
    }
    // It sees somebody come or a screen shared a moment before we do; more often than that it must have another reason.
    if (this.#wantedPeer() === session.peer) this.#unexplainedEnds += 1;
    const isUnwanted = reason?.condition !== 'success' || this.#unexplainedEnds > MAX_UNEXPLAINED_ENDS;
    if (isUnwanted) this.#refused.add(session.peer);
    this.#wasOtherwise = true;
    if (this.#state.name === 'opening') this.#drop();
    else this.#goBack('success');
    this.companyChanged();
  }

  /** The same two do not try again: the bridge works, and a network seldom changes its mind. */
  #failed(session: PeerSession, details: string): void {
    if (this.#session !== session) return;
    log.warn('no direct media', details);
    this.#refused.add(session.peer);
    this.#goBack('connectivity-error');
  }

  /** Ends at once what there is; nobody is told. */
  #drop(): void {
    const state = this.#state;
    if (state.name === 'bridge') return;
    const { bridge, media } = this.#options;
    if (state.name === 'direct') state.speaker.stop();
    this.#enter({ name: 'bridge' });
    media.setIdle(false);
    bridge.measure(undefined);
    state.session.close();
    if (!this.#isClosed) this.emit('changed');
  }

  #enter(state: State): void {
    clearTimeout(this.#limitTimer);
    clearTimeout(this.#idleTimer);
    clearInterval(this.#lookTimer);
    this.#state = state;
    if (state.name === 'bridge') return;
    const intervalMs = state.name === 'direct' ? LIFE_CHECK_MS : LOOK_INTERVAL_MS;
    this.#lookTimer = setInterval(() => void this.#look(), intervalMs);
  }

  #decline(nick: string, sid: string, condition: EndCondition): void {
    const content = encodeJingle({ action: 'session-terminate', sid, reason: { condition } });
    this.#options.request(this.#addressOf(nick), content).catch((error: unknown) => {
      log.debug('a declined peer did not answer', error);
    });
  }

  #addressOf(nick: string): string {
    return `${this.#options.room}/${nick}`;
  }
}

function audioOf(endpoint: string): string {
  return formatSourceName({ endpoint, kind: 'audio', index: 0 });
}

function cameraOf(endpoint: string): string {
  return formatSourceName({ endpoint, kind: 'video', index: 0 });
}
