import type { MediaAnswer, MediaNegotiation } from '../../../sip/ua/media-negotiation.ts';

/** Descriptions for tests of what is around them: every offer is answered, but for one that says so. */
export class FixedNegotiation implements MediaNegotiation {
  readonly offers: string[] = [];
  readonly answers: string[] = [];

  offer(): Uint8Array {
    return Buffer.from('our offer');
  }

  answer(offer: Uint8Array): MediaAnswer {
    const text = Buffer.from(offer).toString();
    this.offers.push(text);
    if (text.includes('impossible')) return { ok: false, warning: '304 gateway "no codec"', reason: 'no codec' };
    return { ok: true, body: Buffer.from('our answer') };
  }

  accept(answer: Uint8Array): boolean {
    this.answers.push(Buffer.from(answer).toString());
    return answer.length > 0;
  }
}
