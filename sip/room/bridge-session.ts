import { EventEmitter } from 'node:events';
import { BridgeChannel } from '#protocol/bridge/bridge-channel.ts';
import type { ReceiverAudioSubscription } from '#protocol/bridge/channel-message.ts';
import type { ClientPlatform } from '#protocol/client-platform.ts';
import type { RtpAddress } from '#protocol/media/rtp.ts';
import type { ReceivedSource } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { decodeJingle, encodeJingle, jingleOf, NS_JINGLE_ERRORS, type Jingle } from '#protocol/xmpp/jingle.ts';
import { decodeReceivedSources } from '#protocol/xmpp/jingle-sources.ts';
import { errorReply, iqResult, stanzaError } from '#protocol/xmpp/stanza.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import {
  payloadTypeOf,
  plainAccept,
  readPlainOffer,
  uplinkChange,
  type PlainOffer,
  type RoomPayloadType,
  type UplinkSource,
} from './plain-answer.ts';

/** Where a caller's media goes, and what it is called there. */
export interface RoomMedia {
  /** RTP and RTCP go here, from the socket that the session was joined with: the bridge takes them from no other. */
  readonly remote: RtpAddress;
  /** For the uplink's codec. */
  readonly payloadType: number;
  /** RFC 6464, one-byte form (RFC 8285 §4.2); to be on every packet. */
  readonly audioLevelExtensionId: number;
  /** What arriving packets may be. */
  readonly payloadTypes: ReadonlyMap<number, RoomPayloadType>;
}

/** Sound of somebody else that may arrive. */
export interface RoomSource {
  readonly name: string;
  readonly endpointId: string;
  readonly ssrc: number;
}

/** Jitsi's name of the message with which moderators lower hands. */
const LOWER_HAND = 'lower-hand-message';

export interface BridgeSessionEvents {
  /** Media can be sent and received; all of it is new. */
  media: [RoomMedia];
  /** No media until the next `media`. */
  mediaEnded: [];
  /** All that may arrive, by SSRC. */
  sources: [ReadonlyMap<number, RoomSource>];
  /** Endpoint id of who speaks. */
  speaker: [string];
  /** Somebody asks this caller, or all, to lower the hand: the endpoint id of who does. Anybody in the room can. */
  lowerHand: [string];
}

export interface BridgeSessionOptions {
  readonly endpointId: string;
  readonly local: RtpAddress;
  readonly uplink: UplinkSource;
  readonly isReceiving: boolean;
  /** Asks the focus's occupant. @throws RequestError */
  readonly request: (content: XmlElement) => Promise<XmlElement>;
  readonly platform: ClientPlatform;
}

/** The caller's side of what the focus offers it: one session over plain RTP after the other (XEP-0166, XEP-0177). */
export class BridgeSession extends EventEmitter<BridgeSessionEvents> {
  readonly #options: BridgeSessionOptions;
  readonly #sources = new Map<string, ReceivedSource>();
  #uplink: UplinkSource;
  #isReceiving: boolean;
  #excluded: readonly string[] = [];
  #offer: PlainOffer | undefined;
  #isAccepted = false;
  #channel: BridgeChannel | undefined;
  /** Announcements go out one after the other. */
  #announcing: Promise<void> = Promise.resolve();

  constructor(options: BridgeSessionOptions) {
    super();
    this.#options = options;
    this.#uplink = options.uplink;
    this.#isReceiving = options.isReceiving;
  }

  /** Answers Jingle of the focus; undefined if the request is about something else. */
  answer(iq: XmlElement): XmlElement | undefined {
    const element = jingleOf(iq);
    if (element === undefined) return undefined;
    try {
      const jingle = decodeJingle(element);
      if (jingle.action !== 'session-initiate' && jingle.sid !== this.#offer?.sid) {
        return errorReply(
          iq,
          stanzaError('cancel', 'item-not-found', undefined, xml('unknown-session', { xmlns: NS_JINGLE_ERRORS })),
        );
      }
      this.#apply(jingle);
      return iqResult(iq);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return errorReply(iq, stanzaError('modify', 'bad-request', error.message));
    }
  }

  /** What the caller sends from now on. Resolves when the focus knows of it. */
  setUplink(uplink: UplinkSource): Promise<void> {
    const before = this.#uplink;
    this.#uplink = uplink;
    this.#announcing = this.#announcing.then(async () => {
      const offer = this.#offer;
      // A session that is not accepted yet, or a later one, is accepted with the present uplink.
      if (offer === undefined || !this.#isAccepted) return;
      for (const change of [
        uplinkChange('source-remove', offer, this.#options.endpointId, before),
        uplinkChange('source-add', offer, this.#options.endpointId, uplink),
      ]) {
        await this.#tell(change);
      }
      if (this.#offer === offer) this.#emitMedia(offer);
    });
    return this.#announcing;
  }

  /** @param excluded names of sources that are not to arrive: those of the gateway's own callers. */
  setReceiving(isReceiving: boolean, excluded: readonly string[]): void {
    this.#isReceiving = isReceiving;
    this.#excluded = excluded;
    this.#subscribe();
    this.#emitSources();
  }

  /** The session is over, or has lost its focus; another one may follow. */
  end(): void {
    const hadMedia = this.#isAccepted;
    this.#offer = undefined;
    this.#isAccepted = false;
    this.#channel?.close();
    this.#channel = undefined;
    this.#sources.clear();
    if (hadMedia) this.emit('mediaEnded');
  }

  #apply(jingle: Jingle): void {
    switch (jingle.action) {
      case 'session-initiate':
        this.#begin(readPlainOffer(jingle));
        return;
      case 'source-add':
        for (const source of decodeReceivedSources(jingle)) this.#sources.set(source.name, source);
        this.#emitSources();
        return;
      case 'source-remove':
        for (const { name } of decodeReceivedSources(jingle)) this.#sources.delete(name);
        this.#emitSources();
        return;
      case 'session-terminate':
        this.end();
        return;
      case 'session-accept':
      case 'session-info':
      case 'transport-info':
      // Nothing that the focus says about ICE, or asks of others, means anything here.
    }
  }

  #begin(offer: PlainOffer): void {
    this.end();
    this.#offer = offer;
    for (const source of offer.sources) this.#sources.set(source.name, source);
    this.#announcing = this.#announcing
      .then(() => this.#accept(offer))
      // A bug; the session is of no use then, and the focus offers another one.
      .catch((error: unknown) => this.#options.platform.log.error('a media session could not be accepted', error));
  }

  async #accept(offer: PlainOffer): Promise<void> {
    if (this.#offer !== offer) return;
    const { endpointId, local } = this.#options;
    // Told once more if it changes while the focus answers.
    const isAccepted = await this.#tell(plainAccept(offer, endpointId, this.#uplink, local));
    if (!isAccepted || this.#offer !== offer) return;
    this.#isAccepted = true;
    this.#openChannel(offer);
    this.#emitMedia(offer);
    this.#emitSources();
  }

  /** @returns whether the focus agreed; where it did not it offers another session. */
  async #tell(jingle: Jingle): Promise<boolean> {
    try {
      await this.#options.request(encodeJingle(jingle));
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#options.platform.log.warn(`the focus does not take ${jingle.action}`, error.message);
      return false;
    }
  }

  #openChannel({ channelUrl }: PlainOffer): void {
    if (channelUrl === undefined) return;
    const channel = new BridgeChannel(channelUrl, this.#options.platform);
    this.#channel = channel;
    channel.on('open', () => this.#subscribe());
    channel.on('message', (message) => {
      if (message.colibriClass === 'DominantSpeakerEndpointChangeEvent') {
        this.emit('speaker', message.dominantSpeakerEndpoint);
      } else if (message.colibriClass === 'EndpointMessage' && message.msgPayload['name'] === LOWER_HAND) {
        this.emit('lowerHand', message.from);
      }
    });
    channel.open();
  }

  /** On an open channel; each new one is told again. */
  #subscribe(): void {
    const wish: Pick<ReceiverAudioSubscription, 'mode' | 'list'> = this.#isReceiving
      ? { mode: 'Exclude', list: [...this.#excluded] }
      : { mode: 'None' };
    this.#channel?.send({ colibriClass: 'ReceiverAudioSubscription', ...wish });
  }

  #emitMedia(offer: PlainOffer): void {
    const payloadType = payloadTypeOf(offer, this.#uplink.codec);
    if (payloadType === undefined) return;
    const { remote, audioLevelExtensionId, payloadTypes } = offer;
    this.emit('media', { remote, payloadType, audioLevelExtensionId, payloadTypes });
  }

  #emitSources(): void {
    if (!this.#isAccepted) return;
    const wanted = this.#isReceiving ? [...this.#sources.values()] : [];
    this.emit(
      'sources',
      new Map(
        wanted
          .filter(({ name }) => !this.#excluded.includes(name))
          .map(({ name, owner, ssrc }) => [ssrc, { name, endpointId: owner, ssrc }]),
      ),
    );
  }
}
