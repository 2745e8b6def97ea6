import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeJingle, type BridgeSession as BridgeSessionId, type SessionInitiate } from '#protocol/xmpp/jingle.ts';
import type { Source } from '#protocol/media/source.ts';
import type { IceUdpTransport } from '#protocol/xmpp/jingle-ice-udp.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import { SerialQueue } from '../serial-queue.ts';
import { readBridgeOffer } from '../sdp/bridge-offer.ts';
import type { Answer } from '../sdp/read-answer.ts';
import { writeIceRestart, writeSessionAccept, writeSourceAdd, type SessionIds } from '../sdp/session-accept.ts';
import type { LocalSources } from './local-sources.ts';
import { MediaSession, type MediaSessionOptions } from './media-session.ts';
import type { SourceChange } from './receive-slots.ts';
import { SEND_SLOTS, sentSource, type SendSlotName } from './send-slots.ts';

/** Sends an IQ to the focus's occupant. @throws RequestError */
export type FocusRequest = (content: XmlElement) => Promise<XmlElement>;

export interface BridgeSessionOptions extends MediaSessionOptions {
  /** Own endpoint id. */
  readonly endpoint: string;
  /** Own full JID. */
  readonly responder: string;
  readonly request: FocusRequest;
}

/** One Jingle session with the focus: an offer, our answer, and the sources that come and go after it. */
export class BridgeSession {
  readonly sid: string;
  /** The focus's name for it, to be echoed when we ask for a restart. */
  readonly bridgeSession: BridgeSessionId | undefined;
  readonly channelUrls: readonly string[];
  readonly media: MediaSession;
  readonly #options: BridgeSessionOptions;
  readonly #ids: SessionIds;
  readonly #local: LocalSources;
  readonly #announced = new Set<SendSlotName>();
  /** session-accept and source-adds go out in order. */
  readonly #announcements = new SerialQueue();
  readonly #unsubscribe: () => void;
  #answer: Answer | undefined;
  #iceGeneration = 0;
  #isClosed = false;

  /** @throws DecodeError for an offer that cannot be used */
  constructor(offer: SessionInitiate, local: LocalSources, options: BridgeSessionOptions) {
    const bridgeOffer = readBridgeOffer(offer);
    this.sid = offer.sid;
    this.bridgeSession = offer.bridgeSession;
    this.channelUrls = bridgeOffer.channelUrls;
    this.#ids = { sid: offer.sid, initiator: offer.initiator ?? '', responder: options.responder };
    this.#local = local;
    this.#options = options;
    this.media = new MediaSession(bridgeOffer, local, options);
    this.#unsubscribe = local.on('changed', () => void this.#announcements.run(() => this.#announce()));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Answers the offer. @throws RequestError, DOMException: the session is of no use */
  accept(): Promise<void> {
    return this.#announcements.run(async () => {
      this.#answer = await this.media.start();
      if (this.#isClosed) return;
      const sources = this.#newSources(this.#answer);
      await this.#options.request(encodeJingle(writeSessionAccept(this.#answer, sources, this.#ids)));
    });
  }

  /** The focus adds or removes sources of others. @throws DOMException */
  async change(change: SourceChange): Promise<void> {
    await this.media.change(change);
  }

  /** Tells the focus that media does not get through and asks for a new session (wire note §5.10). @throws RequestError */
  async requestRestart(): Promise<void> {
    const bridgeSession = this.bridgeSession && { ...this.bridgeSession, restart: true };
    await this.#options.request(
      encodeJingle({
        action: 'session-terminate',
        sid: this.sid,
        initiator: this.#ids.initiator,
        reason: { condition: 'connectivity-error', text: 'ICE FAILED' },
        ...(bridgeSession === undefined ? {} : { bridgeSession }),
      }),
    );
  }

  /** Asks for new ICE credentials of the bridge in this session (wire note §5.10). @throws RequestError */
  async requestIceRestart(): Promise<void> {
    if (this.bridgeSession === undefined) throw new RequestError('refused', 'the focus gave the session no name');
    const bridgeSession = { ...this.bridgeSession, iceRestart: true };
    const { sid, initiator } = this.#ids;
    await this.#options.request(encodeJingle({ action: 'session-info', sid, initiator, bridgeSession }));
  }

  /** Takes the bridge's new ICE credentials, and tells ours. @throws RequestError, DOMException */
  async restartIce({ credentials, candidates, iceGeneration = 0 }: IceUdpTransport): Promise<void> {
    // What stays the same changes nothing, and an older generation comes too late.
    if (credentials === undefined || iceGeneration <= this.#iceGeneration) return;
    this.#iceGeneration = iceGeneration;
    const answer = await this.media.restartIce({ ice: credentials, candidates });
    if (this.#isClosed) return;
    await this.#options.request(encodeJingle(writeIceRestart(answer, iceGeneration, this.#ids)));
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.media.close();
  }

  /** Announces sources that got their first track after the answer. */
  async #announce(): Promise<void> {
    if (this.#answer === undefined || this.#isClosed) return;
    const sources = this.#newSources(this.#answer);
    if (sources.length === 0) return;
    await this.#options.request(encodeJingle(writeSourceAdd(sources, this.#ids)));
  }

  #newSources(answer: Answer): Source[] {
    return SEND_SLOTS.flatMap((slot) => {
      const section = answer.sections.find(({ mid }) => mid === slot.mid);
      if (section === undefined || !this.#local.isKnown(slot.slot) || this.#announced.has(slot.slot)) return [];
      this.#announced.add(slot.slot);
      return sentSource(slot, this.#options.endpoint, section, crypto.randomUUID()) ?? [];
    });
  }
}

/** A mute request of a moderator or for oneself (wire note §5.11). */
export function muteElement(kind: 'audio' | 'video' | 'desktop', jid: string, isMuted: boolean): XmlElement {
  const namespace = kind === 'audio' ? 'http://jitsi.org/jitmeet/audio' : `http://jitsi.org/jitmeet/${kind}`;
  return xml('mute', { xmlns: namespace, jid }, String(isMuted));
}
