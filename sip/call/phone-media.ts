import { randomInt } from 'node:crypto';
import type { LegMedia } from '../media/leg/leg-media.ts';
import type { PhoneLeg } from '../media/phone-leg.ts';
import type { NegotiatedMedia } from '../sdp/negotiated-media.ts';
import type { UplinkSource } from '../room/plain-answer.ts';

/** Until the other side has chosen. */
const FIRST_CODEC = 'PCMU';

/** What offer and answer have settled about one phone, and the source it is in a meeting. */
export class PhoneMedia {
  readonly #leg: PhoneLeg;
  readonly #onUplink: (uplink: UplinkSource) => void;
  readonly #onHold: (isOnHold: boolean) => void;
  #uplink: UplinkSource = { codec: FIRST_CODEC, ssrc: newSsrc() };
  #isOnHold = false;

  constructor(
    leg: PhoneLeg,
    events: { readonly onUplink: (uplink: UplinkSource) => void; readonly onHold: (isOnHold: boolean) => void },
  ) {
    this.#leg = leg;
    this.#onUplink = events.onUplink;
    this.#onHold = events.onHold;
  }

  get uplink(): UplinkSource {
    return this.#uplink;
  }

  get isOnHold(): boolean {
    return this.#isOnHold;
  }

  /** Of each offer and answer. */
  set(media: NegotiatedMedia): void {
    this.#leg.setMedia(legMediaOf(media));
    const isOtherCodec = media.codec !== this.#uplink.codec;
    if (isOtherCodec) {
      // A source keeps its codec for life; another codec is another source.
      this.#uplink = { codec: media.codec, ssrc: newSsrc() };
      this.#onUplink(this.#uplink);
    }
    if (media.isHeld === this.#isOnHold) return;
    this.#isOnHold = media.isHeld;
    this.#onHold(media.isHeld);
  }
}

function legMediaOf(media: NegotiatedMedia): LegMedia {
  return {
    codec: media.codec,
    payloadType: media.payloadType,
    telephoneEvents: media.telephoneEvents.map(({ payloadType }) => payloadType),
    remote: media.remote,
    remoteRtcp: media.remoteRtcp,
    rtcpMux: media.isRtcpMuxed,
    direction: media.direction,
    ...(media.srtp && { srtp: media.srtp }),
  };
}

function newSsrc(): number {
  return randomInt(1, 2 ** 32);
}
