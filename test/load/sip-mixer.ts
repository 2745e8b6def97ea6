/**
 * The mixer part of `npm run bench -- sip`: the media thread under rooms of people who all talk (docs: sip-and-recording.md §4.3,
 * §9). Processor time is the thread's own; the packets come from this one, over real sockets.
 */
import type { Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Application, createEncoder, Signal } from 'libopus-wasm';
import type { RoomMedia } from '../../sip/media/mixer/room.ts';
import { bindUdp } from '../../sip/media/leg/port-pair.ts';
import { encodeG711 } from '../../sip/media/codec/g711.ts';
import type { MediaFigures } from '../../sip/media/media-figures.ts';
import { MediaThread } from '../../sip/media/media-thread.ts';
import type { PhoneLeg } from '../../sip/media/phone-leg.ts';
import type { RoomMixer } from '../../sip/media/room-mixer.ts';
import { audioLevelExtension } from '../../sip/media/rtp/audio-level.ts';
import { encodeRtp } from '../../sip/media/rtp/packet.ts';
import { decodeWav } from '../../sip/media/wav.ts';
import { percentile } from './statistics.ts';

interface SipMixerOptions {
  readonly seconds: number;
  readonly rooms: number;
}

export const SIP_MIXER_DEFAULTS: SipMixerOptions = { seconds: 20, rooms: 10 };

const WEB_USERS = 9;
const EXTRA_LEGS = 40;
const WARM_UP_MS = 3000;
const FRAME_MS = 20;
const FRAME_48K = 960;
const LEVEL_EXTENSION = 10;

// §9.
const MAX_ROOMS_PERCENT = 25;
const MAX_LEG_PERCENT = 0.4;
const MAX_LATENESS_MS = 10;

/** A stream of packets that begins again at its end. */
interface Stream {
  readonly payloads: readonly Uint8Array[];
  readonly payloadType: number;
  readonly ssrc: number;
  readonly unitsPerFrame: number;
  /** Whether packets tell how loud they are. */
  readonly level: number | undefined;
  readonly socket: Socket;
  readonly port: number;
}

/** Speech of the fixture, as browsers send it: Opus of 48 kHz at 32 kbit/s. */
async function opusSpeech(speech: Int16Array): Promise<Uint8Array[]> {
  const encoder = await createEncoder({
    channels: 1,
    sampleRate: 48_000,
    frameSize: FRAME_48K,
    application: Application.Voip,
    signal: Signal.Voice,
    bitrate: 32_000,
    fec: true,
    packetLossPercent: 10,
  });
  const wide = Int16Array.from({ length: 3 * speech.length }, (_, index) => {
    const at = Math.floor(index / 3);
    const share = (index % 3) / 3;
    return (1 - share) * (speech[at] ?? 0) + share * (speech[at + 1] ?? 0);
  });
  const frames = Math.floor(wide.length / FRAME_48K);
  const packets = Array.from({ length: frames }, (_, index) => {
    return encoder.encode(wide.subarray(index * FRAME_48K, (index + 1) * FRAME_48K));
  });
  encoder.free();
  return packets;
}

function g711Speech(speech: Int16Array): Uint8Array[] {
  const narrow = Int16Array.from({ length: speech.length / 2 }, (_, index) => speech[2 * index] ?? 0);
  return Array.from({ length: Math.floor(narrow.length / 160) }, (_, index) => {
    return encodeG711('PCMU', narrow.subarray(index * 160, (index + 1) * 160));
  });
}

/** Sends every stream a packet each 20 ms until it is told to stop. */
function startSending(streams: readonly Stream[]): () => void {
  const startedAtMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * FRAME_MS < performance.now() - startedAtMs; sent += 1) {
      for (const stream of streams) stream.socket.send(packetOf(stream, sent), stream.port, '127.0.0.1');
    }
  }, FRAME_MS / 4);
  return () => clearInterval(timer);
}

function packetOf({ payloads, payloadType, ssrc, unitsPerFrame, level }: Stream, index: number): Buffer {
  return encodeRtp({
    payloadType,
    isMarked: false,
    sequenceNumber: index & 0xffff,
    timestamp: (index * unitsPerFrame) >>> 0,
    ssrc,
    extension: level === undefined ? undefined : audioLevelExtension(LEVEL_EXTENSION, level, true),
    payload: payloads[(index + ssrc) % payloads.length] ?? new Uint8Array(),
  });
}

interface Speech {
  readonly opus: readonly Uint8Array[];
  readonly g711: readonly Uint8Array[];
}

interface Load {
  readonly name: string;
  readonly rooms: number;
  readonly phonesPerRoom: number;
}

interface Result {
  readonly percent: number;
  readonly latenessMs: number;
  readonly skippedTicks: number;
  readonly receivedPerSecond: number;
}

async function measure({ rooms, phonesPerRoom }: Load, speech: Speech, seconds: number): Promise<Result> {
  const ports = { first: 0, last: 0 };
  const thread = await MediaThread.open({ address: '127.0.0.1', roomAddress: '127.0.0.1', ports });
  const sockets: Socket[] = [];
  const streams: Stream[] = [];
  for (let index = 0; index < rooms; index += 1) {
    const room = await thread.openRoom();
    const sfu = await bindUdp('127.0.0.1', 0);
    sockets.push(sfu);
    for (let phone = 0; phone < phonesPerRoom; phone += 1) {
      const socket = await bindUdp('127.0.0.1', 0);
      sockets.push(socket);
      streams.push(await seat(thread, room, { socket, sfu, payloads: speech.g711, ssrc: phone + 1 }));
    }
    const ssrcs = Array.from({ length: WEB_USERS }, (_, user) => 1000 + user);
    room.setSources(ssrcs);
    const { port } = room.localAddress;
    for (const [user, ssrc] of ssrcs.entries()) {
      const level = 20 + user;
      streams.push({ payloads: speech.opus, payloadType: 111, ssrc, unitsPerFrame: 960, level, socket: sfu, port });
    }
  }
  const stopSending = startSending(streams);
  await delay(WARM_UP_MS);
  const result = await observe(thread, seconds);
  stopSending();
  await thread.stop();
  for (const socket of sockets) socket.close();
  return result;
}

/** Puts a phone into a room. @returns what it sends */
async function seat(
  thread: MediaThread,
  room: RoomMixer,
  { socket, sfu, payloads, ssrc }: { socket: Socket; sfu: Socket; payloads: readonly Uint8Array[]; ssrc: number },
): Promise<Stream> {
  const leg: PhoneLeg = await thread.openLeg();
  const remote = { address: '127.0.0.1', port: socket.address().port };
  leg.setMedia({ codec: 'PCMU', payloadType: 0, telephoneEvents: [101], remote, direction: 'sendrecv' });
  const media: RoomMedia = {
    remote: { address: '127.0.0.1', port: sfu.address().port },
    payloadType: 0,
    audioLevelExtensionId: LEVEL_EXTENSION,
    payloadTypes: new Map([[111, { codec: 'opus' }]]),
  };
  room.add(leg);
  room.setUplink(leg, ssrc, media);
  const { port } = leg.localAddress;
  return { payloads, payloadType: 0, ssrc, unitsPerFrame: 160, level: undefined, socket, port };
}

/** The thread's reports of so many seconds. */
async function observe(thread: MediaThread, seconds: number): Promise<Result> {
  const reports: MediaFigures[] = [];
  while (reports.length <= seconds) {
    const { figures } = thread;
    if (figures !== undefined && figures !== reports.at(-1)) reports.push(figures);
    await delay(FRAME_MS);
  }
  const [first, last] = [reports[0], reports.at(-1)];
  if (first === undefined || last === undefined) throw new Error('the media thread did not report');
  const elapsedMs =
    FRAME_MS * (last.counters.ticks + last.counters.skippedTicks - first.counters.ticks - first.counters.skippedTicks);
  return {
    percent: (100 * (last.processorMs - first.processorMs)) / elapsedMs,
    latenessMs: percentile(
      reports.slice(1).flatMap(({ latenessMs }) => latenessMs),
      0.99,
    ),
    skippedTicks: last.counters.skippedTicks - first.counters.skippedTicks,
    receivedPerSecond: (1000 * (last.counters.received - first.counters.received)) / elapsedMs,
  };
}

/** @returns whether the targets were met */
export async function benchSipMixer({ seconds, rooms }: SipMixerOptions): Promise<boolean> {
  const samples = decodeWav(readFileSync(join(import.meta.dirname, '../fixtures/g722/speech.wav'))).subarray(0, 16_000);
  const speech: Speech = { opus: await opusSpeech(samples), g711: g711Speech(samples) };
  const loads: readonly Load[] = [
    { name: `${rooms} rooms x (${WEB_USERS} web + 1 phone)`, rooms, phonesPerRoom: 1 },
    { name: `1 room x (${WEB_USERS} web + 1 phone)`, rooms: 1, phonesPerRoom: 1 },
    { name: `1 room x (${WEB_USERS} web + ${1 + EXTRA_LEGS} phones)`, rooms: 1, phonesPerRoom: 1 + EXTRA_LEGS },
  ];
  const results: Result[] = [];
  console.log('mixer                            % of a core   tick p99 ms   left out   packets/s in');
  for (const load of loads) {
    const result = await measure(load, speech, seconds);
    results.push(result);
    const { percent, latenessMs, skippedTicks, receivedPerSecond } = result;
    console.log(
      load.name.padEnd(32),
      percent.toFixed(1).padStart(11),
      latenessMs.toFixed(1).padStart(13),
      String(skippedTicks).padStart(10),
      receivedPerSecond.toFixed(0).padStart(14),
    );
  }
  const [many, one, crowded] = results;
  if (many === undefined || one === undefined || crowded === undefined) return false;
  const perLeg = (crowded.percent - one.percent) / EXTRA_LEGS;
  console.log(`another PCMU phone: ${perLeg.toFixed(2)} % of a core`);
  return many.percent <= MAX_ROOMS_PERCENT && perLeg <= MAX_LEG_PERCENT && many.latenessMs <= MAX_LATENESS_MS;
}
