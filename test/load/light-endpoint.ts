import { createSocket, type Socket } from 'node:dgram';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  CipherContext,
  classes,
  DtlsClient,
  HashAlgorithm,
  keyLength,
  Message,
  methods,
  NamedCurveAlgorithm,
  parseMessage,
  ProtectionProfileAeadAes128Gcm,
  RtpHeader,
  saltLength,
  SignatureAlgorithm,
  SrtcpSession,
  SrtpSession,
  type Transport,
} from 'werift';
import { CongestionFeedback, type ExtensionIds } from './congestion-feedback.ts';

const CHECK_INTERVAL_MS = 50;
const CONSENT_INTERVAL_MS = 4_000; // RFC 7675 §5.1 asks for about 5 s
const CONNECT_TIMEOUT_MS = 20_000;
const FEEDBACK_INTERVAL_MS = 100;

export interface IceParameters {
  readonly usernameFragment: string;
  readonly password: string;
}

export interface RemoteTransport extends IceParameters {
  readonly address: string;
  readonly port: number;
}

/** One self-signed certificate per process: what a DTLS peer is measured by is the handshake, not its key generation. */
const certificate = CipherContext.createSelfSignedCertificateWithKey(
  { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
  NamedCurveAlgorithm.secp256r1_23,
);

/** SHA-256 fingerprint of {@link certificate} as in SDP: upper-case hex with colons. */
export async function localFingerprint(): Promise<string> {
  const { certPem } = await certificate;
  const digest = createHash('sha256').update(new X509Certificate(certPem).raw).digest('hex');
  return digest.toUpperCase().match(/../g)?.join(':') ?? '';
}

/**
 * The media end of one participant, as light as it can be while it stays real: ICE (controlling, towards an ICE-lite
 * server), a DTLS handshake as client, SRTP keys from it. What arrives is counted by SSRC and not decrypted.
 */
export class LightEndpoint {
  readonly local: IceParameters = {
    usernameFragment: randomBytes(4).toString('hex'),
    password: randomBytes(16).toString('hex'),
  };
  /** RTP packets received, by SSRC. */
  readonly received = new Map<number, number>();
  /** `performance.now()` at the first RTP packet of any SSRC. */
  firstRtpAtMs: number | undefined;
  #socket: Socket;
  #remote: RemoteTransport | undefined;
  #consent: NodeJS.Timeout | undefined;
  #dtls: DtlsClient | undefined;
  #srtp: SrtpSession | undefined;
  #srtcp: SrtcpSession | undefined;
  #feedback: CongestionFeedback | undefined;
  #feedbackTimer: NodeJS.Timeout | undefined;
  #linkBps: number | undefined;
  #isChecked = false;
  readonly #tieBreaker = BigInt(`0x${randomBytes(8).toString('hex')}`);

  constructor() {
    this.#socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    this.#socket.on('message', (data) => this.#receive(data));
  }

  /** Resolves when SRTP can flow. */
  async connect(remote: RemoteTransport): Promise<void> {
    this.#remote = remote;
    this.#socket.bind(0);
    await once(this.#socket, 'listening');
    await this.#waitForIce();
    this.#consent = setInterval(() => this.#check(), CONSENT_INTERVAL_MS);
    await this.#handshake();
  }

  /** Encrypts one RTP packet and sends it; only after {@link connect}. */
  sendRtp(header: RtpHeader, payload: Buffer): void {
    if (this.#srtp === undefined) throw new Error('not connected');
    this.#send(this.#srtp.encrypt(payload, header));
  }

  /** Reports what arrives for the server's bandwidth estimate, as a browser does; only after {@link connect}. */
  startFeedback(extensions: ExtensionIds): void {
    const feedback = new CongestionFeedback(extensions);
    feedback.linkBps = this.#linkBps;
    this.#feedback = feedback;
    this.#feedbackTimer = setInterval(() => {
      const report = feedback.take();
      if (report !== undefined && this.#srtcp !== undefined) this.#send(this.#srtcp.encrypt(report));
    }, FEEDBACK_INTERVAL_MS);
  }

  /** Plays a link of so many bit/s towards this endpoint; undefined: as fast as it comes. */
  playLink(bps: number | undefined): void {
    this.#linkBps = bps;
    if (this.#feedback !== undefined) this.#feedback.linkBps = bps;
  }

  close(): void {
    clearInterval(this.#consent);
    clearInterval(this.#feedbackTimer);
    this.#dtls?.close();
    this.#socket.close();
  }

  #receive(data: Buffer): void {
    const first = data[0] ?? 0;
    if (first >= 128 && first < 192) return this.#count(data); // RFC 7983 §7
    if (first >= 20 && first < 64 && !this.#isSecure) return this.#dtlsTransport.onData(data, ['', 0]);
    if (first < 4 && parseMessage(data)?.messageClass === classes.RESPONSE) this.#isChecked = true;
  }

  #count(data: Buffer): void {
    const payloadType = (data[1] ?? 0) & 0x7f;
    if (payloadType >= 64 && payloadType < 96) return; // RTCP, RFC 5761 §4
    this.firstRtpAtMs ??= performance.now();
    const ssrc = data.readUInt32BE(8);
    this.received.set(ssrc, (this.received.get(ssrc) ?? 0) + 1);
    this.#feedback?.onPacket(data);
  }

  #send(data: Buffer): void {
    if (this.#remote !== undefined) this.#socket.send(data, this.#remote.port, this.#remote.address);
  }

  async #waitForIce(): Promise<void> {
    const deadline = performance.now() + CONNECT_TIMEOUT_MS;
    while (!this.#isChecked) {
      if (performance.now() > deadline) throw new Error('ICE: no answer from the server');
      this.#check();
      await new Promise((resolve) => setTimeout(resolve, CHECK_INTERVAL_MS));
    }
  }

  /** A connectivity check with nomination, later the renewal of consent (RFC 8445 §7.2.2, RFC 7675). */
  #check(): void {
    if (this.#remote === undefined) return;
    const request = new Message(methods.BINDING, classes.REQUEST);
    request
      .setAttribute('USERNAME', `${this.#remote.usernameFragment}:${this.local.usernameFragment}`)
      .setAttribute('PRIORITY', 1_853_824_767)
      .setAttribute('ICE-CONTROLLING', this.#tieBreaker)
      .setAttribute('USE-CANDIDATE', null);
    request.addMessageIntegrity(Buffer.from(this.#remote.password)).addFingerprint();
    this.#send(request.bytes);
  }

  /**
   * A handshake is over with the server's last flight. werift would answer what the server repeated before that (it does
   * when the client is slow) with its own flight once more, in clear, and the server would end the connection for it.
   */
  get #isSecure(): boolean {
    return this.#srtp !== undefined;
  }

  readonly #dtlsTransport: Transport = {
    type: 'udp',
    address: { address: '', family: 'IPv4', port: 0 },
    closed: false,
    onData: () => {},
    send: async (data) => {
      if (!this.#isSecure) this.#send(data);
    },
    close: async () => {},
  };

  async #handshake(): Promise<void> {
    const { certPem, keyPem, signatureHash } = await certificate;
    const profile = ProtectionProfileAeadAes128Gcm;
    const dtls = new DtlsClient({
      cert: certPem,
      key: keyPem,
      signatureHash,
      transport: this.#dtlsTransport,
      srtpProfiles: [profile],
      extendedMasterSecret: true,
    });
    this.#dtls = dtls;
    const connected = Promise.withResolvers<void>();
    dtls.onConnect.once(() => connected.resolve());
    dtls.onError.once((error) => connected.reject(error));
    const timer = setTimeout(() => connected.reject(new Error('DTLS: handshake not finished')), CONNECT_TIMEOUT_MS);
    dtls.connect().catch((error: unknown) => connected.reject(error));
    await connected.promise;
    clearTimeout(timer);
    const keys = dtls.extractSessionKeys(keyLength(profile), saltLength(profile));
    const config = {
      profile,
      keys: {
        localMasterKey: keys.localKey,
        localMasterSalt: keys.localSalt,
        remoteMasterKey: keys.remoteKey,
        remoteMasterSalt: keys.remoteSalt,
      },
    };
    this.#srtp = new SrtpSession(config);
    this.#srtcp = new SrtcpSession(config);
  }
}
