import type { RemoteInfo, Socket } from 'node:dgram';
import { clockRateOf, type CodecName, createAudioDecoder, FRAME_SAMPLES, payloadUnits } from '../codec/audio-codec.ts';
import type { OpusCodec } from '../codec/opus-codec.ts';
import { DecodeError } from '../decode-error.ts';
import type { Leg } from '../leg/leg.ts';
import type { MediaCounters } from '../media-figures.ts';
import { PlayoutStream } from '../playout.ts';
import { readAudioLevel, SILENCE_LEVEL } from '../rtp/audio-level.ts';
import { decodeRtp, isRtcp, type RtpPacket } from '../rtp/packet.ts';
import { encodeRtcp } from '../rtp/rtcp.ts';
import type { StreamStart } from '../rtp/rtp-sender.ts';
import { Uplink, type UplinkTarget } from '../uplink.ts';
import { applyGain } from './gain-ramp.ts';
import { chooseLoudest, type Loudness } from './loudest.ts';

const REPORT_MS = 5000;
/** Whoever has sent nothing for so long says nothing, whatever the last packet's level was. */
const LEVEL_HOLDS_MS = 200;

/** Where the sfu is for one phone of this room, and what comes from there. */
export interface RoomMedia extends UplinkTarget {
  readonly payloadTypes: ReadonlyMap<number, { readonly codec: CodecName }>;
}

/** Somebody in the room who is not one of our phones. */
interface WebSource extends Loudness {
  readonly ssrc: number;
  playout: PlayoutStream | undefined;
  codec: CodecName | undefined;
  lastPacketAtMs: number;
  gain: number;
}

/** A phone in the room. */
interface Seat {
  readonly leg: Leg;
  uplink: Uplink | undefined;
  /** What the uplink's packets hold. */
  codec: CodecName | undefined;
  media: RoomMedia | undefined;
  isMuted: boolean;
  gain: number;
  /** What it said in this tick and the others hear. */
  readonly contribution: Int16Array;
}

export interface RoomContext {
  readonly opus: OpusCodec;
  readonly counters: MediaCounters;
  readonly cname: string;
  readonly nowMs: () => number;
  readonly randomStream: () => StreamStart;
  readonly bugMet: (error: unknown) => void;
}

/**
 * One room of the gateway: a socket towards the sfu, everybody's sound from there, our phones. Each phone hears the sum of
 * all but itself.
 */
export class Room {
  readonly #socket: Socket;
  readonly #context: RoomContext;
  readonly #seats = new Map<Leg, Seat>();
  /** Kept when a phone leaves and returns: its stream goes on where it was. */
  readonly #uplinks = new WeakMap<Leg, Uplink>();
  /** Phones that have just left, until their last sound has faded. */
  readonly #leaving: Seat[] = [];
  readonly #sources = new Map<number, WebSource>();
  /** Of sources that are gone, until their last sound has faded. */
  readonly #ending: WebSource[] = [];
  readonly #sum = new Int32Array(FRAME_SAMPLES);
  readonly #heard = new Int32Array(FRAME_SAMPLES);
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #payloadTypes: RoomMedia['payloadTypes'] = new Map();
  #audioLevelExtensionId = 0;
  #remotes = new Set<string>();
  #nextReportAtMs: number;
  #isClosed = false;

  constructor(socket: Socket, context: RoomContext) {
    this.#socket = socket;
    this.#context = context;
    this.#nextReportAtMs = context.nowMs() + REPORT_MS;
    socket.on('message', (bytes, source) => this.#onDatagram(bytes, source));
    socket.on('error', () => (context.counters.sendErrors += 1));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  add(leg: Leg): void {
    if (this.#seats.has(leg)) return;
    const seat: Seat = {
      leg,
      uplink: undefined,
      codec: undefined,
      media: undefined,
      isMuted: false,
      gain: 0,
      contribution: new Int16Array(FRAME_SAMPLES),
    };
    this.#seats.set(leg, seat);
    leg.onPacket = (packet) => this.#forward(seat, packet);
  }

  remove(leg: Leg): void {
    const seat = this.#seats.get(leg);
    if (seat === undefined) return;
    leg.onPacket = undefined;
    this.#seats.delete(leg);
    this.#leaving.push(seat);
    this.#noteRemotes();
  }

  /** Where a phone's sound goes, and where the room's comes from; undefined for nowhere. */
  setUplink(leg: Leg, ssrc: number, media: RoomMedia | undefined): void {
    const seat = this.#seats.get(leg);
    if (seat === undefined) return;
    seat.media = media;
    seat.codec = leg.codec;
    if (seat.codec !== undefined && media !== undefined) seat.uplink = this.#uplinkOf(leg, ssrc, seat.codec);
    seat.uplink?.interrupt();
    if (media !== undefined) {
      this.#payloadTypes = media.payloadTypes;
      this.#audioLevelExtensionId = media.audioLevelExtensionId;
    }
    this.#noteRemotes();
  }

  #uplinkOf(leg: Leg, ssrc: number, codec: CodecName): Uplink {
    const former = this.#uplinks.get(leg);
    if (former?.ssrc === ssrc) return former;
    const uplink = new Uplink({ ...this.#context.randomStream(), ssrc }, clockRateOf(codec));
    this.#uplinks.set(leg, uplink);
    return uplink;
  }

  setMuted(leg: Leg, isMuted: boolean): void {
    const seat = this.#seats.get(leg);
    if (seat !== undefined) seat.isMuted = isMuted;
  }

  /** Who is to be heard, by synchronisation source. */
  setSources(ssrcs: readonly number[]): void {
    const wanted = new Set(ssrcs);
    for (const [ssrc, source] of this.#sources) {
      if (wanted.has(ssrc)) continue;
      this.#sources.delete(ssrc);
      this.#ending.push(source);
    }
    for (const ssrc of wanted) {
      if (this.#sources.has(ssrc)) continue;
      this.#sources.set(ssrc, {
        ssrc,
        playout: undefined,
        codec: undefined,
        lastPacketAtMs: -Infinity,
        gain: 0,
        level: SILENCE_LEVEL,
        chosenAtMs: -Infinity,
      });
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { leg } of this.#seats.values()) leg.onPacket = undefined;
    this.#seats.clear();
    for (const source of [...this.#sources.values(), ...this.#ending]) source.playout?.free();
    this.#sources.clear();
    this.#ending.length = 0;
    this.#socket.close();
  }

  /** The phones in the room. */
  legs(): Iterable<Leg> {
    return this.#seats.keys();
  }

  /** One frame for everybody. The legs have read theirs. */
  tick(nowMs: number): void {
    const sum = this.#sum.fill(0);
    this.#mixSources(sum, nowMs);
    for (const seat of this.#seats.values()) mixSeat(seat, sum, isAudible(seat));
    for (const seat of this.#leaving.splice(0)) mixSeat(seat, sum, false);
    for (const { leg, contribution } of this.#seats.values()) {
      const heard = this.#heard;
      for (let index = 0; index < FRAME_SAMPLES; index += 1) {
        heard[index] = (sum[index] ?? 0) - (contribution[index] ?? 0);
      }
      try {
        leg.write(heard, nowMs);
      } catch (error) {
        this.#context.bugMet(error); // the others in the room are heard all the same
      }
    }
    if (nowMs >= this.#nextReportAtMs) this.#report(nowMs);
  }

  #mixSources(sum: Int32Array, nowMs: number): void {
    const sources = [...this.#sources.values()];
    for (const source of sources) {
      if (nowMs - source.lastPacketAtMs > LEVEL_HOLDS_MS) source.level = SILENCE_LEVEL;
    }
    const chosen = new Set(chooseLoudest(sources, nowMs));
    for (const source of sources) this.#mixSource(source, sum, chosen.has(source), nowMs);
    for (const source of this.#ending.splice(0)) {
      this.#mixSource(source, sum, false, nowMs);
      source.playout?.free();
    }
  }

  #mixSource(source: WebSource, sum: Int32Array, isHeard: boolean, nowMs: number): void {
    const { playout, gain } = source;
    if (playout === undefined) return;
    if (!isHeard && gain === 0) {
      playout.skip(FRAME_SAMPLES, nowMs);
      return;
    }
    const frame = this.#frame;
    const hasSound = playout.read(frame, nowMs);
    source.gain = isHeard && hasSound ? 1 : 0;
    if (!hasSound) return;
    applyGain(frame, gain, source.gain);
    addTo(sum, frame);
  }

  #forward(seat: Seat, packet: RtpPacket | undefined): void {
    const { uplink, media, isMuted, leg, codec } = seat;
    if (uplink === undefined || media === undefined) return;
    if (packet === undefined || isMuted || codec !== leg.codec) {
      uplink.interrupt();
      return;
    }
    const bytes = uplink.forward(packet, leg.level, media, this.#context.nowMs());
    if (bytes !== undefined) this.#send(bytes, media);
  }

  #send(bytes: Buffer, { remote }: RoomMedia): void {
    this.#context.counters.sent += 1;
    this.#socket.send(bytes, remote.port, remote.address);
  }

  #onDatagram(bytes: Buffer, { address, port }: RemoteInfo): void {
    const { counters, bugMet } = this.#context;
    counters.received += 1;
    if (!this.#remotes.has(`${address} ${port}`)) {
      counters.strangers += 1;
      return;
    }
    if (isRtcp(bytes)) return; // the sfu's reports ask nothing of us
    try {
      this.#onPacket(decodeRtp(bytes));
    } catch (error) {
      if (error instanceof DecodeError) counters.invalid += 1;
      else bugMet(error);
    }
  }

  #onPacket(packet: RtpPacket): void {
    const { nowMs, counters } = this.#context;
    const source = this.#sources.get(packet.ssrc);
    const codec = this.#payloadTypes.get(packet.payloadType)?.codec;
    if (source === undefined || codec === undefined) {
      counters.strangers += 1;
      return;
    }
    if (packet.payload.length === 0) return; // probes for bandwidth
    if (source.codec !== codec) void this.#prepare(source, codec);
    if (source.playout === undefined) return;
    const { sequenceNumber, timestamp, payload } = packet;
    source.lastPacketAtMs = nowMs();
    source.level = readAudioLevel(packet.extension, this.#audioLevelExtensionId) ?? 0;
    source.playout.put(
      { sequenceNumber, timestamp, payload, units: payloadUnits(codec, payload) },
      source.lastPacketAtMs,
    );
  }

  /** Sound that comes before the decoder is there, which takes a moment only, is lost. */
  async #prepare(source: WebSource, codec: CodecName): Promise<void> {
    source.codec = codec;
    source.playout?.free();
    source.playout = undefined;
    try {
      const decoder = await createAudioDecoder(codec, this.#context.opus);
      if (this.#isClosed || this.#sources.get(source.ssrc) !== source || source.codec !== codec) decoder.free();
      else source.playout = new PlayoutStream(decoder, clockRateOf(codec));
    } catch (error) {
      this.#context.bugMet(error);
    }
  }

  #noteRemotes(): void {
    this.#remotes = new Set();
    for (const { media } of this.#seats.values()) {
      if (media !== undefined) this.#remotes.add(`${media.remote.address} ${media.remote.port}`);
    }
  }

  #report(nowMs: number): void {
    this.#nextReportAtMs = nowMs + REPORT_MS;
    for (const { uplink, media } of this.#seats.values()) {
      const sender = uplink?.info(Date.now(), nowMs);
      if (uplink === undefined || media === undefined || sender === undefined) continue;
      this.#send(encodeRtcp({ ssrc: uplink.ssrc, sender, blocks: [], cname: this.#context.cname }), media);
    }
  }
}

function isAudible({ isMuted, leg }: Seat): boolean {
  return !isMuted && !leg.isHeld;
}

function mixSeat(seat: Seat, sum: Int32Array, isHeard: boolean): void {
  const { contribution, gain, leg } = seat;
  seat.gain = isHeard ? 1 : 0;
  if (gain === 0 && seat.gain === 0) {
    contribution.fill(0);
    return;
  }
  contribution.set(leg.frame);
  applyGain(contribution, gain, seat.gain);
  addTo(sum, contribution);
}

function addTo(sum: Int32Array, frame: Int16Array): void {
  for (let index = 0; index < sum.length; index += 1) sum[index] = (sum[index] ?? 0) + (frame[index] ?? 0);
}
