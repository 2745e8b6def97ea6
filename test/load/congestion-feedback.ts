/** draft-holmer-rmcat-transport-wide-cc-extensions-01 */
export const TRANSPORT_CC_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
export const ABS_SEND_TIME_URI = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';

const MAX_PACKETS = 8_000; // a run length has 13 bits
const RTPFB = 205; // RFC 4585 §6.1
const FORMAT_TRANSPORT_CC = 15;
const TICKS_PER_SECOND = 4_000; // a delta counts 250 µs
const REFERENCE_TICKS = 256; // the reference time counts 64 ms
/** 24 bits, 6.18 fixed point. */
const ABS_SEND_TIME_PER_SECOND = 2 ** 18;
const ABS_SEND_TIME_MODULUS = 2 ** 24;

export interface ExtensionIds {
  readonly transportCc: number;
  readonly absSendTime: number;
}

/**
 * Collects the transport-wide sequence numbers of what arrives and reports them as a link without queues would: each
 * packet arrived the moment it was sent. So the server's bandwidth estimate follows the load and not the receivers' scheduling,
 * which shares processors with the server here. A narrow link is played where one is set.
 */
export class CongestionFeedback {
  /** bit/s of the link that is played, with a queue without end; undefined: a link without queues. */
  linkBps: number | undefined;
  readonly #ids: ExtensionIds;
  #pending: { readonly sequence: number; readonly arrivedTicks: number }[] = [];
  #linkFreeAtSeconds = 0;
  #count = 0;
  #highest: number | undefined;
  #lastSendTime = 0;
  #sendTimeTurns = 0;

  constructor(ids: ExtensionIds) {
    this.#ids = ids;
  }

  /** Header extensions are not encrypted (RFC 3711 §3.1), so they can be read from an SRTP packet. */
  onPacket(packet: Buffer): void {
    const extensions = oneByteExtensions(packet);
    const sequence = extensions.get(this.#ids.transportCc)?.readUInt16BE(0);
    const sendTime = extensions.get(this.#ids.absSendTime)?.readUIntBE(0, 3);
    if (sequence === undefined || sendTime === undefined) return;
    if (sendTime < this.#lastSendTime - ABS_SEND_TIME_MODULUS / 2) this.#sendTimeTurns += 1;
    this.#lastSendTime = sendTime;
    const seconds = (this.#sendTimeTurns * ABS_SEND_TIME_MODULUS + sendTime) / ABS_SEND_TIME_PER_SECOND;
    this.#highest = this.#highest === undefined ? sequence : unwrap(sequence, this.#highest);
    const arrivedTicks = Math.round(this.#arrival(seconds, packet.length) * TICKS_PER_SECOND);
    if (this.#pending.length < MAX_PACKETS) this.#pending.push({ sequence: this.#highest, arrivedTicks });
  }

  #arrival(sentSeconds: number, bytes: number): number {
    if (this.linkBps === undefined) return sentSeconds;
    this.#linkFreeAtSeconds = Math.max(this.#linkFreeAtSeconds, sentSeconds) + (8 * bytes) / this.linkBps;
    return this.#linkFreeAtSeconds;
  }

  /** One RTCP packet about everything since the last call; undefined if nothing arrived. */
  take(): Buffer | undefined {
    const packets = this.#pending.toSorted((a, b) => a.sequence - b.sequence);
    this.#pending = [];
    const [first] = packets;
    const last = packets.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const reference = Math.floor(first.arrivedTicks / REFERENCE_TICKS);
    const chunks: number[] = [];
    const deltas: number[] = [];
    let expected = first.sequence;
    let ticks = reference * REFERENCE_TICKS;
    let run = 0;
    for (const { sequence, arrivedTicks } of packets) {
      if (sequence < expected) continue; // a duplicate
      if (sequence > expected) {
        chunks.push(runLength(LARGE_DELTA, run), runLength(NOT_RECEIVED, sequence - expected));
        run = 0;
      }
      run += 1;
      deltas.push(Math.max(-0x8000, Math.min(0x7fff, arrivedTicks - ticks)));
      ticks = arrivedTicks;
      expected = sequence + 1;
    }
    chunks.push(runLength(LARGE_DELTA, run));
    return this.#encode(first.sequence, expected - first.sequence, reference, chunks, deltas);
  }

  #encode(base: number, statusCount: number, reference: number, chunks: number[], deltas: number[]): Buffer {
    const length = 20 + 2 * (chunks.length + deltas.length);
    const packet = Buffer.alloc(Math.ceil(length / 4) * 4);
    packet[0] = 0x80 | FORMAT_TRANSPORT_CC;
    packet[1] = RTPFB;
    packet.writeUInt16BE(packet.length / 4 - 1, 2);
    packet.writeUInt32BE(1, 4); // any sender; the media SSRC stays 0
    packet.writeUInt16BE(base & 0xffff, 12);
    packet.writeUInt16BE(statusCount, 14);
    packet.writeUIntBE(reference & 0xff_ffff, 16, 3);
    packet[19] = this.#count++ & 0xff;
    let offset = 20;
    for (const chunk of chunks) offset = packet.writeUInt16BE(chunk, offset);
    for (const delta of deltas) offset = packet.writeInt16BE(delta, offset);
    return packet;
  }
}

const NOT_RECEIVED = 0;
const LARGE_DELTA = 2;

function runLength(symbol: number, count: number): number {
  return (symbol << 13) | Math.min(count, 0x1fff);
}

/** The number closest to `previous` that has these 16 bits. */
function unwrap(sequence: number, previous: number): number {
  const difference = ((sequence - previous) << 16) >> 16;
  return previous + difference;
}

/** RFC 8285 §4.2; other profiles have none that matter here. */
export function oneByteExtensions(packet: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  const first = packet[0] ?? 0;
  const start = 12 + 4 * (first & 0x0f);
  if ((first & 0x10) === 0 || packet.length < start + 4 || packet.readUInt16BE(start) !== 0xbede) return found;
  const end = Math.min(packet.length, start + 4 + 4 * packet.readUInt16BE(start + 2));
  for (let offset = start + 4; offset < end;) {
    const byte = packet[offset] ?? 0;
    const length = (byte & 0x0f) + 1;
    if (byte === 0) offset += 1;
    else {
      found.set(byte >> 4, packet.subarray(offset + 1, offset + 1 + length));
      offset += 1 + length;
    }
  }
  return found;
}
