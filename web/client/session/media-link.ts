import type { ReceivedSource } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { child, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { resourceOf } from '#protocol/xmpp/jid.ts';
import { decodeJingle, decodeJingleHeader, isJingleAction, jingleOf } from '#protocol/xmpp/jingle.ts';
import {
  NS_JINGLE_ERRORS,
  type SessionInitiate,
  type SessionTerminate,
  type TransportInfo,
} from '#protocol/xmpp/jingle.ts';
import { decodeReceivedSources, describedSources, type SignalledSources } from '#protocol/xmpp/jingle-sources.ts';
import { errorReply, iqResult, stanzaError } from '#protocol/xmpp/stanza.ts';
import { BridgeLink } from '../bridge/bridge-link.ts';
import { Emitter } from '#protocol/emitter.ts';
import { log } from '../log.ts';
import type { MuteKind } from '../meeting-types.ts';
import { realSources } from '../sdp/bridge-offer.ts';
import { BridgeSession, type FocusRequest } from './bridge-session.ts';
import type { LocalSources } from './local-sources.ts';
import type { SimulcastStyle } from './media-session.ts';
import type { MediaRecovery } from './recovery.ts';

export interface MediaLinkOptions {
  /** Own endpoint id. */
  readonly endpoint: string;
  /** Own full JID. */
  readonly jid: string;
  /** The focus's occupant JID; only it may offer sessions. */
  readonly focusAddress: string;
  /** The occupant there is the focus that we were told of (wire note, rule 3). */
  readonly isFocusVerified: () => boolean;
  /** Others are in the room, so a session is to be expected. */
  readonly isCompany: () => boolean;
  readonly request: (to: string, content: XmlElement) => Promise<XmlElement>;
  readonly iceServers: () => Promise<readonly RTCIceServer[]>;
  readonly simulcast: SimulcastStyle;
  readonly useIceLite: boolean;
}

/** A source of somebody else, and the track that shows it or lets it be heard. */
export interface ReceivedMedia {
  readonly source: ReceivedSource;
  readonly track: MediaStreamTrack;
  /** It comes from that person, past the bridge. */
  readonly isDirect?: boolean;
}

export interface MediaLinkEvents {
  /** Sources or tracks that we receive changed. */
  received: [];
  /** A moderator mutes us. */
  muted: [kind: MuteKind, actor: string | undefined];
}

/** Media of one stay in a room: the focus's sessions one after another, and the bridge channel of the current one. */
export class MediaLink extends Emitter<MediaLinkEvents> {
  readonly bridge: BridgeLink;
  readonly #options: MediaLinkOptions;
  readonly #local: LocalSources;
  readonly #recovery: MediaRecovery;
  readonly #unsubscribe: readonly (() => void)[];
  #session: BridgeSession | undefined;
  #isIdle = false;
  #isClosed = false;

  constructor(local: LocalSources, bridge: BridgeLink, recovery: MediaRecovery, options: MediaLinkOptions) {
    super();
    this.#local = local;
    this.bridge = bridge;
    this.#recovery = recovery;
    this.#options = options;
    this.#unsubscribe = [
      recovery.on('ice-restart', () => void this.#requestIceRestart()),
      recovery.on('restart', () => void this.#restart()),
    ];
  }

  get session(): BridgeSession | undefined {
    return this.#session;
  }

  /** Whether nothing is sent to the bridge, also in sessions to come: media takes another way. */
  setIdle(isIdle: boolean): void {
    this.#isIdle = isIdle;
    this.#session?.media.setIdle(isIdle);
  }

  /** Takes IQ requests of the focus. */
  handleRequest(iq: XmlElement): XmlElement | Promise<XmlElement> | undefined {
    if (iq.attrs['type'] !== 'set' || this.#isClosed || iq.attrs['from'] !== this.#options.focusAddress)
      return undefined;
    const jingle = jingleOf(iq);
    return jingle === undefined ? this.#handleMute(iq) : this.#handleJingle(iq, jingle);
  }

  close(): void {
    this.#isClosed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#end();
  }

  #handleJingle(iq: XmlElement, element: XmlElement): XmlElement | Promise<XmlElement> {
    try {
      if (!isJingleAction(decodeJingleHeader(element).action)) {
        return errorReply(iq, stanzaError('cancel', 'feature-not-implemented'));
      }
      const jingle = decodeJingle(element);
      if (jingle.action === 'session-initiate') return this.#initiate(iq, jingle);
      const session = this.#session;
      if (session?.sid !== jingle.sid) {
        const unknown = xml('unknown-session', { xmlns: NS_JINGLE_ERRORS });
        return errorReply(iq, stanzaError('cancel', 'item-not-found', undefined, unknown));
      }
      switch (jingle.action) {
        case 'source-add':
          return this.#changeSources(iq, session, realSources(decodeReceivedSources(jingle)), []);
        case 'source-remove':
          return this.#changeSources(iq, session, [], ssrcsOf(jingle));
        case 'session-terminate':
          return this.#terminated(iq, jingle);
        case 'transport-info':
          void this.#restartIce(session, jingle);
          return iqResult(iq);
        default:
          return iqResult(iq);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      log.warn('a Jingle message that cannot be used', error.message);
      return errorReply(iq, stanzaError('modify', 'bad-request', error.message));
    }
  }

  #initiate(iq: XmlElement, offer: SessionInitiate): XmlElement {
    if (!this.#options.isFocusVerified()) {
      return errorReply(iq, stanzaError('auth', 'not-allowed', 'the offer does not come from this meeting’s focus'));
    }
    if (this.#session?.sid === offer.sid) return errorReply(iq, stanzaError('cancel', 'service-unavailable'));
    void this.#begin(offer);
    // Acknowledged at once; the answer follows as session-accept (wire note §5.1).
    return iqResult(iq);
  }

  async #begin(offer: SessionInitiate): Promise<void> {
    this.#end();
    const { iceServers, endpoint, jid, simulcast, useIceLite } = this.#options;
    const servers = await iceServers();
    if (this.#isClosed) return;
    let session: BridgeSession | undefined;
    try {
      session = new BridgeSession(offer, this.#local, {
        iceServers: servers,
        simulcast,
        useIceLite,
        endpoint,
        responder: jid,
        request: this.#requestFocus,
      });
      this.#end();
      this.#session = session;
      session.media.setIdle(this.#isIdle);
      session.media.on('received', () => this.emit('received'));
      this.bridge.begin(session);
      this.#recovery.watch(session.media);
      await session.accept();
      log.info('the media session is answered');
    } catch (error) {
      if (session?.isClosed === true) return; // ended meanwhile; the next session is on its way
      log.error('the media session could not be answered', error);
      this.#recovery.broken(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * The result is our word that the sources can be received: the bridge lets them flow from then on, so it waits until
   * the browser knows their SSRCs.
   */
  async #changeSources(
    iq: XmlElement,
    session: BridgeSession,
    added: readonly ReceivedSource[],
    removed: readonly number[],
  ): Promise<XmlElement> {
    try {
      await session.media.change({ added, removed });
      return iqResult(iq);
    } catch (error) {
      if (session.isClosed) return errorReply(iq, stanzaError('cancel', 'item-not-found'));
      log.error('the browser did not take a change of sources', error);
      this.#recovery.broken('the browser did not take a change of sources');
      return errorReply(iq, stanzaError('cancel', 'internal-server-error'));
    }
  }

  #terminated(iq: XmlElement, { reason }: SessionTerminate): XmlElement {
    log.info('the focus ended the media session', reason?.condition);
    this.#end();
    this.#recovery.ended(reason?.condition === 'expired' || !this.#options.isCompany());
    return iqResult(iq);
  }

  async #requestIceRestart(): Promise<void> {
    log.warn('asking for an ICE restart');
    const session = this.#session;
    try {
      if (session === undefined) return;
      await session.requestIceRestart();
    } catch (error) {
      // Unknown to this focus, or too soon after the last one; the session may have ended meanwhile.
      log.warn('an ICE restart was refused', error);
      if (this.#session === session) this.#recovery.iceRestartRefused();
    }
  }

  async #restartIce(session: BridgeSession, { contents }: TransportInfo): Promise<void> {
    const transport = contents.find((content) => content.transport?.credentials !== undefined)?.transport;
    if (transport === undefined) return;
    try {
      await session.restartIce(transport);
    } catch (error) {
      if (session.isClosed) return;
      log.error('ICE could not be restarted', error);
      this.#recovery.iceRestartRefused();
    }
  }

  async #restart(): Promise<void> {
    const session = this.#session;
    if (session === undefined) {
      // A restart is asked of a session (wire note §5.10); without one only a new join brings an offer.
      this.#recovery.rejoin();
      return;
    }
    log.warn('asking for a new media session');
    try {
      await session.requestRestart();
    } catch (error) {
      // Too often, or no bridge now: the same session is the one to ask about again.
      log.warn('a new media session was refused', error);
      return;
    }
    if (this.#session === session) this.#end();
  }

  #handleMute(iq: XmlElement): XmlElement | undefined {
    for (const kind of ['audio', 'video', 'desktop'] as const) {
      const mute = child(iq, 'mute', `http://jitsi.org/jitmeet/${kind}`);
      if (mute === undefined) continue;
      const actor = mute.attrs['actor'];
      // Nobody can be unmuted by others (wire note §5.11).
      if (text(mute).trim() === 'true') this.emit('muted', kind, actor === undefined ? undefined : resourceOf(actor));
      return iqResult(iq);
    }
    return undefined;
  }

  #end(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    this.bridge.end();
    session.close();
    this.emit('received');
  }

  readonly #requestFocus: FocusRequest = (content) => this.#options.request(this.#options.focusAddress, content);
}

function ssrcsOf(signalled: SignalledSources): number[] {
  return (['audio', 'video'] as const).flatMap((kind) =>
    describedSources(signalled, kind).ssrcs.map(({ ssrc }) => ssrc),
  );
}
