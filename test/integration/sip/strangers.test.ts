import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ParleyServer } from '../../support/server.ts';
import { gatewayPorts, gatewayServer } from '../../support/sip/gateway.ts';
import { programPath, skipReason } from '../../support/sip/program.ts';
import { until } from '../../support/wait.ts';

const TRUNK = '127.0.0.1';
const STRANGER = '127.0.0.2';

let server: ParleyServer;
let port: number;

beforeAll(async () => {
  server = await ParleyServer.start(gatewayServer());
  ({ port } = await gatewayPorts(server));
});
afterAll(() => server.stop());

/** A UDP socket at an address, and what it hears. */
async function socketAt(address: string) {
  const socket = createSocket('udp4');
  const heard: string[] = [];
  socket.on('message', (bytes) => heard.push(bytes.toString()));
  socket.bind(0, address);
  await once(socket, 'listening');
  const say = (text: string): void => socket.send(text, port, TRUNK);
  return { heard, say, [Symbol.dispose]: () => socket.close() };
}

function request(method: string, from: string, callId: string): string {
  return [
    `${method} sip:302101234567@${TRUNK} SIP/2.0`,
    `Via: SIP/2.0/UDP ${from};rport;branch=z9hG4bK${callId}`,
    `From: <sip:100@${from}>;tag=1`,
    `To: <sip:100@${TRUNK}>`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:100@${from}>`,
    'Max-Forwards: 70',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}

/** Waits until the gateway has come past everything that was said to it before. */
async function passed(callId: string): Promise<void> {
  using trunk = await socketAt(TRUNK);
  trunk.say(request('OPTIONS', TRUNK, callId));
  await until(() => trunk.heard.some((answer) => answer.startsWith('SIP/2.0 200')), 'an answer to the trunk');
}

test('an address that is no trunk’s hears nothing, whatever it says', async () => {
  using stranger = await socketAt(STRANGER);
  for (const method of ['OPTIONS', 'INVITE', 'REGISTER', 'ACK', 'BYE']) stranger.say(request(method, STRANGER, method));
  stranger.say('INVITE sip:100 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;rport\r\n\r\n');
  stranger.say('\r\n\r\n');
  await passed('after');
  expect(stranger.heard).toEqual([]);
});

test('an address that is no trunk’s is not connected to', async () => {
  const socket = connect({ host: TRUNK, port, localAddress: STRANGER });
  const heard: Buffer[] = [];
  socket.on('data', (bytes) => heard.push(bytes));
  socket.on('error', () => undefined); // reset or ended, as the system likes
  socket.on('connect', () => socket.write(request('OPTIONS', STRANGER, 'tcp')));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(heard).toEqual([]);
});

test('a trunk may send a second’s worth of calls many times over and is never shut out', async () => {
  using trunk = await socketAt(TRUNK);
  for (let i = 0; i < 100; i++) trunk.say(request('OPTIONS', TRUNK, `burst-${i}`));
  await until(
    () => trunk.heard.length >= 100,
    () => `100 answers, but ${trunk.heard.length}`,
  );
});

describe.each([
  ['svmap', 'sipvicious', (target: number) => ['-p', String(target), TRUNK], /127\.0\.0\.1:\d+/],
  ['svwar', 'sipvicious', (target: number) => ['-e100-101', '-m', 'INVITE', '-p', String(target), TRUNK], /\b10[01]\b/],
  ['sipsak', 'sipsak', (target: number) => ['-vv', '-D', '4', '-s', `sip:100@${TRUNK}:${target}`], /SIP\/2\.0 200/],
])('a scanner', (program, debianPackage, argumentsFor, finding) => {
  const reason = skipReason(program, debianPackage);

  /** What it says about a gateway; that it found nothing it says with whatever exit code. */
  async function scan(target: number): Promise<string> {
    const scanning = promisify(execFile)(programPath(program) ?? program, argumentsFor(target), { timeout: 20_000 });
    const { stdout, stderr } = await scanning.catch((error: { stdout: string; stderr: string }) => error);
    return stdout + stderr;
  }

  test.skipIf(reason !== '')(
    `${program} finds the gateway from a trunk, and nothing from elsewhere${reason}`,
    async () => {
      expect(await scan(port)).toMatch(finding);
      // This one does not know the address that is scanned from.
      const guarded = await ParleyServer.start(
        gatewayServer({ trunks: [{ name: 'elsewhere', sources: ['127.0.0.3'] }] }),
      );
      try {
        const said = await scan((await gatewayPorts(guarded)).port);
        expect(said).not.toBe('');
        expect(said).not.toMatch(finding);
        expect(said).not.toMatch(/parley/i);
      } finally {
        await guarded.stop();
      }
    },
  );
});
