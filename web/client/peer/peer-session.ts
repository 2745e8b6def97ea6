import type { IceCandidate } from '#protocol/media/rtp.ts';
import { formatSourceName } from '#protocol/media/source.ts';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { encodeJingle, type Jingle, type SessionAccept, type SessionInitiate } from '#protocol/xmpp/jingle.ts';
import { Debounce } from '../debounce.ts';
import { Emitter } from '#protocol/emitter.ts';
import { log } from '../log.ts';
import type { Answer } from '../sdp/read-answer.ts';
import type { LocalSources } from '../session/local-sources.ts';
import { readFrameHeight, writeFrameHeight } from './frame-height.ts';
import { readPeerDescription } from './peer-description.ts';
import { writeCandidates, writePeerAnswer, writePeerOffer, type PeerIds } from './peer-jingle.ts';
import { PeerMedia } from './peer-media.ts';

const CANDIDATES_INTERVAL_MS = 100;
/** More of them no honest browser finds. */
const MAX_PEER_CANDIDATES = 200;

/** Why a session ends, in XEP-0166's words (§7.4). */
export type EndCondition = 'success' | 'decline' | 'busy' | 'connectivity-error' | 'failed-application';

export interface PeerSessionOptions {
  /** Endpoint id of the other one. */
  readonly peer: string;
  readonly ids: PeerIds;
  readonly iceServers: readonly RTCIceServer[];
  /** Sends an IQ to the peer. @throws RequestError */
  readonly request: (content: XmlElement) => Promise<XmlElement>;
}

/** One Jingle session with the other person (wire note §5.12), whoever of the two began it. */
export class PeerSession extends Emitter<{ failed: [string] }> {
  readonly peer: string;
  readonly sid: string;
  readonly media: PeerMedia;
  readonly #options: PeerSessionOptions;
  readonly #candidates = new Debounce(CANDIDATES_INTERVAL_MS, () => this.#sendCandidates());
  readonly #role: 'initiator' | 'responder';
  #local: Answer | undefined;
  #found: IceCandidate[] = [];
  /** The peer knows the session, so it can take candidates. */
  #isAnnounced = false;
  #peerCandidates = 0;
  #requestedHeight: number | undefined;
  #isOver = false;

  constructor(local: LocalSources, options: PeerSessionOptions) {
    super();
    const { ids, peer, iceServers } = options;
    this.peer = peer;
    this.sid = ids.sid;
    this.#options = options;
    this.#role = ids.initiator.endsWith(`/${ids.own}`) ? 'initiator' : 'responder';
    this.media = new PeerMedia(local, iceServers);
    this.media.on('candidate', (candidate) => {
      this.#found.push(candidate);
      if (this.#isAnnounced) this.#candidates.trigger();
    });
  }

  /** Offers a session to the peer. */
  async begin(): Promise<void> {
    await this.#try('offered', async () => {
      const local = await this.media.offer();
      this.#local = local;
      await this.#announce(encodeJingle(writePeerOffer(local, this.#options.ids)));
    });
  }

  /** Answers the peer's offer. */
  async accept(offer: SessionInitiate): Promise<void> {
    await this.#try('answered', async () => {
      const description = readPeerDescription(offer, this.peer);
      const local = await this.media.answer(description);
      this.#local = local;
      await this.#announce(encodeJingle(writePeerAnswer(local, description, this.#options.ids)));
    });
  }

  /** What the peer says in this session, other than its end. @throws DecodeError */
  receive(jingle: Jingle): void {
    if (this.#isOver) return;
    if (jingle.action === 'session-accept') {
      void this.#accepted(jingle);
    } else if (jingle.action === 'transport-info') {
      const candidates = jingle.contents.flatMap(({ transport }) => transport?.candidates ?? []);
      const wanted = candidates.slice(0, MAX_PEER_CANDIDATES - this.#peerCandidates);
      this.#peerCandidates += wanted.length;
      this.media.addCandidates(wanted);
    } else {
      // Another source than those two, or anything else that would have to be negotiated.
      this.emit('failed', `the peer asks for ${jingle.action}`);
    }
  }

  /** Asks for no more than so many lines of the peer's camera. */
  requestHeight(maxHeight: number): void {
    if (this.#requestedHeight === maxHeight) return;
    this.#requestedHeight = maxHeight;
    const sourceName = formatSourceName({ endpoint: this.peer, kind: 'video', index: 0 });
    this.#options
      .request(writeFrameHeight(this.#options.ids, { sourceName, maxHeight }))
      .catch((error: unknown) => log.debug('the peer does not limit what it sends', error));
  }

  /** What the peer wants of our camera. @param jingle with action content-modify */
  limitHeight(jingle: XmlElement): void {
    const sourceName = formatSourceName({ endpoint: this.#options.ids.own, kind: 'video', index: 0 });
    const maxHeight = readFrameHeight(jingle, sourceName);
    if (maxHeight !== undefined) this.media.limitHeight(maxHeight);
  }

  /** Tells the peer that we need its media no more. */
  terminate(condition: EndCondition): void {
    const reason = { condition };
    this.#options
      .request(encodeJingle({ action: 'session-terminate', sid: this.sid, reason }))
      .catch((error: unknown) => log.debug('the peer has left, or ended the session itself', error));
  }

  close(): void {
    this.#isOver = true;
    this.#candidates.cancel();
    this.media.close();
  }

  async #accepted(answer: SessionAccept): Promise<void> {
    const local = this.#local;
    await this.#try('taken', async () => {
      if (local === undefined) throw new Error('the peer answers what was not offered');
      await this.media.accept(readPeerDescription(answer, this.peer), local);
    });
  }

  async #announce(content: XmlElement): Promise<void> {
    if (this.#isOver) return;
    const answered = this.#options.request(content);
    this.#isAnnounced = true;
    this.#sendCandidates();
    await answered;
  }

  #sendCandidates(): void {
    const local = this.#local;
    if (local === undefined || this.#found.length === 0 || this.#isOver) return;
    const jingle = writeCandidates(this.#found.splice(0), local, this.#options.ids, this.#role);
    this.#options.request(encodeJingle(jingle)).catch((error: unknown) => {
      log.debug('the peer did not take our candidates', error);
    });
  }

  async #try(what: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (this.#isOver) return;
      log.debug('direct media', error);
      this.emit('failed', `the direct session could not be ${what}`);
    }
  }
}
