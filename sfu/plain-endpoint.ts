import type { types } from 'mediasoup';
import type { RtpAddress } from '#protocol/media/rtp.ts';
import type { MediaKind } from '#protocol/media/source.ts';
import { NO_AUDIO } from './audio-subscription.ts';
import { NOT_WATCHED, type ReceiverWatch } from './bandwidth-watch.ts';
import { Endpoint, type EndpointOptions } from './endpoint.ts';

/** Nothing is left to wait for after the answer. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Apart from media.port, sip.rtpPorts and turn.relayPorts as they are by default. */
const PORTS = { min: 40_000, max: 48_999 };

export interface PlainEndpointOptions extends EndpointOptions {
  /** Local address that its RTP is sent to. */
  readonly address: string;
}

/**
 * The media end of one telephone at the gateway: RTP and RTCP on one port, nothing encrypted, sound only. It takes packets
 * of the address alone that it was connected with, so that nobody speaks in a caller's place by sending first.
 */
export class PlainEndpoint extends Endpoint {
  readonly transport: types.PlainTransport;
  /** Sound is never held back for want of bandwidth. */
  readonly bandwidth: ReceiverWatch = NOT_WATCHED;

  private constructor(options: PlainEndpointOptions, transport: types.PlainTransport, mutedKinds: ReadonlySet<string>) {
    super(options, mutedKinds, NO_AUDIO);
    this.transport = transport;
  }

  /** @param mutedKinds see {@link Endpoint}. */
  static async create(options: PlainEndpointOptions, mutedKinds: ReadonlySet<string>): Promise<PlainEndpoint> {
    const transport = await options.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: options.address, portRange: PORTS },
      rtcpMux: true,
      comedia: false,
    });
    return new PlainEndpoint(options, transport, mutedKinds);
  }

  get rtpAddress(): RtpAddress {
    const { localAddress, localPort } = this.transport.tuple;
    return { address: localAddress, port: localPort };
  }

  /** @param remote where the gateway sends from and receives. */
  async connect({ address, port }: RtpAddress): Promise<void> {
    this.answered(CONNECT_TIMEOUT_MS);
    try {
      await this.transport.connect({ ip: address, port });
    } catch (cause) {
      throw this.refusal(`RTP cannot be sent to ${address}`, cause);
    }
    this.connected();
  }

  protected receives(kind: MediaKind): boolean {
    return kind === 'audio';
  }
}
