/**
 * What our server is compared with: mediasoup as its documentation shows it, one worker, one WebRtcServer, and three
 * HTTP calls instead of signalling. Run as a child; says where it listens with one line.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createWorker } from 'mediasoup';
import type { RtpParameters, WebRtcTransport } from 'mediasoup/types';
import type { OpenedTransport } from './bare-session.ts';

const root = join(import.meta.dirname, '../..');
const workerBin = readFileSync(join(root, 'node_modules/.parley/worker-path'), 'utf8').trim();
const address = process.argv[2] ?? '127.0.0.1';

const codec = { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, preferredPayloadType: 100 } as const;
/** As our bridge has it by default (`sfu.initialBitrateBps`): both ramp up alike. */
const INITIAL_BITRATE_BPS = 2_500_000;
const worker = await createWorker({ workerBin, logLevel: 'error' });
const webRtcServer = await worker.createWebRtcServer({ listenInfos: [{ protocol: 'udp', ip: address, port: 0 }] });
const router = await worker.createRouter({ mediaCodecs: [codec] });
const videoExtensions = (router.rtpCapabilities.headerExtensions ?? []).filter(({ kind }) => kind === 'video');
const transports = new Map<string, WebRtcTransport>();
let producerId: string | undefined;

/** POST /transport: opens one. */
async function openTransport(fingerprint: string): Promise<OpenedTransport> {
  const transport = await router.createWebRtcTransport({
    webRtcServer,
    initialAvailableOutgoingBitrate: INITIAL_BITRATE_BPS,
  });
  await transport.connect({
    dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] },
  });
  transports.set(transport.id, transport);
  const candidate = transport.iceCandidates[0];
  const { usernameFragment, password } = transport.iceParameters;
  return {
    id: transport.id,
    usernameFragment,
    password,
    address: candidate?.address ?? '',
    port: candidate?.port ?? 0,
    payloadType: codec.preferredPayloadType,
    extensions: videoExtensions,
  };
}

/** POST /publish: what arrives on the transport with this SSRC is the video. */
async function publish(id: string, ssrc: number) {
  const rtpParameters: RtpParameters = {
    codecs: [{ mimeType: codec.mimeType, clockRate: codec.clockRate, payloadType: codec.preferredPayloadType }],
    encodings: [{ ssrc }],
  };
  const producer = await transports.get(id)?.produce({ kind: 'video', rtpParameters });
  producerId = producer?.id;
  return {};
}

/** POST /receive: forwards the video to the transport. */
async function receive(id: string) {
  if (producerId === undefined) throw new Error('nothing is published');
  const { rtpCapabilities } = router;
  await transports.get(id)?.consume({ producerId, rtpCapabilities });
  return {};
}

interface ControlRequest {
  readonly id: string;
  readonly ssrc: number;
  readonly fingerprint: string;
}

function answer(path: string | undefined, request: ControlRequest): Promise<object> {
  if (path === '/transport') return openTransport(request.fingerprint);
  return path === '/publish' ? publish(request.id, request.ssrc) : receive(request.id);
}

async function readJson(request: IncomingMessage): Promise<ControlRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as ControlRequest;
}

const server = createServer((request, response) => {
  readJson(request)
    .then((body) => answer(request.url, body))
    .then(
      (result) => response.end(JSON.stringify(result)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
});
server.listen(0, '127.0.0.1', () => {
  const bound = server.address();
  console.log(`ready http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`);
});
// mediasoup ends its workers on this signal, and with its handler in place Node does not end by itself any more.
process.once('SIGTERM', () => process.exit(0));
