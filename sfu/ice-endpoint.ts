import type { types } from 'mediasoup';
import type { DtlsFingerprint, IceCredentials } from '#protocol/media/rtp.ts';
import { ALL_AUDIO } from './audio-subscription.ts';
import { BandwidthWatch } from './bandwidth-watch.ts';
import { Endpoint, type EndpointOptions } from './endpoint.ts';
import { BridgeRequestError } from './errors.ts';
import { unlessClosed } from './unless-closed.ts';

/** From the client's answer to ICE and DTLS being up. */
const CONNECT_TIMEOUT_MS = 30_000;
/** A network change or a tunnel must not end the session; the client restarts earlier if it wants to. */
const ICE_CONSENT_TIMEOUT_SECONDS = 30;

export interface IceEndpointOptions extends EndpointOptions {
  readonly webRtcServer: types.WebRtcServer;
}

/** The media end of a browser or an app: ICE and DTLS-SRTP. */
export class IceEndpoint extends Endpoint {
  readonly transport: types.WebRtcTransport;
  readonly bandwidth: BandwidthWatch;

  private constructor(options: IceEndpointOptions, transport: types.WebRtcTransport, mutedKinds: ReadonlySet<string>) {
    super(options, mutedKinds, ALL_AUDIO);
    this.transport = transport;
    this.bandwidth = new BandwidthWatch(
      transport,
      this.receiver.estimate,
      options.initialBitrateBps,
      () => this.emit('estimateChanged'),
      this.logger,
    );
    this.#watchTransport();
  }

  /** @param mutedKinds see {@link Endpoint}. */
  static async create(options: IceEndpointOptions, mutedKinds: ReadonlySet<string>): Promise<IceEndpoint> {
    const transport = await options.router.createWebRtcTransport({
      webRtcServer: options.webRtcServer,
      enableUdp: true,
      enableTcp: true,
      preferUdp: true,
      iceConsentTimeout: ICE_CONSENT_TIMEOUT_SECONDS,
      initialAvailableOutgoingBitrate: options.initialBitrateBps,
    });
    return new IceEndpoint(options, transport, mutedKinds);
  }

  get ice(): IceCredentials {
    const { usernameFragment, password } = this.transport.iceParameters;
    return { usernameFragment, password };
  }

  get fingerprint(): DtlsFingerprint {
    const { fingerprints } = this.transport.dtlsParameters;
    const chosen = fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ?? fingerprints[0];
    if (chosen === undefined) throw new Error('mediasoup made a transport without fingerprint');
    return { hash: chosen.algorithm, value: chosen.value };
  }

  /** The client has answered: it is DTLS client, we are server (wire note §5.4). */
  async connect(fingerprint: DtlsFingerprint): Promise<void> {
    this.answered(CONNECT_TIMEOUT_MS);
    try {
      await this.transport.connect({
        dtlsParameters: {
          role: 'client',
          fingerprints: [{ algorithm: fingerprintAlgorithm(fingerprint.hash), value: fingerprint.value }],
        },
      });
    } catch (cause) {
      throw this.refusal('the DTLS fingerprint cannot be used', cause);
    }
  }

  /**
   * Draws new ICE credentials; everything else of the session stays. May be repeated, and does not wait for the client.
   * @returns those that are replaced.
   * @throws BridgeRequestError `no-such-endpoint` when the session ended meanwhile
   */
  async restartIce(): Promise<IceCredentials> {
    const replaced = this.ice;
    const restarted = await unlessClosed(this.transport, () => this.transport.restartIce());
    if (restarted === undefined) {
      throw new BridgeRequestError('no-such-endpoint', `the session of ${this.id} ended meanwhile`);
    }
    return replaced;
  }

  protected receives(): boolean {
    return true;
  }

  #watchTransport(): void {
    this.transport.on('icestatechange', (state) => {
      // Consent to send has run out (RFC 7675), or the TCP connection is gone.
      if (state === 'disconnected') this.fail('ice-failed');
    });
    this.transport.on('dtlsstatechange', (state) => {
      if (state === 'connected') this.connected();
      // 'closed' is a client that says goodbye: focus learns it from presence, and consent runs out otherwise.
      if (state === 'failed') this.fail('dtls-failed');
    });
  }
}

/** @throws BridgeRequestError for one that DTLS-SRTP with mediasoup cannot use. */
function fingerprintAlgorithm(hash: string): types.FingerprintAlgorithm {
  const known = (['sha-256', 'sha-384', 'sha-512', 'sha-224', 'sha-1'] as const).find((name) => name === hash);
  if (known === undefined) throw new BridgeRequestError('bad-request', `no DTLS fingerprints with ${hash}`);
  return known;
}
