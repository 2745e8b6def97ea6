/**
 * The calls part of `npm run bench -- sip` (docs: sip-and-recording.md §9): a whole server, and a trunk on the loopback address
 * that asks for its options and then keeps calling it: set-up time, failures, memory of a call.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { bindUdp } from '../../sip/media/leg/port-pair.ts';
import type { SipResponse } from '../../sip/message/message.ts';
import { parseMessage } from '../../sip/message/parse.ts';
import { ParleyServer } from '../support/server.ts';
import { gatewayPorts, gatewayServer, NUMBER } from '../support/sip/gateway.ts';
import { until } from '../support/wait.ts';
import { residentBytes } from './process-usage.ts';
import { percentile } from './statistics.ts';

export interface SipCallsOptions {
  /** How long calls keep coming. */
  readonly seconds: number;
}

export const SIP_CALLS_DEFAULTS: SipCallsOptions = { seconds: 60 };

const CALLS_PER_SECOND = 5;
/** So that a hundred last at once; the first question for the PIN is waited for longer. */
const CALL_MS = 20_000;
const OPTIONS_PER_SECOND = 2000;
const OPTIONS_SECONDS = 3;
const WARM_UP_CALLS = 20;
const GONE_MS = 20_000;

// §9.
const MAX_OPTIONS_P99_MS = 20;
const MAX_SET_UP_MS = 50;
const MAX_BYTES_PER_CALL = 2 ** 20;

/** A trunk that speaks SIP over one socket and takes all sound at another. */
class LoadTrunk {
  readonly #sip: Socket;
  readonly #sound: Socket;
  readonly #gatewayPort: number;
  /** By Call-ID and method: what waits for a final response. */
  readonly #waiting = new Map<string, (response: SipResponse) => void>();
  soundPackets = 0;

  static async open(gatewayPort: number): Promise<LoadTrunk> {
    return new LoadTrunk(await bindUdp('127.0.0.1', 0), await bindUdp('127.0.0.1', 0), gatewayPort);
  }

  private constructor(sip: Socket, sound: Socket, gatewayPort: number) {
    this.#sip = sip;
    this.#sound = sound;
    this.#gatewayPort = gatewayPort;
    sip.on('message', (bytes) => this.#onMessage(bytes));
    sound.on('message', () => (this.soundPackets += 1));
  }

  /** @returns milliseconds until the answer; undefined unless it is a 200 within five seconds */
  async options(): Promise<number | undefined> {
    const { durationMs } = await this.#request('OPTIONS', { callId: newToken(), fromTag: newToken() });
    return durationMs;
  }

  /** A call that lasts and is hung up by us. @returns milliseconds from the INVITE to the 200, undefined when it failed */
  async call(lastsMs: number): Promise<number | undefined> {
    const dialog = { callId: newToken(), fromTag: newToken() };
    const { durationMs, response } = await this.#request('INVITE', dialog, this.#description());
    if (durationMs === undefined || response === undefined) return undefined;
    const toTag = response.to.parameters.get('tag') ?? '';
    this.#send('ACK', { ...dialog, toTag });
    await delay(lastsMs);
    const { durationMs: byeMs } = await this.#request('BYE', { ...dialog, toTag });
    return byeMs === undefined ? undefined : durationMs;
  }

  close(): void {
    this.#sip.close();
    this.#sound.close();
  }

  async #request(
    method: string,
    dialog: Dialog,
    body = '',
  ): Promise<{ durationMs: number | undefined; response: SipResponse | undefined }> {
    const key = `${dialog.callId} ${method}`;
    const { promise, resolve } = Promise.withResolvers<SipResponse | undefined>();
    this.#waiting.set(key, resolve);
    const tooLate = setTimeout(() => resolve(undefined), 5000);
    const sentAtMs = performance.now();
    this.#send(method, dialog, body);
    const response = await promise;
    const durationMs = performance.now() - sentAtMs;
    clearTimeout(tooLate);
    this.#waiting.delete(key);
    return { response, durationMs: response?.status === 200 ? durationMs : undefined };
  }

  #onMessage(bytes: Buffer): void {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) throw new Error(`the gateway sent what cannot be read: ${parsed.reason}`);
    const { message } = parsed;
    if (message.kind === 'request' || message.status < 200) return;
    this.#waiting.get(`${message.callId} ${message.cSeq.method}`)?.(message);
  }

  #send(method: string, { callId, fromTag, toTag }: Dialog, body = ''): void {
    const { port } = this.#sip.address();
    const number = { INVITE: 1, ACK: 1, OPTIONS: 1 }[method] ?? 2;
    const lines = [
      `${method} sip:${NUMBER.dialled}@127.0.0.1:${this.#gatewayPort} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK${newToken()}`,
      'Max-Forwards: 70',
      `From: <sip:load@127.0.0.1:${port}>;tag=${fromTag}`,
      `To: <sip:${NUMBER.dialled}@127.0.0.1>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${number} ${method}`,
      `Contact: <sip:load@127.0.0.1:${port}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ];
    this.#sip.send(lines.join('\r\n'), this.#gatewayPort, '127.0.0.1');
  }

  #description(): string {
    const lines = ['v=0', 'o=load 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
    const media = [`m=audio ${this.#sound.address().port} RTP/AVP 0 101`, 'a=rtpmap:101 telephone-event/8000'];
    return `${[...lines, ...media].join('\r\n')}\r\n`;
  }
}

interface Dialog {
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag?: string;
}

function newToken(): string {
  return randomBytes(9).toString('hex');
}

/** Begins something so many times a second. @returns what came of each */
async function paced<Result>(perSecond: number, count: number, begin: () => Promise<Result>): Promise<Result[]> {
  const startedAtMs = performance.now();
  const begun: Promise<Result>[] = [];
  while (begun.length < count) {
    while (begun.length < count && (begun.length * 1000) / perSecond <= performance.now() - startedAtMs)
      begun.push(begin());
    await delay(1);
  }
  return Promise.all(begun);
}

/** @returns whether the targets were met */
export async function benchSipCalls({ seconds }: SipCallsOptions): Promise<boolean> {
  const server = await ParleyServer.start({ logName: 'bench-sip-calls', ...gatewayServer() });
  const { port } = await gatewayPorts(server);
  const trunk = await LoadTrunk.open(port);
  try {
    await paced(OPTIONS_PER_SECOND, OPTIONS_PER_SECOND, () => trunk.options()); // until its code is compiled
    const options = await paced(OPTIONS_PER_SECOND, OPTIONS_PER_SECOND * OPTIONS_SECONDS, () => trunk.options());
    const answered = options.filter((ms) => ms !== undefined);
    const optionsP99Ms = percentile(answered, 0.99);
    console.log(
      `OPTIONS at ${OPTIONS_PER_SECOND}/s: ${answered.length} of ${options.length} answered, p99 ${optionsP99Ms.toFixed(1)} ms`,
    );

    await paced(CALLS_PER_SECOND, WARM_UP_CALLS, () => trunk.call(1000));
    await untilNoCalls(server);
    const baseBytes = residentBytes(server.pid).resident;
    const calling = paced(CALLS_PER_SECOND, CALLS_PER_SECOND * seconds, () => trunk.call(CALL_MS));
    // When the first ones are about to end as many last as ever will.
    await delay(Math.min(CALL_MS, seconds * 1000) - 500);
    const atOnce = await metric(server, 'parley_sip_calls');
    const bytesPerCall = (residentBytes(server.pid).resident - baseBytes) / atOnce;
    const calls = await calling;
    const setUpMs = calls.filter((ms) => ms !== undefined);
    const failed = calls.length - setUpMs.length;
    await untilNoCalls(server);
    console.log(
      `${CALLS_PER_SECOND} calls/s for ${seconds} s: ${failed} of ${calls.length} failed, ${atOnce} at once; INVITE to 200 median ${percentile(setUpMs, 0.5).toFixed(1)} ms, p95 ${percentile(setUpMs, 0.95).toFixed(1)} ms; ${(bytesPerCall / 2 ** 20).toFixed(2)} MiB each; ${trunk.soundPackets} packets of sound`,
    );
    return (
      answered.length === options.length &&
      optionsP99Ms <= MAX_OPTIONS_P99_MS &&
      failed === 0 &&
      percentile(setUpMs, 0.5) <= MAX_SET_UP_MS &&
      bytesPerCall <= MAX_BYTES_PER_CALL &&
      trunk.soundPackets > 0
    );
  } finally {
    trunk.close();
    await server.stop();
  }
}

async function untilNoCalls(server: ParleyServer): Promise<void> {
  await until(async () => (await metric(server, 'parley_sip_calls')) === 0, 'all calls to be gone', {
    timeoutMs: GONE_MS,
  });
}

async function metric(server: ParleyServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'mu').exec(text)?.[1]);
}
