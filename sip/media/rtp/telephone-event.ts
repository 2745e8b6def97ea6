import { DecodeError } from '../decode-error.ts';

// A key held down (RFC 4733 §2.3): event, end bit, volume, and for how long so far in units of the timestamp.

const EVENT_BYTES = 4;
const KEYS = '0123456789*#ABCD';

export interface TelephoneEvent {
  readonly event: number;
  readonly isEnd: boolean;
  readonly duration: number;
}

/** Of a payload with several (§2.5.1.5) the first. @throws DecodeError when it is shorter than an event */
export function decodeTelephoneEvent(payload: Uint8Array): TelephoneEvent {
  if (payload.length < EVENT_BYTES) throw new DecodeError('shorter than a telephone event');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return { event: view.getUint8(0), isEnd: view.getUint8(1) >= 0x80, duration: view.getUint16(2) };
}

export function encodeTelephoneEvent({ event, isEnd, duration }: TelephoneEvent): Uint8Array {
  return Uint8Array.of(event, isEnd ? 0x8a : 0x0a, duration >> 8, duration & 0xff); // -10 dBm0
}

/** The key of an event; undefined for flash, tones and signals (16 and above). */
export function keyOf(event: number): string | undefined {
  return KEYS[event];
}

/** The event of a key. */
export function eventOf(key: string): number | undefined {
  const event = KEYS.indexOf(key);
  return event < 0 || key.length !== 1 ? undefined : event;
}
