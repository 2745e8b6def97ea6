import { acceptAnswer } from '../sdp/accept-answer.ts';
import { answerOffer } from '../sdp/answer-offer.ts';
import { createOffer } from '../sdp/create-offer.ts';
import type { LocalDescription } from '../sdp/local-description.ts';
import type { LocalMedia } from '../sdp/local-media.ts';
import type { NegotiatedMedia } from '../sdp/negotiated-media.ts';
import type { MediaAnswer, MediaNegotiation } from '../ua/media-negotiation.ts';

/** Offers and answers of one call about one phone's sound; says what came of each. */
export class CallNegotiation implements MediaNegotiation {
  readonly #local: LocalMedia;
  readonly #onMedia: (media: NegotiatedMedia) => void;
  #description: LocalDescription | undefined;

  constructor(local: LocalMedia, onMedia: (media: NegotiatedMedia) => void) {
    this.#local = local;
    this.#onMedia = onMedia;
  }

  offer(): Uint8Array {
    this.#description = createOffer(this.#local, this.#description);
    return Buffer.from(this.#description.text);
  }

  answer(offer: Uint8Array): MediaAnswer {
    const result = answerOffer(offer, this.#local, this.#description);
    if (!result.ok) return { ok: false, warning: result.warning, reason: result.reason };
    this.#description = result.description;
    this.#onMedia(result.media);
    return { ok: true, body: Buffer.from(result.description.text) };
  }

  accept(answer: Uint8Array): boolean {
    if (this.#description === undefined) return false;
    const result = acceptAnswer(this.#description, answer, this.#local);
    if (result.ok) this.#onMedia(result.media);
    return result.ok;
  }
}
