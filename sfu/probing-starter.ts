import type { types } from 'mediasoup';
import { unlessClosed } from './unless-closed.ts';

/** An Opus frame of 20 ms without sound (RFC 6716 §3.1: CELT, fullband, mono, one frame). */
const OPUS_SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
const RTP_HEADER_BYTES = 12;
const RTP_VERSION_2 = 0x80;
const SAMPLES_PER_FRAME = 960;
const SSRC = 1;

/**
 * Gets receivers out of an estimate below everything they want. mediasoup then sends them no picture. It looks for more
 * bandwidth by probes, but its libwebrtc begins with them only when a packet leaves after a pause ("application limited
 * region"), so where no sound flows either it never would. One packet of silence is enough; no client knows its SSRC.
 */
export class ProbingStarter {
  readonly #router: types.Router;
  readonly #capabilities: Required<types.RtpCapabilities>;
  #silence: Promise<types.Producer> | undefined;
  #sequence = 0;

  constructor(router: types.Router, capabilities: Required<types.RtpCapabilities>) {
    this.#router = router;
    this.#capabilities = capabilities;
  }

  /** @param transports of starved receivers. */
  async start(transports: readonly types.WebRtcTransport[]): Promise<void> {
    if (transports.length === 0) return;
    const silence = await (this.#silence ??= this.#produceSilence());
    const consume = (transport: types.WebRtcTransport) =>
      unlessClosed(transport, () =>
        transport.consume({ producerId: silence.id, rtpCapabilities: this.#capabilities, paused: false }),
      );
    const consumers = await Promise.all(transports.map(consume));
    this.#sequence += 1;
    silence.send(packet(payloadTypeOf(silence), this.#sequence));
    for (const consumer of consumers) consumer?.close();
  }

  async #produceSilence(): Promise<types.Producer> {
    const transport = await this.#router.createDirectTransport();
    const codec = this.#capabilities.codecs.find(({ mimeType }) => mimeType.toLowerCase() === 'audio/opus');
    if (codec === undefined) throw new Error('a router without Opus');
    const { mimeType, clockRate, channels, preferredPayloadType: payloadType } = codec;
    return transport.produce({
      kind: 'audio',
      rtpParameters: {
        codecs: [{ mimeType, clockRate, payloadType, ...(channels && { channels }) }],
        encodings: [{ ssrc: SSRC }],
      },
    });
  }
}

function payloadTypeOf({ rtpParameters }: types.Producer): number {
  return rtpParameters.codecs[0]?.payloadType ?? 0;
}

/** RFC 3550 §5.1 */
function packet(payloadType: number, sequence: number): Buffer {
  const header = Buffer.alloc(RTP_HEADER_BYTES);
  header[0] = RTP_VERSION_2;
  header[1] = payloadType;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE((sequence * SAMPLES_PER_FRAME) >>> 0, 4);
  header.writeUInt32BE(SSRC, 8);
  return Buffer.concat([header, OPUS_SILENCE]);
}
