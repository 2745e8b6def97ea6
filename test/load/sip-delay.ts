/**
 * The delay part of `npm run bench -- sip`: how much later sound is for having gone through the gateway (docs:
 * sip-and-recording.md §9). A phone and a bridge on real sockets of this process, the media thread in between.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { decodeG711, encodeG711 } from '../../sip/media/codec/g711.ts';
import { bindUdp } from '../../sip/media/leg/port-pair.ts';
import type { MediaAddress } from '../../sip/media/leg/leg-media.ts';
import { MediaThread } from '../../sip/media/media-thread.ts';
import { decodeRtp, encodeRtp, isRtcp } from '../../sip/media/rtp/packet.ts';
import { median, percentile } from './statistics.ts';

const SECONDS = 15;
const WARM_UP_FRAMES = 150;
/** Every half second a tenth of one is loud. */
const CYCLE_FRAMES = 25;
const LOUD_FRAMES = 5;
const FRAME_MS = 20;
const FRAME_8K = 160;
const PHONE_SSRC = 1;
const BRIDGE_SSRC = 2;
const UPLINK_SSRC = 3;

// §9.
const MAX_TO_PHONE_MS = 100;
const MAX_TO_MEETING_MS = 5;

const SILENT = encodeG711('PCMU', new Int16Array(FRAME_8K));
const LOUD = encodeG711(
  'PCMU',
  Int16Array.from({ length: FRAME_8K }, (_, index) => 8000 * Math.cos((2 * Math.PI * 1000 * index) / 8000)),
);

function packet(ssrc: number, index: number, payload: Uint8Array): Buffer {
  const numbers = { sequenceNumber: index & 0xffff, timestamp: index * FRAME_8K, ssrc };
  return encodeRtp({ payloadType: 0, isMarked: false, ...numbers, extension: undefined, payload });
}

/** Where in a frame the loud part begins, in samples of 8 kHz; -1 when it is silent. */
function onset(payload: Uint8Array): number {
  const samples = new Int16Array(payload.length);
  decodeG711('PCMU', payload, samples);
  return samples.findIndex((sample) => Math.abs(sample) > 1000);
}

/** @returns whether the targets were met */
export async function benchSipDelay(): Promise<boolean> {
  const any = { first: 0, last: 0 };
  const thread = await MediaThread.open({ address: '127.0.0.1', roomAddress: '127.0.0.1', ports: any });
  const [phone, bridge] = [await bindUdp('127.0.0.1', 0), await bindUdp('127.0.0.1', 0)];
  const addressOf = (socket: typeof phone): MediaAddress => ({ address: '127.0.0.1', port: socket.address().port });
  const [leg, room] = [await thread.openLeg(), await thread.openRoom()];
  leg.setMedia({ codec: 'PCMU', payloadType: 0, telephoneEvents: [], remote: addressOf(phone), direction: 'sendrecv' });
  room.add(leg);
  const payloadTypes = new Map([[0, { codec: 'PCMU' as const }]]);
  room.setUplink(leg, UPLINK_SSRC, {
    remote: addressOf(bridge),
    payloadType: 0,
    audioLevelExtensionId: 1,
    payloadTypes,
  });
  room.setSources([BRIDGE_SSRC]);

  const [toMeetingMs, toPhoneMs]: [number[], number[]] = [[], []];
  const sentAtMs: number[] = [];
  let arrived = 0;
  bridge.on('message', (bytes) => {
    if (isRtcp(bytes)) return;
    // Nothing is lost on loopback, so that the packets come in the order they were sent.
    const sent = sentAtMs[arrived];
    arrived += 1;
    if (sent !== undefined && arrived > WARM_UP_FRAMES) toMeetingMs.push(performance.now() - sent);
  });
  let loudSinceMs: number | undefined;
  phone.on('message', (bytes) => {
    if (isRtcp(bytes) || loudSinceMs === undefined) return;
    const position = onset(decodeRtp(bytes).payload);
    if (position < 0) return;
    // A frame can be heard when it is there, from its beginning on.
    toPhoneMs.push(performance.now() + (1000 * position) / 8000 - loudSinceMs);
    loudSinceMs = undefined;
  });

  const startedAtMs = performance.now();
  let sent = 0;
  while (sent < (SECONDS * 1000) / FRAME_MS + WARM_UP_FRAMES) {
    for (; sent * FRAME_MS < performance.now() - startedAtMs; sent += 1) {
      sentAtMs.push(performance.now());
      phone.send(packet(PHONE_SSRC, sent, SILENT), leg.localAddress.port, '127.0.0.1');
      const phase = sent % CYCLE_FRAMES;
      // The first sample of a frame is said one frame before the frame can be sent.
      if (sent >= WARM_UP_FRAMES && phase === 0) loudSinceMs = performance.now() - FRAME_MS;
      bridge.send(packet(BRIDGE_SSRC, sent, phase < LOUD_FRAMES ? LOUD : SILENT), room.localAddress.port, '127.0.0.1');
    }
    await delay(1);
  }
  await thread.stop();
  phone.close();
  bridge.close();

  const line = (name: string, values: readonly number[]): string =>
    `${name.padEnd(32)} median ${median(values).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms (${values.length})`;
  console.log(line('meeting -> phone, frame included', toPhoneMs));
  console.log(line('phone -> meeting', toMeetingMs));
  return median(toPhoneMs) <= MAX_TO_PHONE_MS && median(toMeetingMs) <= MAX_TO_MEETING_MS;
}
