import { Emitter } from '#protocol/emitter.ts';
import type { ReceivedSource } from '#protocol/media/source.ts';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { jingleOf } from '#protocol/xmpp/jingle.ts';
import { errorReply, stanzaError } from '#protocol/xmpp/stanza.ts';
import { log } from '../log.ts';
import type { PeerLink, PeerLinkOptions } from './peer-link.ts';
import type { PeerMedia } from './peer-media.ts';

const fetchPeerLink = async () => (await import('./peer-link.ts')).PeerLink;

/**
 * The way without the bridge, whose code is fetched once somebody else is here: nobody needs it to join. As long as it has
 * not come, media goes through the bridge.
 */
export class DeferredPeerLink extends Emitter<{ changed: [] }> {
  readonly #options: PeerLinkOptions;
  readonly #load: typeof fetchPeerLink;
  #link: PeerLink | undefined;
  #loading: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: PeerLinkOptions, load = fetchPeerLink) {
    super();
    this.#options = options;
    this.#load = load;
  }

  /** The session whose media is shown instead of the bridge's. */
  get media(): PeerMedia | undefined {
    return this.#link?.media;
  }

  /** Sources that come directly now. */
  received(): { readonly source: ReceivedSource; readonly track: MediaStreamTrack; readonly isDirect: true }[] {
    return this.#link?.received() ?? [];
  }

  /** Somebody came, went or changed, or what is allowed here has. */
  companyChanged(): void {
    if (this.#link !== undefined) this.#link.companyChanged();
    else if (this.#options.isEnabled && this.#options.company().others.size > 0) void this.#fetch();
  }

  /** Takes Jingle of other occupants, in the order in which it comes; what the focus says is not for us. */
  handleRequest(iq: XmlElement): XmlElement | Promise<XmlElement> | undefined {
    if (this.#link !== undefined) return this.#link.handleRequest(iq);
    const { from = '' } = iq.attrs;
    if (jingleOf(iq) === undefined || bareOf(from) !== this.#options.room) return undefined;
    if (!this.#options.company().others.has(resourceOf(from) ?? '')) return undefined;
    const refusal = errorReply(iq, stanzaError('cancel', 'service-unavailable'));
    return this.#fetch().then(() => this.#link?.handleRequest(iq) ?? refusal);
  }

  close(): void {
    this.#isClosed = true;
    this.#link?.close();
  }

  #fetch(): Promise<void> {
    this.#loading ??= this.#make().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #make(): Promise<void> {
    try {
      const Loaded = await this.#load();
      if (this.#isClosed) return;
      this.#link = new Loaded(this.#options);
    } catch (error) {
      // Tried again when somebody comes or goes.
      log.warn('the code of direct media has not come', error);
      return;
    }
    this.#link.on('changed', () => this.emit('changed'));
    this.#link.companyChanged();
  }
}
