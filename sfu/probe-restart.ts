import type { types } from 'mediasoup';
import type { ReceiverWatch } from './bandwidth-watch.ts';
import { unlessClosed } from './unless-closed.ts';

const SSRC = 1;

/**
 * Gets receivers out of an estimate below everything they want, where nothing else is sent that could raise it: mediasoup
 * then has nothing but its probes to learn from, and those of one receiver in two do not leave the worker. The transports
 * of a worker write the probes into one buffer, sequence number and all (mediasoup 3.27, `ProbationGenerator.cpp`), and each
 * new transport draws another number; where that lies behind the last one of a receiver, SRTP takes its probes for repeated
 * ones and drops them (RFC 3711 §3.3.2). So before each attempt a transport is made for nothing but another draw.
 */
export class ProbeRestart {
  readonly #router: types.Router;
  readonly #capabilities: Required<types.RtpCapabilities>;
  #source: Promise<types.Producer> | undefined;
  #starvedBefore: ReadonlySet<ReceiverWatch> = new Set();

  constructor(router: types.Router, capabilities: Required<types.RtpCapabilities>) {
    this.#router = router;
    this.#capabilities = capabilities;
  }

  /**
   * To be called every few seconds; who is starved for the second time is helped, the first picture takes its time.
   * @param starved of the receivers that get no picture though they should.
   */
  async run(starved: ReadonlySet<ReceiverWatch>): Promise<void> {
    const waiting = starved.intersection(this.#starvedBefore);
    this.#starvedBefore = starved;
    if (waiting.size === 0) return;
    await unlessClosed(this.#router, () => this.#drawSequenceNumber());
    for (const bandwidth of waiting) bandwidth.probe();
  }

  /** A transport begins to estimate, and draws, with its first consumer of video; what it would send goes to itself. */
  async #drawSequenceNumber(): Promise<void> {
    const { id: producerId } = await (this.#source ??= this.#createSource());
    const ip = '127.0.0.1';
    const transport = await this.#router.createPlainTransport({ listenInfo: { protocol: 'udp', ip }, rtcpMux: true });
    try {
      await transport.connect({ ip, port: transport.tuple.localPort });
      await transport.consume({ producerId, rtpCapabilities: this.#capabilities, paused: true });
    } finally {
      transport.close();
    }
  }

  /** Something to consume, without a packet ever. */
  async #createSource(): Promise<types.Producer> {
    const codec = this.#capabilities.codecs.find(({ mimeType }) => mimeType.toLowerCase() === 'video/vp8');
    if (codec === undefined) throw new Error('a router without VP8');
    const { mimeType, clockRate, rtcpFeedback = [], preferredPayloadType: payloadType } = codec;
    const transport = await this.#router.createDirectTransport();
    return transport.produce({
      kind: 'video',
      rtpParameters: { codecs: [{ mimeType, clockRate, payloadType, rtcpFeedback }], encodings: [{ ssrc: SSRC }] },
    });
  }
}
