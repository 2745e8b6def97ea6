/**
 * Opens TURN sessions with real Allocate and ChannelBind, then paces ChannelData through them, or plain datagrams from
 * the peers back, and counts what arrives at the far end. Sends and receives in batches through the relay's own addon,
 * so that one core can ask more of a server than it can give.
 *
 *   node turn-generator.ts '<GeneratorTask as JSON>'  →  `begin` after a warm-up, then GeneratorResult as JSON
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpoint, type Endpoint } from '../../turn/endpoint.ts';
import { DEFAULT_SEND_OPTIONS, Received, RECEIVED_STRIDE } from '../../turn/io/datagram-io.ts';
import { loadAddon, NativeIo } from '../../turn/io/native-io.ts';
import { AttributeType } from '../../turn/stun/attribute-type.ts';
import { writeChannelNumber } from '../../turn/stun/channel-number.ts';
import { Method } from '../../turn/stun/message-type.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from '../../turn/stun/requested-transport.ts';
import { writeXorAddress } from '../../turn/stun/xor-address.ts';
import { addressOf, challengeOf, clientMessage, resultOf } from '../support/turn/turn-message.ts';
import { percentile } from './statistics.ts';
import { BENCH_USER } from './turn-servers.ts';

export interface GeneratorTask {
  port: number;
  speaksTurn: boolean;
  /** `idle` opens the sessions, begins, opens as many again and sends nothing. */
  direction: 'up' | 'down' | 'binding' | 'idle';
  sessions: number;
  /** Datagrams a session sends in a row. */
  burst: number;
  payloadBytes: number;
  packetsPerSecond: number;
  seconds: number;
}

export interface GeneratorResult {
  sent: number;
  delivered: number;
  /** What arrived and the generator was too slow to read. */
  overflows: number;
  /** Microseconds from sending to arrival, one way. */
  p50Us: number;
  p99Us: number;
}

interface Session {
  client: number;
  peer: number;
  relayed: Endpoint;
}

const CHANNEL = 0x4000;
const ANSWER_TIMEOUT_MS = 3000;
const WARM_UP_SECONDS = 1;
const SETTLE_MS = 300;
const MAX_SAMPLES = 400_000;
const LOOPBACK = endpoint('127.0.0.1', 0);

const addonPath = readFileSync(join(import.meta.dirname, '../../node_modules/.parley/turn-addon-path'), 'utf8').trim();
const io = new NativeIo(loadAddon(addonPath));

function openSocket(): number {
  const socket = io.open({ address: LOOPBACK, port: 0, kind: 'listener', sharesPort: false });
  if (socket < 0) throw new Error(`no socket: ${socket}`);
  return socket;
}

function sendBytes(socket: number, bytes: Uint8Array, to: Endpoint): void {
  const offset = io.stage(bytes.length);
  io.slab.set(bytes, offset);
  io.send(socket, offset, bytes.length, to, DEFAULT_SEND_OPTIONS);
  io.flush();
}

/** Sends a request and waits for the next datagram on its socket. */
async function ask(socket: number, request: Uint8Array, to: Endpoint): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the server does not answer')), ANSWER_TIMEOUT_MS);
    io.onReceived = (count) => {
      for (let i = 0; i < count; i++) {
        const record = i * RECEIVED_STRIDE;
        if (io.received[record + Received.SOCKET] !== socket) continue;
        const offset = io.received[record + Received.OFFSET] ?? 0;
        clearTimeout(timer);
        resolve(Buffer.from(io.slab.subarray(offset, offset + (io.received[record + Received.LENGTH] ?? 0))));
        return;
      }
    };
    sendBytes(socket, request, to);
  });
}

function allocate(credential?: Parameters<typeof clientMessage>[0]['credential']): Buffer {
  return clientMessage({
    method: Method.ALLOCATE,
    credential,
    write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP),
  });
}

async function openSession(server: Endpoint, speaksTurn: boolean): Promise<Session> {
  const client = openSocket();
  const peer = openSocket();
  const peerAddress = endpoint('127.0.0.1', io.portOf(peer));
  if (!speaksTurn) {
    const relayPort = Number((await ask(client, Buffer.from(`bind ${peerAddress.port}`), server)).toString());
    return { client, peer, relayed: endpoint('127.0.0.1', relayPort) };
  }
  const credential = { ...BENCH_USER, ...challengeOf(await ask(client, allocate(), server)) };
  const relayed = addressOf(await ask(client, allocate(credential), server), AttributeType.XOR_RELAYED_ADDRESS);
  // A binding permits its peer (RFC 8656 §12.2), but not every server knows that.
  const permitted = await ask(
    client,
    clientMessage({
      method: Method.CREATE_PERMISSION,
      credential,
      write: (writer) => writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peerAddress),
    }),
    server,
  );
  const bound = await ask(
    client,
    clientMessage({
      method: Method.CHANNEL_BIND,
      credential,
      write: (writer) => {
        writeChannelNumber(writer, CHANNEL);
        writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peerAddress);
      },
    }),
    server,
  );
  if (relayed === undefined || resultOf(permitted) !== 0 || resultOf(bound) !== 0)
    throw new Error('the server refuses a session');
  return { client, peer, relayed };
}

/** Sends at the rate, burst by burst and session by session, until the time is over. */
async function pace(task: GeneratorTask, seconds: number, sendBurst: (session: number) => void): Promise<number> {
  const beginMs = performance.now();
  const endMs = beginMs + seconds * 1000;
  let sent = 0;
  // Bursts whose time has come, sent or not.
  let pastBursts = 0;
  let session = 0;
  for (let nowMs = beginMs; nowMs < endMs; nowMs = performance.now()) {
    const dueBursts = Math.floor((((nowMs - beginMs) / 1000) * task.packetsPerSecond) / task.burst) - pastBursts;
    // A pause of the machine is not made up for: that would be a burst nobody asked for.
    for (let i = 0; i < Math.min(dueBursts, 64); i++) {
      sendBurst(session);
      session = (session + 1) % task.sessions;
      sent += task.burst;
    }
    pastBursts += dueBursts;
    io.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

/** What is on its way still arrives. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

async function run(task: GeneratorTask): Promise<GeneratorResult> {
  const server = endpoint('127.0.0.1', task.port);
  const sessions: Session[] = [];
  for (let i = 0; i < task.sessions; i++) {
    sessions.push(
      task.direction === 'binding'
        ? { client: openSocket(), peer: -1, relayed: server }
        : await openSession(server, task.speaksTurn),
    );
  }
  if (task.direction === 'idle') {
    process.stdout.write('begin\n');
    for (let i = 0; i < task.sessions; i++) sessions.push(await openSession(server, task.speaksTurn));
    return { sent: 0, delivered: 0, overflows: 0, p50Us: Number.NaN, p99Us: Number.NaN };
  }
  const headerBytes = task.direction === 'up' ? 4 : 0;
  const bytes = Buffer.alloc(headerBytes + task.payloadBytes);
  if (task.direction === 'up') {
    bytes.writeUInt16BE(CHANNEL, 0);
    bytes.writeUInt16BE(task.payloadBytes, 2);
  }
  const binding = clientMessage({ method: Method.BINDING });
  const arrivalOffset = task.direction === 'down' ? 4 : 0;
  const latenciesUs: number[] = [];
  let delivered = 0;
  io.onReceived = (count) => {
    delivered += count;
    if (task.direction === 'binding' || latenciesUs.length >= MAX_SAMPLES) return;
    const nowMs = performance.now();
    for (let i = 0; i < count; i++) {
      const offset = (io.received[i * RECEIVED_STRIDE + Received.OFFSET] ?? 0) + arrivalOffset;
      latenciesUs.push((nowMs - io.slab.readDoubleLE(offset)) * 1000);
    }
  };
  const message = task.direction === 'binding' ? binding : bytes;
  const sendBurst = (index: number): void => {
    const session = sessions[index];
    if (session === undefined) return;
    const socket = task.direction === 'down' ? session.peer : session.client;
    const to = task.direction === 'down' ? session.relayed : server;
    if (task.direction !== 'binding') message.writeDoubleLE(performance.now(), headerBytes);
    for (let i = 0; i < task.burst; i++) {
      const offset = io.stage(message.length);
      io.slab.set(message, offset);
      io.send(socket, offset, message.length, to, DEFAULT_SEND_OPTIONS);
    }
  };
  // Neither the sessions' set-up nor the compiling of hot code is what is measured.
  await pace(task, WARM_UP_SECONDS, sendBurst);
  await settle();
  delivered = latenciesUs.length = 0;
  const before = io.stats();
  process.stdout.write('begin\n');
  const queued = await pace(task, task.seconds, sendBurst);
  await settle();
  const after = io.stats();
  const sent = queued - (after.sendErrors - before.sendErrors);
  const overflows = after.receiveOverflows - before.receiveOverflows;
  return { sent, delivered, overflows, p50Us: percentile(latenciesUs, 0.5), p99Us: percentile(latenciesUs, 0.99) };
}

const result = await run(JSON.parse(process.argv[2] ?? '{}') as GeneratorTask);
io.stop();
process.stdout.write(`${JSON.stringify(result)}\n`);
