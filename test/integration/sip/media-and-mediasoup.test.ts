import { createWorker, type types } from 'mediasoup';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findWorkerBinary } from '../../../sfu/worker-binary.ts';
import {
  type CodecName,
  createAudioDecoder,
  createAudioEncoder,
  FRAME_SAMPLES,
} from '../../../sip/media/codec/audio-codec.ts';
import { libopus } from '../../../sip/media/codec/libopus.ts';
import type { MediaAddress } from '../../../sip/media/leg/leg-media.ts';
import { MediaThread } from '../../../sip/media/media-thread.ts';
import { audioLevelExtension } from '../../../sip/media/rtp/audio-level.ts';
import { hearTone } from '../../support/audio/hear-tone.ts';
import { RtpPhone } from '../../support/audio/rtp-phone.ts';
import { until } from '../../support/wait.ts';

const LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const PAYLOAD_TYPES = { opus: 111, PCMU: 0, PCMA: 8, G722: 9 } as const;
const TONE_DBFS = 20 * Math.log10(0.25);

let worker: types.Worker;
let thread: MediaThread;

beforeAll(async () => {
  worker = await createWorker({
    workerBin: await findWorkerBinary(process.env.MEDIASOUP_WORKER_BIN),
    logLevel: 'warn',
  });
  thread = await MediaThread.open({ address: '127.0.0.1', roomAddress: '127.0.0.1', ports: { first: 0, last: 0 } });
});

afterAll(async () => {
  await thread.stop();
  worker.close();
});

function parametersOf(codec: CodecName, ssrc: number): types.RtpParameters {
  const isOpus = codec === 'opus';
  return {
    codecs: [
      {
        mimeType: `audio/${codec}`,
        payloadType: PAYLOAD_TYPES[codec],
        clockRate: isOpus ? 48_000 : 8000,
        ...(isOpus ? { channels: 2 } : {}),
      },
    ],
    headerExtensions: [{ uri: LEVEL_URI, id: 10 }],
    encodings: [{ ssrc }],
    rtcp: { cname: 'test' },
  };
}

async function openPhone(codec: CodecName, ssrc: number): Promise<RtpPhone> {
  return RtpPhone.open({
    payloadType: PAYLOAD_TYPES[codec],
    ssrc,
    frameUnits: codec === 'opus' ? 960 : 160,
    encoder: await createAudioEncoder(codec, libopus),
    decoder: await createAudioDecoder(codec, libopus),
  });
}

function sendTone(end: RtpPhone, to: MediaAddress, frequencyHz: number, extensionId?: number): NodeJS.Timeout {
  const startedAtMs = performance.now();
  let sent = 0;
  return setInterval(() => {
    for (; sent * 20 < performance.now() - startedAtMs; sent += 1) {
      const frame = Int16Array.from({ length: FRAME_SAMPLES }, (_, index) => {
        return 32_767 * 0.25 * Math.sin((2 * Math.PI * frequencyHz * (sent * FRAME_SAMPLES + index)) / 16_000);
      });
      end.send(to, frame, extensionId === undefined ? undefined : audioLevelExtension(extensionId, 15, true));
    }
  }, 10);
}

it.each(['PCMU', 'PCMA', 'G722', 'opus'] as const)(
  'a phone with %s is forwarded by mediasoup, found speaking by it, and hears who speaks there',
  async (codec) => {
    const mediaCodecs: types.RtpCodecCapability[] = [
      { kind: 'audio', mimeType: 'audio/opus', preferredPayloadType: 111, clockRate: 48_000, channels: 2 },
      { kind: 'audio', mimeType: 'audio/PCMU', preferredPayloadType: 0, clockRate: 8000 },
      { kind: 'audio', mimeType: 'audio/PCMA', preferredPayloadType: 8, clockRate: 8000 },
      { kind: 'audio', mimeType: 'audio/G722', preferredPayloadType: 9, clockRate: 8000 },
    ];
    const router = await worker.createRouter({ mediaCodecs });
    const [phone, web] = [await openPhone(codec, 1), await openPhone('opus', 0xcafe)];
    const listener = await openPhone(codec, 2);
    const leg = await thread.openLeg();
    const room = await thread.openRoom();
    const timers: NodeJS.Timeout[] = [];
    try {
      leg.setMedia({
        codec,
        payloadType: PAYLOAD_TYPES[codec],
        telephoneEvents: [101],
        remote: phone.address,
        direction: 'sendrecv',
      });

      // The phone's transport: what it says goes in, what others say comes out, both to the room's one socket.
      const plain = { listenInfo: { protocol: 'udp', ip: '127.0.0.1' }, rtcpMux: true } as const;
      const transport = await router.createPlainTransport(plain);
      await transport.connect({ ip: room.localAddress.address, port: room.localAddress.port });
      const ofPhone = await transport.produce({ kind: 'audio', rtpParameters: parametersOf(codec, 0x777) });
      const observer = await router.createAudioLevelObserver({ interval: 200, threshold: -40 });
      await observer.addProducer({ producerId: ofPhone.id });
      const volumes: number[] = [];
      observer.on('volumes', ([loudest]) => volumes.push(loudest?.volume ?? 0));

      const webTransport = await router.createPlainTransport({ ...plain, comedia: true });
      const ofWeb = await webTransport.produce({ kind: 'audio', rtpParameters: parametersOf('opus', 0xcafe) });
      const consumer = await transport.consume({ producerId: ofWeb.id, rtpCapabilities: router.rtpCapabilities });
      const listening = await router.createPlainTransport(plain);
      await listening.connect({ ip: listener.address.address, port: listener.address.port });
      await listening.consume({ producerId: ofPhone.id, rtpCapabilities: router.rtpCapabilities });

      const levelOf = ({ rtpParameters }: { rtpParameters: types.RtpParameters }): number =>
        rtpParameters.headerExtensions?.find(({ uri }) => uri === LEVEL_URI)?.id ?? 0;
      const remote = { address: transport.tuple.localAddress, port: transport.tuple.localPort };
      room.add(leg);
      room.setUplink(leg, 0x777, {
        remote,
        payloadType: PAYLOAD_TYPES[codec],
        audioLevelExtensionId: levelOf(ofPhone),
        payloadTypes: new Map([[consumer.rtpParameters.codecs[0]?.payloadType ?? 0, { codec: 'opus' as const }]]),
      });
      room.setSources([consumer.rtpParameters.encodings?.[0]?.ssrc ?? 0]);

      timers.push(sendTone(phone, leg.localAddress, 440));
      const { localAddress, localPort } = webTransport.tuple;
      timers.push(sendTone(web, { address: localAddress, port: localPort }, 1000, levelOf(ofWeb)));
      await hearTone(listener, { frequencyHz: 440, levelDbfs: TONE_DBFS, minSnrDb: codec === 'opus' ? 15 : 25 });
      await hearTone(phone, { frequencyHz: 1000, levelDbfs: TONE_DBFS, minSnrDb: 12 });
      await until(() => volumes.length > 0, 'mediasoup to find the phone speaking');
      expect(volumes.at(-1)).toBe(-15);
    } finally {
      for (const timer of timers) clearInterval(timer);
      for (const end of [phone, web, listener]) end.close();
      room.close();
      leg.close();
      router.close();
    }
  },
);
