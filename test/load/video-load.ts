import { RtpHeader } from 'werift';

const FRAMES_PER_SECOND = 30;
const KEY_FRAME_EVERY = FRAMES_PER_SECOND; // one a second, so that a receiver that comes late soon has one
const CLOCK_RATE = 90_000;
const PACKET_BYTES = 1_160;

/** RFC 7741 §4.2: one octet descriptor, S marks the first packet of a frame. */
const DESCRIPTOR_START = 0x10;
const DESCRIPTOR_CONTINUED = 0x00;
/** RFC 6386 §9.1: frame tag of a shown key frame, start code, 1280 × 720. */
const KEY_FRAME_HEADER = Buffer.from([0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02]);
const INTER_FRAME_HEADER = Buffer.from([0x11, 0x00, 0x00]);

/** What is to be sent: VP8 as far as a server looks at it, noise after that. */
export interface VideoLoad {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly bitrateBps: number;
}

/** Sends frames at a steady pace until the signal stops it. */
export function sendVideo(
  load: VideoLoad,
  send: (header: RtpHeader, payload: Buffer) => void,
  signal: AbortSignal,
): void {
  const frameBytes = load.bitrateBps / 8 / FRAMES_PER_SECOND;
  const packetsPerFrame = Math.ceil(frameBytes / PACKET_BYTES);
  const body = Buffer.alloc(Math.floor(frameBytes / packetsPerFrame), 0x5a);
  const startedAt = performance.now();
  let sequenceNumber = 1;
  let frame = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * FRAMES_PER_SECOND);
    for (; frame <= due; frame += 1) {
      const head = frame % KEY_FRAME_EVERY === 0 ? KEY_FRAME_HEADER : INTER_FRAME_HEADER;
      for (let packet = 0; packet < packetsPerFrame; packet += 1) {
        const payload = Buffer.from(body);
        payload[0] = packet === 0 ? DESCRIPTOR_START : DESCRIPTOR_CONTINUED;
        if (packet === 0) head.copy(payload, 1);
        const header = new RtpHeader({
          ssrc: load.ssrc,
          payloadType: load.payloadType,
          sequenceNumber,
          timestamp: Math.floor((frame * CLOCK_RATE) / FRAMES_PER_SECOND),
          marker: packet === packetsPerFrame - 1,
        });
        send(header, payload);
        sequenceNumber = (sequenceNumber + 1) & 0xffff;
      }
    }
  }, 5);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
