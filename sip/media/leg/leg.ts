import type { RemoteInfo } from 'node:dgram';
import { TokenBucket } from '#runtime/token-bucket.ts';
import {
  type AudioDecoder,
  type AudioEncoder,
  clockRateOf,
  type CodecName,
  createAudioDecoder,
  createAudioEncoder,
  FRAME_SAMPLES,
  payloadUnits,
} from '../codec/audio-codec.ts';
import { G711Gain } from '../codec/g711-gain.ts';
import type { OpusCodec } from '../codec/opus-codec.ts';
import { DecodeError } from '../decode-error.ts';
import type { MediaCounters } from '../media-figures.ts';
import { Limiter } from '../mixer/limiter.ts';
import { TICK_MS } from '../mixer/tick-clock.ts';
import { PlayoutStream } from '../playout.ts';
import { PromptPlayer } from '../player.ts';
import { audioLevel, SILENCE_LEVEL } from '../rtp/audio-level.ts';
import { decodeRtp, isRtcp, type RtpPacket } from '../rtp/packet.ts';
import { Reception } from '../rtp/reception.ts';
import { decodeRtcp, encodeRtcp } from '../rtp/rtcp.ts';
import { RtpSender, type StreamStart } from '../rtp/rtp-sender.ts';
import { decodeTelephoneEvent } from '../rtp/telephone-event.ts';
import { AutomaticGain } from './automatic-gain.ts';
import { DtmfReceiver } from './dtmf-receiver.ts';
import { LegEncryption } from './leg-encryption.ts';
import type { LegMedia, MediaAddress } from './leg-media.ts';
import type { PortPair } from './port-pair.ts';
import { type SilenceEvent, type SilenceLimits, SilenceWatch } from './silence-watch.ts';
import { SourceLatch } from './source-latch.ts';
import { SourceLock } from './source-lock.ts';
import { ToneKeys } from './tone-keys.ts';

/** Four times what a phone with frames of 20 ms sends. */
const MAX_PACKETS_PER_SECOND = 200;
const REPORT_MS = 5000;
/** RFC 3389: the static payload type of comfort noise. */
const COMFORT_NOISE = 13;

export interface LegOptions {
  /** The phone is behind a NAT: its packets may come from another address than its session description says. */
  readonly natLatch: boolean;
  /** By how much the phone is made louder for the room; of phones with G.711 only. */
  readonly gainDb: number;
  /** Whether quiet phones with G.711 are raised by as much as they need, on top of that. */
  readonly isGainAutomatic: boolean;
  /** Whether keys are known by their sound where no telephone events were negotiated. */
  readonly hearsToneKeys: boolean;
  readonly silence: SilenceLimits;
}

export interface LegObserver {
  digit(digit: string): void;
  silent(event: SilenceEvent): void;
  heard(): void;
  flooded(): void;
  finished(promptId: number, outcome: 'ended' | 'stopped'): void;
  bugMet(error: unknown): void;
}

/** What the leg is made with besides its ports. */
export interface LegContext {
  readonly opus: OpusCodec;
  readonly counters: MediaCounters;
  readonly observer: LegObserver;
  /** RFC 3550 §6.5.1: names the gateway, not the caller. */
  readonly cname: string;
  readonly nowMs: () => number;
  readonly randomStream: () => StreamStart;
}

/** Everything that belongs to one negotiated codec. */
interface Running {
  readonly media: LegMedia;
  readonly playout: PlayoutStream;
  readonly decoder: AudioDecoder;
  readonly encoder: AudioEncoder;
  readonly clockRateHz: number;
}

/** One phone's sockets and everything between them and 16 kHz frames. */
export class Leg {
  /** What the phone said in the running tick. */
  readonly frame = new Int16Array(FRAME_SAMPLES);
  /** The loudness of that, -dBov. */
  level = SILENCE_LEVEL;
  /** Takes each packet with sound that came from the phone; undefined for one that was kept back. */
  onPacket: ((packet: RtpPacket | undefined) => void) | undefined;
  /** What the phone hears of the room, 1 for as it is. */
  roomGain = 1;
  readonly #ports: PortPair;
  #options: LegOptions;
  readonly #context: LegContext;
  readonly #player: PromptPlayer;
  readonly #limiter = new Limiter();
  readonly #output = new Int16Array(FRAME_SAMPLES);
  readonly #dtmf = new DtmfReceiver();
  #automaticGain: AutomaticGain | undefined;
  /** Undefined where keys come as events. */
  #toneKeys: ToneKeys | undefined;
  /** Undefined for codecs whose payloads go on as they are. */
  #gain: G711Gain | undefined;
  readonly #lock = new SourceLock();
  readonly #flood: TokenBucket;
  readonly #silence: SilenceWatch;
  #latch: SourceLatch | undefined;
  #codec: CodecName | undefined;
  /** Undefined while a codec is made ready. */
  #running: Running | undefined;
  #sender: RtpSender | undefined;
  #reception: Reception | undefined;
  #nextReportAtMs: number;
  #encryption: LegEncryption | undefined;
  #isFlooded = false;
  #hasBeenHeard = false;
  #isClosed = false;
  /** Counts what was negotiated, so that codecs which become ready late do not replace newer ones. */
  #negotiation = 0;

  constructor(ports: PortPair, options: LegOptions, context: LegContext) {
    const nowMs = context.nowMs();
    this.#ports = ports;
    this.#options = options;
    this.#context = context;
    this.#player = new PromptPlayer((id, outcome) => context.observer.finished(id, outcome));
    this.configure(options);
    this.#flood = new TokenBucket(MAX_PACKETS_PER_SECOND, MAX_PACKETS_PER_SECOND, nowMs);
    this.#silence = new SilenceWatch(options.silence, nowMs);
    this.#silence.setHeld(true, nowMs); // until there is somebody who could be silent
    this.#nextReportAtMs = nowMs + REPORT_MS;
    ports.rtp.on('message', (bytes, source) => this.#guard(() => this.#onDatagram(bytes, source)));
    ports.rtcp.on('message', (bytes, source) => this.#guard(() => this.#onRtcp(bytes, source)));
    // Unreachable ports and the like: a phone that is gone is told of by its silence.
    ports.rtp.on('error', () => (context.counters.sendErrors += 1));
    ports.rtcp.on('error', () => (context.counters.sendErrors += 1));
  }

  get port(): number {
    return this.#ports.port;
  }

  /** The negotiated one; undefined before anything was. */
  get codec(): CodecName | undefined {
    return this.#codec;
  }

  /** Whether the room may hear the phone. */
  get isHeld(): boolean {
    return this.#running?.media.direction !== 'sendrecv';
  }

  /** Counts from the next media on. */
  configure(options: Omit<LegOptions, 'silence'>): void {
    this.#options = { ...this.#options, ...options };
    this.#automaticGain = options.isGainAutomatic ? new AutomaticGain() : undefined;
  }

  /** Begins or changes what goes on between us and the phone. */
  async setMedia(media: LegMedia): Promise<void> {
    const { nowMs, opus } = this.#context;
    this.#negotiation += 1;
    const negotiation = this.#negotiation;
    if (this.#latch === undefined) this.#latch = new SourceLatch(media.remote, this.#options.natLatch);
    else this.#latch.renegotiate(media.remote);
    this.#lock.release();
    this.#silence.setHeld(media.direction !== 'sendrecv', nowMs());
    this.#encryption = LegEncryption.renew(this.#encryption, media.srtp);
    this.#codec = media.codec;
    const needsTones = this.#options.hearsToneKeys && media.telephoneEvents.length === 0;
    this.#toneKeys = needsTones ? (this.#toneKeys ?? new ToneKeys()) : undefined;
    if (this.#running?.media.codec === media.codec) {
      this.#running = { ...this.#running, media };
      return;
    }
    this.#freeCodecs();
    const isG711 = media.codec === 'PCMU' || media.codec === 'PCMA';
    this.#gain = isG711 ? new G711Gain(media.codec, this.#options.gainDb) : undefined;
    const [decoder, encoder] = await Promise.all([
      createAudioDecoder(media.codec, opus),
      createAudioEncoder(media.codec, opus),
    ]);
    if (this.#isClosed || negotiation !== this.#negotiation) {
      decoder.free();
      encoder.free();
      return;
    }
    const clockRateHz = clockRateOf(media.codec);
    this.#running = { media, decoder, encoder, clockRateHz, playout: new PlayoutStream(decoder, clockRateHz) };
    if (this.#sender?.clockRateHz !== clockRateHz) {
      // RFC 3550 §5.2: another clock is another source.
      this.#sender = new RtpSender(this.#context.randomStream(), clockRateHz);
    }
    this.#reception = undefined;
  }

  play(id: number, samples: Int16Array): void {
    this.#player.play(id, samples);
  }

  stopPlay(): void {
    this.#player.stop();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#report(this.#context.nowMs(), true);
    this.#player.stop();
    this.#freeCodecs();
    this.#ports.rtp.close();
    this.#ports.rtcp.close();
  }

  /** The phone's next frame, into `frame`. */
  read(nowMs: number): void {
    const hasSound = this.#running?.playout.read(this.frame, nowMs) ?? false;
    if (!hasSound) this.frame.fill(0);
    this.level = hasSound ? audioLevel(this.frame) : SILENCE_LEVEL;
    if (this.#gain !== undefined && this.#automaticGain !== undefined) {
      const raisedDb = this.#automaticGain.observe(this.level + this.#gain.gainDb - this.#options.gainDb);
      this.#gain.gainDb = this.#options.gainDb + raisedDb;
    }
    const key = this.#toneKeys?.hear(this.frame);
    if (key !== undefined) this.#context.observer.digit(key);
    const silent = this.#silence.check(nowMs);
    if (silent !== undefined) this.#context.observer.silent(silent);
  }

  /** Sends the phone its frame. @param sum what it hears of the room; changed by this */
  write(sum: Int32Array, nowMs: number): void {
    const running = this.#running;
    const sender = this.#sender;
    if (running === undefined || sender === undefined || this.#latch === undefined) return;
    if (this.roomGain !== 1) {
      for (let index = 0; index < sum.length; index += 1) sum[index] = Math.round((sum[index] ?? 0) * this.roomGain);
    }
    this.#player.mixOver(sum);
    this.#limiter.process(sum, this.#output);
    const { direction, payloadType } = running.media;
    const isSent = direction === 'sendrecv' || direction === 'sendonly';
    if (isSent) {
      const payload = running.encoder.encode(this.#output);
      const packet = sender.packet(payloadType, payload);
      this.#send(this.#encryption?.sender.protect(packet) ?? packet, this.#latch.target);
    }
    sender.advance((TICK_MS * running.clockRateHz) / 1000, isSent);
    if (nowMs >= this.#nextReportAtMs) this.#report(nowMs, false);
  }

  /** Time went by without a frame. */
  skip(ticks: number): void {
    const { clockRateHz } = this.#sender ?? {};
    if (clockRateHz !== undefined) this.#sender?.advance((ticks * TICK_MS * clockRateHz) / 1000, false);
  }

  #send(bytes: Buffer, { address, port }: MediaAddress): void {
    this.#context.counters.sent += 1;
    this.#ports.rtp.send(bytes, port, address);
  }

  #onDatagram(bytes: Buffer, source: RemoteInfo): void {
    const { counters, nowMs, observer } = this.#context;
    const running = this.#running;
    const latch = this.#latch;
    if (running === undefined || latch === undefined) return;
    const now = nowMs();
    counters.received += 1;
    // Before anything is counted against the phone: strangers must not use up what it may send.
    if (!latch.mayBe(source, now)) {
      counters.strangers += 1;
      return;
    }
    if (!this.#flood.take(1, now)) {
      counters.flooded += 1;
      if (!this.#isFlooded) observer.flooded();
      this.#isFlooded = true;
      return;
    }
    if (isRtcp(bytes)) {
      if (running.media.rtcpMux === true) this.#onRtcp(bytes, source);
      return;
    }
    const received = decodeRtp(this.#encryption?.receiver.open(bytes) ?? bytes);
    const { codec, payloadType, telephoneEvents } = running.media;
    const isRaised = this.#gain !== undefined && received.payloadType === payloadType;
    const packet = isRaised
      ? { ...received, payload: this.#gain?.apply(received.payload) ?? received.payload }
      : received;
    const isEvent = telephoneEvents.includes(packet.payloadType);
    const isAudio = packet.payloadType === payloadType;
    if (!isEvent && !isAudio && packet.payloadType !== COMFORT_NOISE) {
      counters.invalid += 1;
      return;
    }
    const units = isAudio ? payloadUnits(codec, packet.payload) : 0;
    const event = isEvent ? decodeTelephoneEvent(packet.payload) : undefined;
    latch.note(source, now);
    const lock = this.#lock.accept(packet.ssrc, now);
    if (lock === 'other') {
      counters.strangers += 1;
      return;
    }
    if (lock === 'new') {
      running.playout.reset();
      this.#dtmf.reset();
      this.#reception = new Reception(packet.ssrc, running.clockRateHz);
    }
    this.#reception?.receive(packet, now);
    this.#noteHeard(now);
    running.playout.put(
      { sequenceNumber: packet.sequenceNumber, timestamp: packet.timestamp, payload: packet.payload, units },
      now,
    );
    // Keys may be a secret, and comfort noise no browser knows: only sound goes on to the room.
    this.onPacket?.(isAudio && !this.isHeld ? packet : undefined);
    const digit = event === undefined ? undefined : this.#dtmf.receive(packet.timestamp, event);
    if (digit !== undefined) observer.digit(digit);
  }

  #noteHeard(nowMs: number): void {
    const wasSilent = this.#silence.heard(nowMs);
    if (this.#hasBeenHeard && !wasSilent) return;
    this.#hasBeenHeard = true;
    this.#context.observer.heard();
  }

  #onRtcp(bytes: Buffer, source: RemoteInfo): void {
    const { counters, nowMs } = this.#context;
    if (source.address !== this.#latch?.target.address) {
      counters.strangers += 1;
      return;
    }
    for (const packet of decodeRtcp(this.#encryption?.receiver.openRtcp(bytes) ?? bytes)) {
      if (packet.kind !== 'report' || packet.sender === undefined) continue;
      if (packet.ssrc === this.#reception?.ssrc) this.#reception.senderReport(packet.sender, nowMs());
    }
  }

  #report(nowMs: number, isLast: boolean): void {
    this.#nextReportAtMs = nowMs + REPORT_MS;
    const media = this.#running?.media;
    const target = this.#latch?.target;
    if (media === undefined || target === undefined || this.#sender === undefined) return;
    const report = {
      ssrc: this.#sender.ssrc,
      sender: this.#sender.info(Date.now()),
      blocks: this.#reception === undefined ? [] : [this.#reception.report(nowMs)],
      cname: this.#context.cname,
    };
    const packet = encodeRtcp(report, isLast);
    const bytes = this.#encryption?.sender.protectRtcp(packet) ?? packet;
    if (media.rtcpMux === true) {
      this.#send(bytes, target);
      return;
    }
    const { address, port } = media.remoteRtcp ?? { address: target.address, port: target.port + 1 };
    this.#ports.rtcp.send(bytes, port, address);
  }

  #freeCodecs(): void {
    this.#running?.decoder.free();
    this.#running?.encoder.free();
    this.#running = undefined;
  }

  /** Datagrams are anybody's: one that cannot be read is counted, and a bug of ours ends no call. */
  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      if (error instanceof DecodeError) this.#context.counters.invalid += 1;
      else this.#context.observer.bugMet(error);
    }
  }
}
