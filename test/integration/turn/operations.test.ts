import { copyFileSync, mkdtempSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTurnCommand } from '../../../cli/turn.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { SocketClient } from '../../support/turn/socket-client.ts';
import { TURN_SECRET } from '../../support/turn/turn-service.ts';
import { TurnProcess } from '../../support/turn/turn-process.ts';
import { until } from '../../support/wait.ts';

const SECRET = `secret: ${TURN_SECRET}`;

/** `npm run turn -- …` against this relay. */
async function turn(relay: TurnProcess, ...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const texts = Promise.all([text(output), text(errors)]);
  const environment = { PARLEY_DATA_DIR: relay.dataDir, PARLEY_ADMIN_PORT: String(relay.adminPort) };
  const code = await runTurnCommand(['--config', relay.configurationFile, ...args], { environment, output, errors });
  output.end();
  errors.end();
  const [printed, complained] = await texts;
  return { code, output: printed, errors: complained };
}

describe('the command', () => {
  it('lists sessions, ends them, drains, tests and gives credentials', async () => {
    await using relay = await TurnProcess.start({}, `turn:\n  ${SECRET}\n`);
    await using client = await SocketClient.udp(relay.port);
    const made = await turn(relay, 'credentials', '--user', 'me');
    expect(made).toMatchObject({ code: 0, errors: '' });
    const credentials = made.output;
    client.credential = {
      username: credentials.match(/^username: (.+)$/mu)?.[1] ?? '',
      password: credentials.match(/^password: (.+)$/mu)?.[1] ?? '',
    };
    await client.allocate();
    const listed = await turn(relay, 'sessions', '--user', 'me');
    expect(listed).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^[0-9a-f]+ {2}me {2}udp 127\.0\.0\.1:/) as string,
    });
    const killed = await turn(relay, 'kill', listed.output.split(' ')[0] ?? '');
    expect(killed).toMatchObject({ code: 0, output: expect.stringContaining('1 ended') as string });
    expect((await turn(relay, 'kill', 'nobody')).errors).toContain('No session fits');
    expect((await turn(relay, 'drain', '0')).output).toContain('draining: 0');
    expect(await turn(relay, 'health')).toMatchObject({ code: 1, output: expect.stringContaining('turn: ') as string });
    expect((await turn(relay, 'undrain')).output).toContain('none drains');
    expect(await turn(relay, 'health')).toMatchObject({ code: 0 });
    expect(await turn(relay, 'selftest')).toMatchObject({
      code: 0,
      output: '127.0.0.1: packets come back\nclients are served\n',
    });
    expect(JSON.parse((await turn(relay, 'status', '--json')).output)).toEqual({
      workers: 1,
      draining: [],
      allocations: 0,
      endsWhenDrained: false,
    });
  });

  it('explains when the server does not run, and what it does not understand', async () => {
    await using relay = await TurnProcess.start({}, `turn:\n  ${SECRET}\n`);
    expect(await turn(relay, 'dance')).toMatchObject({ code: 2, errors: expect.stringContaining('Usage') as string });
    expect((await turn(relay, 'log-level', 'loud')).code).toBe(1);
    await relay.end('SIGTERM');
    const answer = await turn(relay, 'status');
    expect(answer).toMatchObject({ code: 1, errors: expect.stringContaining('PARLEY_ADMIN_PORT') as string });
  });
});

describe('a reload', () => {
  it('takes a good file on SIGHUP, and of a bad one nothing', async () => {
    await using relay = await TurnProcess.start({}, `turn:\n  ${SECRET}\n`);
    relay.writeConfiguration(`turn:\n  secret: a new secret\n  limits: { channels: none }\n  quotas: 5\n`);
    relay.signal('SIGHUP');
    await until(
      () => relay.output.includes('turn.limits.channels') && relay.output.includes('turn.quotas'),
      () => `every mistake to be named; it printed:\n${relay.output}`,
    );
    const refused = await turn(relay, 'reload');
    expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('turn.limits.channels') as string });
    await using client = await SocketClient.udp(relay.port);
    await client.allocate();

    relay.writeConfiguration(`turn:\n  secret: a new secret\n  workers: 2\nlog: { level: warn }\n`);
    relay.signal('SIGHUP');
    await until(
      async () => (await turn(relay, 'log-level')).output === 'warn\n',
      () => `the level of the new file; it printed:\n${relay.output}`,
    );
    await using late = await SocketClient.udp(relay.port);
    await expect(late.allocate()).rejects.toThrow('401');
    const again = await turn(relay, 'reload');
    expect(again.output).toBe('no setting has changed in flight\nwaiting for a restart: turn.workers\n');
  });

  it('replaces the certificate on SIGUSR2 and on command, and keeps it when the new one is bad', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-reload-'));
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const use = (one: { cert: string; key: string }): void => {
      copyFileSync(one.cert, files.cert);
      copyFileSync(one.key, files.key);
    };
    use(certificate('one.example'));
    await using relay = await TurnProcess.start(
      { PARLEY_TLS_CERT: files.cert, PARLEY_TLS_KEY: files.key },
      'turn: {}\n',
    );
    use(certificate('two.example'));
    relay.signal('SIGUSR2');
    await until(
      () => relay.output.includes('TLS certificate replaced'),
      () => `the certificate to be replaced; it printed:\n${relay.output}`,
    );
    copyFileSync(certificate('three.example').cert, files.cert);
    const refused = await turn(relay, 'reload');
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringContaining('does not belong to the certificate') as string,
    });
    use(certificate('three.example'));
    expect((await turn(relay, 'reload')).output).toContain('certificate: replaced');
  });
});

describe('the end of a relay that runs alone', () => {
  it('waits for calls until few enough are left, says that it is not ready, and logs what they were', async () => {
    await using relay = await TurnProcess.start(
      { PARLEY_TURN_DRAIN_MIN_ALLOCATIONS: '1', PARLEY_TURN_SECRET: TURN_SECRET },
      'turn: {}\n',
    );
    await using client = await SocketClient.udp(relay.port);
    await using streaming = await SocketClient.stream(relay.port);
    await client.allocate();
    await streaming.allocate();
    expect((await relay.httpGet('/health')).status).toBe(200);
    relay.signal('SIGTERM');
    await until(
      async () => (await relay.httpGet('/health')).status === 503,
      () => 'the process to say that it is not ready',
    );
    await using late = await SocketClient.udp(relay.port);
    await expect(late.allocate()).rejects.toThrow('508');
    await streaming[Symbol.asyncDispose]();
    expect(await relay.end('SIGCONT')).toBe(0);
    const ended = relay.output.split('\n').filter((line) => line.includes('"allocation ended"'));
    expect(ended.map((line): unknown => JSON.parse(line))).toMatchObject([
      {
        level: 'info',
        transport: 'tcp',
        reason: 'disconnected',
        client: '127.0.0.0/24',
        uplinkBytes: 0,
        downlinkBytes: 0,
      },
      {
        transport: 'udp',
        reason: 'stopped',
        clientPort: expect.any(Number) as number,
        user: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      },
    ]);
    expect(relay.output).not.toContain('tester');
  });

  it('comes too when an administrator has drained it, unless it is taken back or one worker is meant', async () => {
    await using relay = await TurnProcess.start({ PARLEY_TURN_SECRET: TURN_SECRET }, 'turn: {}\n');
    await using client = await SocketClient.stream(relay.port);
    await client.allocate();
    expect((await turn(relay, 'drain', '0')).output).not.toContain('ends');
    expect((await turn(relay, 'drain')).output).toContain('allocations: 1, and the process ends when they have ended');
    expect((await turn(relay, 'undrain')).output).toBe('workers: 1, none drains; allocations: 1\n');
    await using second = await SocketClient.udp(relay.port);
    await second.allocate();
    expect((await turn(relay, 'kill', '--user', 'tester')).output).toContain('2 ended');
    expect((await turn(relay, 'drain')).output).toContain('the process ends');
    expect(await relay.exit()).toBe(0);
    expect(relay.output).toContain('"drained"');
  });

  it('does not come by a drain where calls are not waited for', async () => {
    await using relay = await TurnProcess.start({ PARLEY_TURN_DRAIN_SECONDS: '0' }, 'turn: {}\n');
    expect((await turn(relay, 'drain')).output).toBe('workers: 1, draining: 0; allocations: 0\n');
  });

  it('comes at once on the second signal', async () => {
    await using relay = await TurnProcess.start({ PARLEY_TURN_SECRET: TURN_SECRET }, 'turn: {}\n');
    await using client = await SocketClient.udp(relay.port);
    await client.allocate();
    relay.signal('SIGTERM');
    await until(
      () => relay.output.includes('"draining"'),
      () => 'the drain to begin',
    );
    await relay.end('SIGTERM');
    expect(relay.output.match(/"stopping"/gu)).toHaveLength(1);
  });
});
