import { SrtpReceiver } from '../srtp/srtp-receiver.ts';
import { SrtpSender } from '../srtp/srtp-sender.ts';
import type { LegMedia } from './leg-media.ts';

/** Both directions of a leg whose packets are encrypted. */
export class LegEncryption {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
  readonly #localKey: Uint8Array;
  readonly #remoteKey: Uint8Array;

  private constructor({ localKey, remoteKey }: NonNullable<LegMedia['srtp']>) {
    this.#localKey = localKey;
    this.#remoteKey = remoteKey;
    this.sender = new SrtpSender(localKey);
    this.receiver = new SrtpReceiver(remoteKey);
  }

  /** For newly negotiated keys. With the same keys the former goes on: its counters must never begin again under them. */
  static renew(former: LegEncryption | undefined, keys: LegMedia['srtp']): LegEncryption | undefined {
    if (keys === undefined) return undefined;
    const isSame =
      former !== undefined &&
      Buffer.compare(former.#localKey, keys.localKey) === 0 &&
      Buffer.compare(former.#remoteKey, keys.remoteKey) === 0;
    return isSame ? former : new LegEncryption(keys);
  }
}
