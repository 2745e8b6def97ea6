/**
 * The many-telephones part of `npm run bench -- sip`: what a hundred phones in one room take of memory, and what is left of
 * them when they are gone (docs: sip-and-recording.md §9).
 */
import type { Socket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeG711 } from '../../sip/media/codec/g711.ts';
import { bindUdp } from '../../sip/media/leg/port-pair.ts';
import { MediaThread } from '../../sip/media/media-thread.ts';
import type { PhoneLeg } from '../../sip/media/phone-leg.ts';
import { encodeRtp } from '../../sip/media/rtp/packet.ts';

const LEGS = 100;
const FRAME_8K = 160;
const TALK_MS = 4000;
const ROUNDS = 3;

// §9.
const MAX_BYTES_PER_LEG = 2 ** 20;
/** What a round may leave behind: the heap's own breathing. */
const MAX_BYTES_LEFT = 16 * 2 ** 20;

const SPEECH = encodeG711(
  'PCMU',
  Int16Array.from({ length: FRAME_8K }, (_, index) => 500 * Math.sin((2 * Math.PI * 400 * index) / 8000)),
);

/** A hundred calls at once that talk and end. @returns resident memory while they last and after them */
async function round(thread: MediaThread, phones: readonly Socket[]): Promise<{ during: number; after: number }> {
  const room = await thread.openRoom();
  const legs: PhoneLeg[] = [];
  for (const phone of phones) {
    const leg = await thread.openLeg();
    const remote = { address: '127.0.0.1', port: phone.address().port };
    leg.setMedia({ codec: 'PCMU', payloadType: 0, telephoneEvents: [], remote, direction: 'sendrecv' });
    room.add(leg);
    legs.push(leg);
  }
  const startedAtMs = performance.now();
  for (let sent = 0; sent * 20 < TALK_MS;) {
    for (; sent * 20 < performance.now() - startedAtMs; sent += 1) {
      for (const [index, phone] of phones.entries()) {
        const numbers = { sequenceNumber: sent, timestamp: sent * FRAME_8K, ssrc: index + 1 };
        const packet = encodeRtp({
          payloadType: 0,
          isMarked: false,
          ...numbers,
          extension: undefined,
          payload: SPEECH,
        });
        phone.send(packet, legs[index]?.localAddress.port ?? 0, '127.0.0.1');
      }
    }
    await delay(5);
  }
  const during = process.memoryUsage.rss();
  room.close();
  for (const leg of legs) leg.close();
  await untilNoLegs(thread);
  return { during, after: process.memoryUsage.rss() };
}

/** The thread reports every second. */
async function untilNoLegs(thread: MediaThread): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (thread.figures?.legs !== 0 || thread.figures.rooms !== 0) {
    if (performance.now() > deadlineMs) throw new Error(`${thread.figures?.legs} legs are left`);
    await delay(50);
  }
}

/** @returns whether the targets were met */
export async function benchSipLegs(): Promise<boolean> {
  const probe = await bindUdp('127.0.0.1', 0);
  const first = probe.address().port & ~1;
  probe.close();
  // Half again as many pairs as a round takes: a second round would not find enough if the first one kept its own.
  const ports = { first: Math.min(first, 65_000 - 4 * LEGS), last: Math.min(first, 65_000 - 4 * LEGS) + 3 * LEGS - 1 };
  const thread = await MediaThread.open({ address: '127.0.0.1', roomAddress: '127.0.0.1', ports });
  const phones = await Promise.all(Array.from({ length: LEGS }, () => bindUdp('127.0.0.1', 0)));
  const base = process.memoryUsage.rss();
  const rounds: { during: number; after: number }[] = [];
  for (let index = 0; index < ROUNDS; index += 1) rounds.push(await round(thread, phones));
  await thread.stop();
  for (const phone of phones) phone.close();
  const [warm, last] = [rounds[0], rounds.at(-1)];
  if (warm === undefined || last === undefined) return false;
  const perLeg = (warm.during - base) / LEGS;
  const left = last.after - warm.after;
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  console.log(`${LEGS} phones in a room: ${mib(perLeg)} each; ${ROUNDS - 1} more rounds of them leave ${mib(left)}`);
  return perLeg <= MAX_BYTES_PER_LEG && left <= MAX_BYTES_LEFT;
}
