import { SrtpReceiver } from '../srtp/srtp-receiver.ts';
import { SrtpSender } from '../srtp/srtp-sender.ts';
import type { LegMedia } from './leg-media.ts';

type Keys = NonNullable<LegMedia['srtp']>;

/** Both directions of a leg whose packets are encrypted. */
export class LegEncryption {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
  readonly #keys: Keys;

  /**
   * For newly negotiated keys. A direction whose key is the same goes on: packets counted from the beginning again under one
   * key would give away what they hold (RFC 3711 §9.1).
   */
  static renew(former: LegEncryption | undefined, keys: Keys | undefined): LegEncryption | undefined {
    return keys && new LegEncryption(keys, former);
  }

  private constructor(keys: Keys, former: LegEncryption | undefined) {
    this.#keys = keys;
    const isSame = (direction: keyof Keys): boolean =>
      former !== undefined && Buffer.compare(former.#keys[direction], keys[direction]) === 0;
    this.sender = former !== undefined && isSame('localKey') ? former.sender : new SrtpSender(keys.localKey);
    this.receiver = former !== undefined && isSame('remoteKey') ? former.receiver : new SrtpReceiver(keys.remoteKey);
  }
}
