import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Endpoint, endpoint, ipv4 } from '../../turn/endpoint.ts';
import { DEFAULT_SEND_OPTIONS } from '../../turn/io/datagram-io.ts';
import { loadAddon, NativeIo } from '../../turn/io/native-io.ts';
import { Method } from '../../turn/stun/message-type.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from '../../turn/stun/requested-transport.ts';
import { TurnProcess } from '../support/turn/turn-process.ts';
import { clientMessage } from '../support/turn/turn-message.ts';

const WARM_UP_SOURCES = 50_000;
const SOURCES = 100_000;
/**
 * Memory that sources left behind would be more after each round; what the heap takes by the way, a lot with node:dgram
 * and its objects, comes to an end.
 */
const ROUNDS = { native: 3, dgram: 8 };
/** In steps, so that no buffer overflows and every source is heard. */
const SOURCES_A_STEP = 200;
/** Answers are withheld past the limit; then the next step begins without them. */
const STEP_MS = 200;

const addonPath = readFileSync(join(import.meta.dirname, '../../node_modules/.parley/turn-addon-path'), 'utf8').trim();

/** An address of 127.0.0.0/8 for each number: all of them are this machine's. */
function source(number: number): Endpoint {
  return ipv4((127 << 24) | (number + 256));
}

it.each(['native', 'dgram'] as const)(
  'a hundred thousand strangers leave neither memory nor descriptors behind in the relay over %s',
  async (backEnd) => {
    await using turn = await TurnProcess.start({ PARLEY_TURN_SECRET: 'sekrit', PARLEY_TURN_IO: backEnd });
    const server = endpoint('127.0.0.1', turn.port);
    const io = new NativeIo(loadAddon(addonPath));
    const heard = { answers: 0 };
    io.onReceived = (count) => (heard.answers += count);
    const allocate = clientMessage({
      method: Method.ALLOCATE,
      write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP),
    });
    const binding = clientMessage({ method: Method.BINDING });
    const flood = async (first: number, count: number): Promise<void> => {
      for (let done = 0; done < count; done += SOURCES_A_STEP) {
        const sockets: number[] = [];
        for (let i = 0; i < SOURCES_A_STEP; i++) {
          const socket = io.open({ address: source(first + done + i), port: 0, kind: 'listener', sharesPort: false });
          const message = i % 2 === 0 ? allocate : binding;
          const offset = io.stage(message.length);
          io.slab.set(message, offset);
          io.send(socket, offset, message.length, server, DEFAULT_SEND_OPTIONS);
          sockets.push(socket);
        }
        io.flush();
        const isDueMs = performance.now() + STEP_MS;
        const wanted = heard.answers + SOURCES_A_STEP;
        while (heard.answers < wanted && performance.now() < isDueMs)
          await new Promise((resolve) => setImmediate(resolve));
        for (const socket of sockets) io.close(socket);
      }
    };
    await flood(0, WARM_UP_SOURCES);
    const descriptors = turn.descriptors();
    const growths: number[] = [];
    for (let round = 0; round < ROUNDS[backEnd]; round++) {
      const resident = turn.residentBytes();
      await flood(WARM_UP_SOURCES + round * SOURCES, SOURCES);
      growths.push(turn.residentBytes() - resident);
    }
    const total = WARM_UP_SOURCES + ROUNDS[backEnd] * SOURCES;
    await expect.poll(() => turn.metric('bindings_total'), { message: 'every source to be heard' }).toBe(total / 2);
    console.log(
      `${backEnd}: resident memory grew by ${growths.join(', ')} bytes with each ${SOURCES} sources, to ` +
        `${turn.residentBytes()}; ${heard.answers} answers, ${await turn.metric('suppressed_answers_total')} withheld`,
    );
    await expect.poll(() => turn.descriptors(), { message: 'the descriptors of before' }).toBe(descriptors);
    expect(await turn.metric('allocations')).toBe(0);
    expect(Math.min(...growths)).toBeLessThan(1e6);
    io.stop();
  },
);
