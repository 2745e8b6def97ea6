import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureTone } from '../../test/support/audio/goertzel.ts';
import { hearTone } from '../../test/support/audio/hear-tone.ts';
import { RtpPhone, type RtpPhoneOptions } from '../../test/support/audio/rtp-phone.ts';
import { until } from '../../test/support/wait.ts';
import {
  clockRateOf,
  type CodecName,
  createAudioDecoder,
  createAudioEncoder,
  FRAME_SAMPLES,
} from './codec/audio-codec.ts';
import { libopus } from './codec/libopus.ts';
import type { LegMedia, MediaAddress } from './leg/leg-media.ts';
import { MediaError } from './media-error.ts';
import { MediaThread } from './media-thread.ts';
import type { RoomMedia } from './mixer/room.ts';
import type { PhoneLeg } from './phone-leg.ts';
import { readAudioLevel } from './rtp/audio-level.ts';
import { encodeRtp } from './rtp/packet.ts';
import { sequenceDistance, timestampDistance } from './rtp/serial-number.ts';
import { MASTER_BYTES } from './srtp/session-keys.ts';
import { SrtpReceiver } from './srtp/srtp-receiver.ts';
import { SrtpSender } from './srtp/srtp-sender.ts';
import { encodeTelephoneEvent } from './rtp/telephone-event.ts';
import { tone } from './tone.ts';

const PAYLOAD_TYPES: Readonly<Record<CodecName, number>> = { opus: 111, PCMU: 0, PCMA: 8, G722: 9 };
const TELEPHONE_EVENT = 101;
const LEVEL_EXTENSION = 10;

const payloadTypes: RoomMedia['payloadTypes'] = new Map(
  Object.entries(PAYLOAD_TYPES).map(([codec, type]) => [type, { codec: codec as CodecName }]),
);

let thread: MediaThread;
const ends: RtpPhone[] = [];
const senders: NodeJS.Timeout[] = [];

beforeEach(async () => {
  thread = await MediaThread.open({
    address: '127.0.0.1',
    roomAddress: '127.0.0.1',
    ports: { first: 0, last: 0 },
    silenceWarnMs: 300,
    silenceEndMs: 600,
  });
  thread.on('bug', (error) => bugs.push(error));
});

const bugs: unknown[] = [];

afterEach(async () => {
  for (const sender of senders.splice(0)) clearInterval(sender);
  for (const end of ends.splice(0)) end.close();
  await thread.stop();
  expect(bugs.splice(0)).toEqual([]);
});

async function openEnd(codec: CodecName, ssrc = 0x1234, srtp?: RtpPhoneOptions['srtp']): Promise<RtpPhone> {
  const end = await RtpPhone.open({
    payloadType: PAYLOAD_TYPES[codec],
    ssrc,
    frameUnits: clockRateOf(codec) / 50,
    encoder: await createAudioEncoder(codec, libopus),
    decoder: await createAudioDecoder(codec, libopus),
    ...(srtp && { srtp }),
  });
  ends.push(end);
  return end;
}

function mediaOf(codec: CodecName, remote: MediaAddress): LegMedia {
  return {
    codec,
    payloadType: PAYLOAD_TYPES[codec],
    telephoneEvents: [TELEPHONE_EVENT],
    remote,
    direction: 'sendrecv',
  };
}

function uplinkTo(end: RtpPhone, codec: CodecName): RoomMedia {
  return {
    remote: end.address,
    payloadType: PAYLOAD_TYPES[codec],
    audioLevelExtensionId: LEVEL_EXTENSION,
    payloadTypes,
  };
}

/** Sends tones of -12 dB frame by frame, in real time but for the timer's lateness. */
function sendTone(end: RtpPhone, to: MediaAddress, ...frequenciesHz: readonly number[]): void {
  const startedAtMs = performance.now();
  let sent = 0;
  const frame = new Int16Array(FRAME_SAMPLES);
  senders.push(
    setInterval(() => {
      for (; sent * 20 < performance.now() - startedAtMs; sent += 1) {
        for (let index = 0; index < FRAME_SAMPLES; index += 1) {
          const position = sent * FRAME_SAMPLES + index;
          const sines = frequenciesHz.map((frequencyHz) => Math.sin((2 * Math.PI * frequencyHz * position) / 16_000));
          frame[index] = Math.round(32_767 * 0.25 * sines.reduce((sum, sine) => sum + sine, 0));
        }
        end.send(to, frame);
      }
    }, 10),
  );
}

const TONE_DBFS = 20 * Math.log10(0.25);

async function openLeg(codec: CodecName, phone: RtpPhone): Promise<PhoneLeg> {
  const leg = await thread.openLeg();
  leg.setMedia(mediaOf(codec, phone.address));
  return leg;
}

describe.each([
  ['PCMU', 30],
  ['PCMA', 30],
  ['G722', 25],
  ['opus', 15],
] as const)('a phone with %s in a room', (codec, minSnrDb) => {
  it('is heard in the sfu, and hears what comes from there, at the level it was', async () => {
    const phone = await openEnd(codec);
    const sfu = await openEnd(codec, 0xbeef);
    const leg = await openLeg(codec, phone);
    const room = await thread.openRoom();
    room.add(leg);
    room.setUplink(leg, 0x777, uplinkTo(sfu, codec));
    room.setSources([0xbeef]);
    sendTone(phone, leg.localAddress, 440);
    sendTone(sfu, room.localAddress, 1000);
    await hearTone(sfu, { frequencyHz: 440, levelDbfs: TONE_DBFS, minSnrDb });
    await hearTone(phone, { frequencyHz: 1000, levelDbfs: TONE_DBFS, minSnrDb });

    for (const [index, packet] of sfu.received.entries()) {
      const before = sfu.received[index - 1];
      if (before === undefined) continue;
      expect(packet.ssrc).toBe(0x777);
      expect(sequenceDistance(before.sequenceNumber, packet.sequenceNumber)).toBe(1);
      expect(timestampDistance(before.timestamp, packet.timestamp)).toBe(clockRateOf(codec) / 50);
    }
    // -12 dB of a sine is 15 below full scale as an average of energy.
    expect(readAudioLevel(sfu.received.at(-1)?.extension, LEVEL_EXTENSION)).toBe(15);
  });
});

it('a phone that encrypts is heard in clear by the room, and hears it encrypted', async () => {
  const [localKey, remoteKey] = [randomBytes(MASTER_BYTES), randomBytes(MASTER_BYTES)];
  const srtp = { sender: new SrtpSender(remoteKey), receiver: new SrtpReceiver(localKey) };
  const [phone, sfu, stranger] = [await openEnd('PCMU', 1, srtp), await openEnd('PCMU', 2), await openEnd('PCMU', 3)];
  const leg = await thread.openLeg();
  leg.setMedia({ ...mediaOf('PCMU', phone.address), srtp: { localKey, remoteKey } });
  const room = await thread.openRoom();
  room.add(leg);
  room.setUplink(leg, 0x777, uplinkTo(sfu, 'PCMU'));
  room.setSources([2]);
  stranger.send(leg.localAddress, new Int16Array(FRAME_SAMPLES)); // in clear: must not be taken for the phone
  sendTone(phone, leg.localAddress, 440);
  sendTone(sfu, room.localAddress, 1000);
  await hearTone(sfu, { frequencyHz: 440, levelDbfs: TONE_DBFS, minSnrDb: 30 });
  await hearTone(phone, { frequencyHz: 1000, levelDbfs: TONE_DBFS, minSnrDb: 30 });
  leg.setMedia({ ...mediaOf('PCMU', phone.address), srtp: { localKey, remoteKey }, direction: 'sendonly' });
  const heard = phone.heard.length;
  await until(() => phone.heard.length > heard + 5, 'encryption to go on after the same keys were negotiated again');
  expect(stranger.received).toEqual([]);
});

it('a phone with gain is louder by that, for the room and for the other phones, and its level is told so', async () => {
  const [phone, sfu, other] = [await openEnd('PCMA', 1), await openEnd('PCMA', 2), await openEnd('PCMU', 3)];
  const leg = await thread.openLeg({ gainDb: 6 });
  leg.setMedia(mediaOf('PCMA', phone.address));
  const otherLeg = await openLeg('PCMU', other);
  const room = await thread.openRoom();
  for (const each of [leg, otherLeg]) room.add(each);
  room.setUplink(leg, 0x777, uplinkTo(sfu, 'PCMA'));
  sendTone(phone, leg.localAddress, 440);
  await hearTone(sfu, { frequencyHz: 440, levelDbfs: TONE_DBFS + 6, minSnrDb: 28 });
  await hearTone(other, { frequencyHz: 440, levelDbfs: TONE_DBFS + 6, minSnrDb: 28 });
  expect(readAudioLevel(sfu.received.at(-1)?.extension, LEVEL_EXTENSION)).toBe(9);
});

it('hears prompts before it is in a room, one after the other, and is told when each has ended', async () => {
  const phone = await openEnd('PCMU');
  const leg = await openLeg('PCMU', phone);
  const first = leg.play(tone([{ frequencyHz: 500, durationMs: 300, levelDbfs: -10 }]));
  const second = leg.play(tone([{ frequencyHz: 900, durationMs: 300, levelDbfs: -10 }]));
  expect(await first).toBe('ended');
  expect(await second).toBe('ended');
  await until(() => phone.heard.length > 32, 'both tones to arrive');
  // In 200 ms pieces: first the one, then the other, and nothing of the other's in between.
  const heard = phone.recording();
  const start = heard.findIndex((sample) => Math.abs(sample) > 200);
  const levels = [500, 900].map((frequencyHz) =>
    [800, 5600].map((from) => measureTone(heard.subarray(start + from, start + from + 3200), frequencyHz)),
  );
  for (const [tone, pieces] of levels.entries()) {
    const [own, other] = [pieces[tone], pieces[1 - tone]];
    expect(Math.abs((own?.levelDbfs ?? 0) + 10)).toBeLessThan(1);
    expect(own?.snrDb).toBeGreaterThan(30);
    expect(other?.levelDbfs).toBeLessThan(-40);
  }
});

it('stops a prompt when told to, and when the leg closes', async () => {
  const phone = await openEnd('PCMU');
  const leg = await openLeg('PCMU', phone);
  const long = tone([{ frequencyHz: 500, durationMs: 10_000 }]);
  const stopped = [leg.play(long), leg.play(long)];
  leg.stopPlay();
  expect(await Promise.all(stopped)).toEqual(['stopped', 'stopped']);
  const closed = leg.play(long);
  leg.close();
  expect(await closed).toBe('stopped');
});

it('two phones in a room hear each other but never themselves', async () => {
  const [low, high] = [await openEnd('PCMU', 1), await openEnd('PCMA', 2)];
  const legs = [await openLeg('PCMU', low), await openLeg('PCMA', high)] as const;
  const room = await thread.openRoom();
  for (const leg of legs) room.add(leg);
  sendTone(low, legs[0].localAddress, 440);
  sendTone(high, legs[1].localAddress, 1000);
  await hearTone(low, { frequencyHz: 1000, levelDbfs: TONE_DBFS, minSnrDb: 30 });
  await hearTone(high, { frequencyHz: 440, levelDbfs: TONE_DBFS, minSnrDb: 30 });
  // Thirty decibels of signal to noise leave no room for their own tone; here is by how much they do not hear it.
  expect(measureTone(low.recording().subarray(-4000), 440).levelDbfs).toBeLessThan(-50);
  expect(measureTone(high.recording().subarray(-4000), 1000).levelDbfs).toBeLessThan(-50);
});

it('a muted phone is heard by nobody, and its stream runs on without a hole when it returns', async () => {
  const [phone, sfu, other] = [await openEnd('PCMU', 1), await openEnd('PCMU', 2), await openEnd('PCMU', 3)];
  const legs = [await openLeg('PCMU', phone), await openLeg('PCMU', other)] as const;
  const room = await thread.openRoom();
  for (const leg of legs) room.add(leg);
  room.setUplink(legs[0], 0x777, uplinkTo(sfu, 'PCMU'));
  sendTone(phone, legs[0].localAddress, 440);
  await until(() => sfu.received.length > 10 && loud(other, 20), 'the phone to be heard');
  room.setMuted(legs[0], true);
  await until(() => quiet(other), 'the other phone to hear nothing');
  const before = sfu.received.length;
  room.setMuted(legs[0], false);
  await until(() => sfu.received.length > before + 10 && loud(other, 5), 'the phone to be heard again');
  const [last, next] = sfu.received.slice(before - 1, before + 1);
  expect(sequenceDistance(last?.sequenceNumber ?? 0, next?.sequenceNumber ?? 0)).toBe(1);
  expect(timestampDistance(last?.timestamp ?? 0, next?.timestamp ?? 0)).toBeGreaterThan(160);
  expect(next?.isMarked).toBe(true);
});

/** Whether the last frames heard are all loud. */
function loud(phone: RtpPhone, frames: number): boolean {
  return phone.heard.length > frames && phone.heard.slice(-frames).every((frame) => Math.max(...frame) > 4000);
}

/** Whether the last frames heard are all silent. */
function quiet(phone: RtpPhone): boolean {
  return phone.heard.slice(-10).every((frame) => Math.max(...frame) < 20);
}

it('tells each key once although many packets tell of it, and lets none of them into the room', async () => {
  const [phone, sfu] = [await openEnd('PCMU', 1), await openEnd('PCMU', 2)];
  const leg = await openLeg('PCMU', phone);
  const room = await thread.openRoom();
  room.add(leg);
  room.setUplink(leg, 0x777, uplinkTo(sfu, 'PCMU'));
  const digits: string[] = [];
  leg.on('digit', (digit) => digits.push(digit));
  const silence = new Int16Array(FRAME_SAMPLES);
  for (const event of [1, 1, 11]) {
    phone.send(leg.localAddress, silence);
    for (const duration of [160, 320, 480]) {
      phone.sendPayload(leg.localAddress, TELEPHONE_EVENT, encodeTelephoneEvent({ event, isEnd: false, duration }));
    }
    for (let end = 0; end < 3; end += 1) {
      phone.sendPayload(leg.localAddress, TELEPHONE_EVENT, encodeTelephoneEvent({ event, isEnd: true, duration: 640 }));
    }
    phone.sendPayload(leg.localAddress, 13, Uint8Array.of(40)); // comfort noise
    phone.timestamp = (phone.timestamp + 800) >>> 0;
  }
  phone.send(leg.localAddress, silence);
  await until(() => sfu.received.length === 4 && digits.length === 3, 'four frames and three keys');
  expect(digits).toEqual(['1', '1', '#']);
  expect(new Set(sfu.received.map(({ payloadType }) => payloadType))).toEqual(new Set([0]));
  const sequence = sfu.received.map(({ sequenceNumber }) => sequenceNumber - (sfu.received[0]?.sequenceNumber ?? 0));
  expect(sequence).toEqual([0, 1, 2, 3]);
});

it('knows keys by their sound where no events were negotiated, and only there', async () => {
  const [silent, announcing] = [await openEnd('PCMU', 1), await openEnd('PCMU', 2)];
  const legs = await Promise.all([silent, announcing].map(() => thread.openLeg({ hearsToneKeys: true })));
  const digits = legs.map((leg) => {
    const heard: string[] = [];
    leg.on('digit', (digit) => heard.push(digit));
    return heard;
  });
  legs[0]?.setMedia({ ...mediaOf('PCMU', silent.address), telephoneEvents: [] });
  legs[1]?.setMedia(mediaOf('PCMU', announcing.address));
  for (const [index, end] of [silent, announcing].entries()) {
    sendTone(end, legs[index]?.localAddress ?? end.address, 770, 1336);
  }
  await until(() => digits[0]?.[0], 'a key');
  expect(digits).toEqual([['5'], []]);
});

it('sends where the phone really is, and takes nothing from strangers', async () => {
  const [stated, phone, stranger] = [await openEnd('PCMU', 1), await openEnd('PCMU', 2), await openEnd('PCMU', 3)];
  const leg = await openLeg('PCMU', stated);
  await until(() => stated.heard.length > 2, 'sound where the session description says');
  sendTone(phone, leg.localAddress, 440);
  await until(() => phone.heard.length > 2, 'sound where the phone is');
  sendTone(stranger, leg.localAddress, 440);
  const heard = phone.heard.length;
  await until(() => phone.heard.length > heard + 20, 'sound to go on there');
  expect(stranger.received).toEqual([]);
  await until(() => (thread.figures?.counters.strangers ?? 0) > 0, 'the stranger to be counted');
});

it('hears the phone although a stranger floods its port', async () => {
  const [phone, sfu] = [await openEnd('PCMU', 1), await openEnd('PCMU', 2)];
  const stranger = await RtpPhone.open(
    {
      payloadType: 0,
      ssrc: 3,
      frameUnits: 160,
      encoder: await createAudioEncoder('PCMU', libopus),
      decoder: await createAudioDecoder('PCMU', libopus),
    },
    '127.0.0.2',
  );
  ends.push(stranger);
  const leg = await openLeg('PCMU', phone);
  const room = await thread.openRoom();
  room.add(leg);
  room.setUplink(leg, 0x777, uplinkTo(sfu, 'PCMU'));
  senders.push(
    setInterval(() => {
      for (let index = 0; index < 10; index += 1) stranger.send(leg.localAddress, new Int16Array(FRAME_SAMPLES));
    }, 10),
  );
  sendTone(phone, leg.localAddress, 440);
  await hearTone(sfu, { frequencyHz: 440, levelDbfs: TONE_DBFS, minSnrDb: 30 });
});

it('ignores and counts what is no RTP of this call: payload type, source, version and lengths', async () => {
  const [phone, sfu] = [await openEnd('PCMU', 1), await openEnd('PCMU', 2)];
  const leg = await openLeg('PCMU', phone);
  const room = await thread.openRoom();
  room.add(leg);
  room.setUplink(leg, 0x777, uplinkTo(sfu, 'PCMU'));
  const [silence, to] = [new Int16Array(FRAME_SAMPLES), leg.localAddress];
  const payload = new Uint8Array(160);
  const rtp = {
    payloadType: 0,
    isMarked: false,
    sequenceNumber: 1,
    timestamp: 1,
    ssrc: 1,
    extension: undefined,
    payload,
  };
  const version1 = encodeRtp(rtp);
  version1.writeUInt8(0x40, 0);
  const longExtension = encodeRtp({ ...rtp, payload: new Uint8Array(8) });
  longExtension.writeUInt8(0x90, 0);
  longExtension.writeUInt16BE(0xffff, 14);
  const fifteenSources = encodeRtp({ ...rtp, payload: new Uint8Array(8) });
  fifteenSources.writeUInt8(0x8f, 0);
  const longPadding = encodeRtp({ ...rtp, payload: Uint8Array.of(200) });
  longPadding.writeUInt8(0xa0, 0);
  const invalid = [version1, longExtension, fifteenSources, longPadding, encodeRtp({ ...rtp, payloadType: 8 })];
  phone.send(to, silence);
  for (const bytes of invalid) phone.sendBytes(to, bytes);
  phone.sendBytes(to, encodeRtp({ ...rtp, ssrc: 99 })); // another source while the first one goes on
  phone.send(to, silence);
  await until(() => sfu.received.length > 1, 'both frames of the phone');
  await until(() => {
    const { counters } = thread.figures ?? {};
    return counters?.invalid === invalid.length && counters.strangers === 1;
  }, 'each of them to be counted');
  expect(sfu.received).toHaveLength(2);
});

it('tells of a phone that falls silent, twice, and that it is back', async () => {
  const phone = await openEnd('PCMU');
  const leg = await openLeg('PCMU', phone);
  const told: string[] = [];
  leg.on('heard', () => told.push('heard'));
  leg.on('silent', ({ isOver }) => told.push(isOver ? 'over' : 'silent'));
  phone.send(leg.localAddress, new Int16Array(FRAME_SAMPLES));
  await until(() => told.includes('over'), 'the silence to be over');
  phone.send(leg.localAddress, new Int16Array(FRAME_SAMPLES));
  await until(() => told.length === 4, 'the phone to be back');
  expect(told).toEqual(['heard', 'silent', 'over', 'heard']);
});

it('does not mind what a datagram holds, and flags who sends too many of them', async () => {
  const phone = await openEnd('PCMU');
  const leg = await openLeg('PCMU', phone);
  await until(() => phone.heard.length > 0, 'the leg to run');
  const flooded: number[] = [];
  leg.on('flooded', () => flooded.push(1));
  for (let index = 0; index < 500; index += 1) phone.sendBytes(leg.localAddress, Buffer.alloc(index % 40, index));
  await until(() => flooded.length > 0, 'the flood to be told of');
  await until(() => (thread.figures?.counters.flooded ?? 0) > 0, 'the flood to be counted');
  const heard = phone.heard.length;
  await until(() => phone.heard.length > heard + 5, 'sound to go on');
  expect(flooded).toHaveLength(1);
});

it('refuses another leg when the ports are used up, and gives a closed one’s ports to the next', async () => {
  const probe = await thread.openLeg();
  const first = probe.localAddress.port;
  const small = await MediaThread.open({
    address: '127.0.0.2',
    roomAddress: '127.0.0.1',
    ports: { first, last: first + 1 },
  });
  try {
    const leg = await small.openLeg();
    expect(leg.localAddress).toEqual({ address: '127.0.0.2', port: first });
    const error = await small.openLeg().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MediaError);
    expect(error).toMatchObject({ code: 'no-port' });
    leg.close();
    expect((await small.openLeg()).localAddress.port).toBe(first);
  } finally {
    await small.stop();
  }
  await expect(small.openLeg()).rejects.toMatchObject({ code: 'ended' });
});
