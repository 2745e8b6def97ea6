import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UdpPeer } from '../../support/turn/socket-client.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { startTurnService, TURN_SECRET, type TurnService } from '../../support/turn/turn-service.ts';
import { until } from '../../support/wait.ts';

const root = join(import.meta.dirname, '../../..');

/** Where a program is, set-up's own folder included; undefined when the machine has none. */
function find(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(root, 'node_modules/.parley/bin')];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

interface Outcome {
  status: number | null;
  output: string;
}

/** What a run of the client sent and what came back. */
function totals({ output }: Outcome): { sent: number; received: number } {
  const [, sent, received] = output.match(/start_mclient: tot_send_msgs=(\d+), tot_recv_msgs=(\d+)\s*$/m) ?? [];
  return { sent: Number(sent), received: Number(received) };
}

function run(program: string, args: string[], timeoutMs = 60_000): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

const uclient = find('turnutils_uclient');
const peerProgram = find('turnutils_peer');
const stunclient = find('turnutils_stunclient');
const natdiscovery = find('turnutils_natdiscovery');
const COMMON = ['-W', TURN_SECRET, '-u', 'bench', '-m', '2', '-n', '20'];

/** Options of coturn's client beside the common ones (turn.md §9.3). */
const RUNS: { what: string; args: string[]; tls?: boolean; host?: string; native?: boolean }[] = [
  { what: 'channels, client to client', args: ['-y', '-l', '170'] },
  { what: 'Send and Data indications', args: ['-y', '-s', '-l', '170'] },
  { what: 'TCP', args: ['-t', '-y', '-l', '170'] },
  { what: 'TLS', args: ['-t', '-S', '-y', '-l', '170'], tls: true },
  { what: 'an IPv6 relay', args: ['-y', '-x', '-c', '-l', '170', '-L', '::1'], host: '::1' },
  { what: 'a dual allocation', args: ['-y', '-Z', '-l', '170'] },
  // Not offered, and the client goes on without (RFC 8016).
  { what: 'the wish for mobility', args: ['-y', '-M', '-l', '170'] },
  { what: 'DONT-FRAGMENT', args: ['-y', '-g', '-l', '170'], native: true },
  { what: 'odd sizes with padding and extra requests', args: ['-y', '-D', '-G', '-l', '171'] },
  { what: 'the negative run', args: ['-y', '-N', '-l', '170'] },
  { what: 'random disconnects', args: ['-y', '-B', '-l', '170'] },
];

// TLS may report a few late packets, also against coturn.
const LEAST_SHARE = 0.95;

describe.skipIf(uclient === undefined)('coturn’s client (turnutils_uclient)', () => {
  describe.each(['native', 'dgram'] as const)('against the %s back end', (io) => {
    let service: TurnService;

    beforeAll(async () => {
      service = await startTurnService({
        tls: certificate(),
        config: {
          io,
          legacyChannels: true,
          // All runs at once are one user.
          limits: { allocationsPerUser: 1000 },
          relayAddresses: ['127.0.0.1', '::1'],
          peers: { allow: ['127.0.0.1/32', '::1/128'], deny: [], only: [] },
        },
      });
    });

    afterAll(() => service[Symbol.asyncDispose]());

    it.concurrent.each(RUNS.filter(({ native }) => native !== true || io === 'native'))(
      'loses no packet with $what',
      { timeout: 90_000 },
      async ({ args, tls, host }) => {
        const port = tls === true ? service.tlsPort : service.port;
        const outcome = await run(uclient ?? '', [...COMMON, ...args, '-p', String(port), host ?? '127.0.0.1']);
        const { sent, received } = totals(outcome);
        expect(outcome, outcome.output).toMatchObject({ status: 0 });
        expect(sent).toBeGreaterThan(0);
        expect(received / sent).toBeGreaterThanOrEqual(tls === true ? LEAST_SHARE : 1);
      },
    );

    it.skipIf(peerProgram === undefined)('loses no packet to an external peer', { timeout: 90_000 }, async () => {
      await using stack = new AsyncDisposableStack();
      const port = await freeUdpPort();
      const peer = spawn(peerProgram ?? '', ['-p', String(port), '-L', '127.0.0.1'], { stdio: 'ignore' });
      stack.defer(() => void peer.kill());
      await until(
        () => readFileSync('/proc/net/udp', 'utf8').includes(`0100007F:${port.toString(16).toUpperCase()}`),
        'the peer to listen',
      );
      const args = [...COMMON, '-l', '170', '-e', '127.0.0.1', '-r', String(port), '-X', '-p', String(service.port)];
      const outcome = await run(uclient ?? '', [...args, '127.0.0.1']);
      expect(outcome, outcome.output).toMatchObject({ status: 0 });
      expect(totals(outcome)).toEqual({ sent: 40, received: 40 });
    });

    it('is told that TCP allocations are not offered (RFC 6062)', async () => {
      const { output } = await run(
        uclient ?? '',
        [...COMMON, '-T', '-y', '-p', String(service.port), '127.0.0.1'],
        5000,
      );
      expect(output).toContain('error 442');
    });

    // Against coturn too this run never ends: it sends requests that are wrong and waits.
    it('meets no bug with its malformed requests, and others are served meanwhile', { timeout: 30_000 }, async () => {
      const port = String(service.port);
      const malformed = run(uclient ?? '', [...COMMON, '-y', '-R', '-l', '170', '-p', port, '127.0.0.1'], 8000);
      const served = await run(uclient ?? '', [...COMMON, '-y', '-l', '170', '-p', port, '127.0.0.1']);
      expect(totals(served)).toEqual({ sent: 80, received: 80 });
      await malformed;
      expect(await service.context.metrics.metrics()).toContain('parley_turn_bugs_total 0');
    });

    it.skipIf(stunclient === undefined)('finds its address by STUN', async () => {
      const { output } = await run(stunclient ?? '', ['-p', String(service.port), '127.0.0.1'], 5000);
      expect(output).toContain('UDP reflexive addr: 127.0.0.1:');
    });

    it.skipIf(natdiscovery === undefined)(
      'finds its address, and no second one of ours, by NAT discovery',
      async () => {
        const args = ['-m', '-f', '-p', String(service.port), '127.0.0.1'];
        const { output } = await run(natdiscovery ?? '', args, 8000);
        expect(output).toContain('UDP reflexive addr: 127.0.0.1:');
        // RFC 5780 is not offered.
        expect(output).not.toContain('Other addr');
      },
    );
  });
});

async function freeUdpPort(): Promise<number> {
  await using probe = await UdpPeer.open();
  return probe.address.port;
}
