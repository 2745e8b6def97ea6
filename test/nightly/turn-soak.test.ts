import { expect, it } from 'vitest';
import { median } from '../load/statistics.ts';
import { writeLifetime } from '../../turn/stun/lifetime.ts';
import { Method } from '../../turn/stun/message-type.ts';
import { certificate } from '../support/turn/certificate.ts';
import { SocketClient, UdpPeer } from '../support/turn/socket-client.ts';
import { TurnProcess } from '../support/turn/turn-process.ts';

/** turn.md §9.4: ten minutes here, an hour with PARLEY_TEST_SOAK_SECONDS=3600 before a release. */
const SOAK_SECONDS = Number(process.env['PARLEY_TEST_SOAK_SECONDS'] ?? 600);
const SESSIONS = 500;
const CHURN_PER_SECOND = 10;
const PACKETS_PER_SECOND = 2;
const PAYLOAD = Buffer.alloc(200, 7);
const CHANNEL = 0x4000;
/** After the end nothing may be left for longer. */
const AFTERMATH_MS = 5000;
/** Between the medians of the second and the last quarter. A leak of 1 kB a session would be more after ten minutes. */
const MAX_GROWTH_BYTES = 5e6;

const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;

/** A client with a channel to a peer; half of them say goodbye, the others just go, which only streams are noticed by. */
class SoakSession {
  readonly client: SocketClient;

  static async open(turn: TurnProcess, number: number, peer: UdpPeer): Promise<SoakSession> {
    const transport = TRANSPORTS[number % TRANSPORTS.length];
    const client = await (transport === 'udp'
      ? SocketClient.udp(turn.port)
      : SocketClient.stream(transport === 'tls' ? turn.tlsPort : turn.port, { tls: transport === 'tls' }));
    await client.allocate();
    expect(await client.bind(CHANNEL, peer.address)).toBe(0);
    return new SoakSession(client, transport !== 'udp' && number % 2 === 0);
  }

  readonly #goesSilently: boolean;

  private constructor(client: SocketClient, goesSilently: boolean) {
    this.client = client;
    this.#goesSilently = goesSilently;
  }

  send(): void {
    this.client.sendChannelData(CHANNEL, PAYLOAD);
  }

  async close(): Promise<void> {
    if (!this.#goesSilently) await this.client.request(Method.REFRESH, (writer) => writeLifetime(writer, 0));
    await this.client[Symbol.asyncDispose]();
  }
}

/** Resolves at the next whole second of the soak. */
function nextSecond(beganMs: number): Promise<void> {
  const passedMs = performance.now() - beganMs;
  return new Promise((resolve) => setTimeout(resolve, 1000 - (passedMs % 1000)));
}

it(`${SESSIONS} sessions that come and go leave nothing behind`, { timeout: (SOAK_SECONDS + 120) * 1000 }, async () => {
  const { cert, key } = certificate();
  await using turn = await TurnProcess.start({
    PARLEY_TURN_SECRET: 'sekrit',
    PARLEY_TLS_CERT: cert,
    PARLEY_TLS_KEY: key,
    PARLEY_TURN_PEERS_ALLOW: '127.0.0.1/32',
    PARLEY_TURN_LIMITS_ALLOCATIONS_PER_USER: '2000',
    PARLEY_TURN_LIMITS_ALLOCATIONS_PER_ADDRESS: '2000',
    PARLEY_TURN_LIMITS_CONNECTIONS_PER_ADDRESS: '2000',
    // All clients have one address here.
    PARLEY_TURN_LIMITS_STRANGER_ANSWERS_PER_ADDRESS: '2000',
  });
  await using peer = await UdpPeer.open();
  const descriptors = turn.descriptors();
  const sessions: SoakSession[] = [];
  let opened = 0;
  const open = async (): Promise<void> => void sessions.push(await SoakSession.open(turn, opened++, peer));
  while (sessions.length < SESSIONS) await Promise.all(Array.from({ length: CHURN_PER_SECOND }, open));
  const resident: number[] = [];
  const beganMs = performance.now();
  while (performance.now() - beganMs < SOAK_SECONDS * 1000) {
    await nextSecond(beganMs);
    for (let i = 0; i < PACKETS_PER_SECOND; i++) for (const session of sessions) session.send();
    await Promise.all(sessions.splice(0, CHURN_PER_SECOND).map((session) => session.close()));
    await Promise.all(Array.from({ length: CHURN_PER_SECOND }, open));
    resident.push(turn.residentBytes());
    peer.inbox.messages.length = 0;
  }
  expect(await turn.metric('allocations')).toBeGreaterThanOrEqual(SESSIONS);
  await Promise.all(sessions.splice(0).map((session) => session.close()));
  const quarter = Math.floor(resident.length / 4);
  const growth = median(resident.slice(-quarter)) - median(resident.slice(quarter, 2 * quarter));
  const left = async () => ({
    allocations: await turn.metric('allocations'),
    ports: await turn.metric('ports_in_use'),
    connections: await turn.metric('connections'),
    descriptors: turn.descriptors(),
  });
  await expect
    .poll(left, { timeout: AFTERMATH_MS, message: 'everything to be given back' })
    .toEqual({ allocations: 0, ports: 0, connections: 0, descriptors });
  console.log(
    `${opened} sessions in ${SOAK_SECONDS} s; resident memory ${resident[0]} → ${resident.at(-1)} bytes, ` +
      `${growth} between its second and last quarter; ${descriptors} descriptors before and after`,
  );
  expect(turn.output).not.toMatch(/"level":"?(50|error)/u);
  expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
});
