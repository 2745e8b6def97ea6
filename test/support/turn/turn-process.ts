import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { until } from '../wait.ts';

const root = join(import.meta.dirname, '../../..');

/** The relay alone, as `npm start -- turn` runs it: a process of its own, configured by its environment. */
export class TurnProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #httpPort: number;
  readonly #hasTls: boolean;
  #output = '';

  /**
   * @param environment `PARLEY_…` variables over free ports on 127.0.0.1.
   * @param file what stands in its parley.yaml.
   */
  static async start(environment: Readonly<Record<string, string>>, file?: string): Promise<TurnProcess> {
    const turn = new TurnProcess(environment, await freeTcpPort(), file);
    await until(
      // The two lines take different ways out of the process, and either may come first.
      () => turn.#output.includes('Parley is ready') && turn.#output.includes('admin API is listening'),
      () => `the relay to be ready; it printed:\n${turn.#output}`,
      { timeoutMs: 30_000 },
    );
    return turn;
  }

  private constructor(environment: Readonly<Record<string, string>>, httpPort: number, file: string | undefined) {
    this.#httpPort = httpPort;
    this.#hasTls = environment['PARLEY_TLS_CERT'] !== undefined;
    this.#folder = mkdtempSync(join(tmpdir(), 'parley-test-'));
    if (file !== undefined) this.writeConfiguration(file);
    this.#child = spawn(process.execPath, [join(root, 'main.ts'), 'turn'], {
      cwd: this.#folder,
      env: {
        PATH: process.env['PATH'],
        PARLEY_HTTP_PORT: String(httpPort),
        PARLEY_ADMIN_PORT: '0',
        PARLEY_TURN_PORT: '0',
        PARLEY_TURN_TLS_PORT: '0',
        PARLEY_TURN_LISTEN_ADDRESSES: '127.0.0.1',
        PARLEY_TURN_RELAY_ADDRESSES: '127.0.0.1',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
  }

  /** Everything it has printed. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the relay does not run');
    return this.#child.pid;
  }

  get port(): number {
    return this.#logged('TURN relay is listening', 'port');
  }

  get tlsPort(): number {
    return this.#logged('TURN relay is listening', 'tlsPort');
  }

  get adminPort(): number {
    return this.#logged('admin API is listening', 'port');
  }

  /** Its parley.yaml, for the next start or reload. */
  writeConfiguration(yaml: string): void {
    writeFileSync(join(this.#folder, 'parley.yaml'), yaml);
  }

  get configurationFile(): string {
    return join(this.#folder, 'parley.yaml');
  }

  /** Where it keeps its secrets. */
  get dataDir(): string {
    return join(this.#folder, 'data');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Status and text of a path on its web port. */
  async httpGet(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#httpPort}${path}`, { headers: { connection: 'close' } });
    return { status: response.status, text: await response.text() };
  }

  #logged(message: string, field: 'port' | 'tlsPort'): number {
    const line = this.#output.split('\n').find((text) => text.includes(message));
    const value = line?.match(new RegExp(`"${field}":(\\d+)`, 'u'))?.[1];
    if (value === undefined) throw new Error(`the relay did not log “${message}”; it printed:\n${this.#output}`);
    return Number(value);
  }

  /** A metric without labels, by its name after `parley_turn_`. */
  async metric(name: string): Promise<number> {
    // Without an agent no connection is kept, which would be one of the relay's descriptors.
    const options = { host: '127.0.0.1', port: this.#httpPort, path: '/metrics', agent: false } as const;
    const request = this.#hasTls ? getSecurely({ ...options, rejectUnauthorized: false }) : get(options);
    const [page] = (await once(request, 'response')) as [IncomingMessage];
    const body = await readText(page);
    return Number(body.match(new RegExp(`^parley_turn_${name} (\\S+)$`, 'mu'))?.[1]);
  }

  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(status.match(/^VmRSS:\s+(\d+) kB$/mu)?.[1]) * 1024;
  }

  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Resolves with its exit code when it has ended. */
  async exit(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const [code] = (await once(this.#child, 'exit')) as [number | null];
    return code;
  }

  /** @returns its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null> {
    const exited = this.exit();
    this.#child.kill(signal);
    return exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freeTcpPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
