import { keyOf, type TelephoneEvent } from '../rtp/telephone-event.ts';
import { timestampDistance } from '../rtp/serial-number.ts';

/** The longest duration an event can state. */
const SEGMENT_UNITS = 0xffff;

/**
 * One key press from the many packets that tell of it (RFC 4733 §2.5). All of them carry the timestamp of the press, so a
 * press counts with whichever of its packets comes first, and lost ends or beginnings do not matter. An older timestamp
 * is a packet that was overtaken.
 */
export class DtmfReceiver {
  #lastTimestamp: number | undefined;
  #lastEvent = -1;

  /**
   * @param timestamp of the RTP packet
   * @returns the key, the first time it is told of
   */
  receive(timestamp: number, { event }: TelephoneEvent): string | undefined {
    const key = keyOf(event);
    if (key === undefined) return undefined;
    let isContinued = false;
    if (this.#lastTimestamp !== undefined) {
      const distance = timestampDistance(this.#lastTimestamp, timestamp);
      if (distance <= 0) return undefined;
      // §2.5.1.3: a press longer than a duration can say goes on in segments, each where the last one ended.
      isContinued = event === this.#lastEvent && distance === SEGMENT_UNITS;
    }
    this.#lastTimestamp = timestamp;
    this.#lastEvent = event;
    return isContinued ? undefined : key;
  }

  /** The sender's timestamps begin anew: another SSRC. */
  reset(): void {
    this.#lastTimestamp = undefined;
  }
}
