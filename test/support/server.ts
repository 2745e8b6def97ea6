import { type ChildProcess, spawn } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  type WriteStream,
} from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from './turn/certificate.ts';
import { until } from './wait.ts';

const root = join(import.meta.dirname, '../..');
const KEPT_OUTPUT_BYTES = 200_000;

export interface ServerOptions {
  /** Name of the file below test/artefacts/logs. */
  readonly logName?: string;
  /** `PARLEY_…` variables over those below. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Serves https with a self-signed certificate, which the browser must be told to accept. */
  readonly tls?: boolean;
}

/** `main.ts` with all roles as a process of its own, on free ports and with a data directory of its own. */
export class ParleyServer {
  /** The page's origin; the same after a restart. */
  readonly url: string;
  readonly httpPort: number;
  private readonly directory: string;
  private readonly environment: Readonly<Record<string, string>>;
  private readonly tls: { readonly cert: string; readonly key: string } | undefined;
  private readonly log: WriteStream;
  private child: ChildProcess | undefined;
  private output = '';

  /** Resolves when a meeting can be held. */
  static async start(options: ServerOptions = {}): Promise<ParleyServer> {
    const server = new ParleyServer(await freeTcpPort(), options);
    try {
      await server.run();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(httpPort: number, options: ServerOptions) {
    const { environment = {}, logName = `server-${httpPort}`, tls = false } = options;
    this.httpPort = httpPort;
    this.url = `${tls ? 'https' : 'http'}://localhost:${httpPort}`;
    this.tls = tls ? certificate() : undefined;
    this.directory = mkdtempSync(join(tmpdir(), 'parley-test-'));
    this.environment = environment;
    const logs = join(root, 'test/artefacts/logs');
    mkdirSync(logs, { recursive: true });
    this.log = createWriteStream(join(logs, `${logName}.log`));
  }

  /** The end of what the process printed, for failed tests. */
  get lastOutput(): string {
    return this.output;
  }

  /** Where it keeps what outlives a restart. */
  get dataDir(): string {
    return join(this.directory, 'data');
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('the server does not run');
    return this.child.pid;
  }

  /** Process ids of the mediasoup workers. */
  workerPids(): number[] {
    return childPids(this.pid).filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('mediasoup'));
  }

  /** Ends it as an operator would and starts it again with the same ports and data directory. */
  async restart(): Promise<void> {
    await this.end('SIGTERM');
    await this.run();
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    this.log.end();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    const child = spawn(process.execPath, ['--max-semi-space-size=4', join(root, 'main.ts')], {
      cwd: this.directory,
      env: {
        // As `npm start` has it.
        NODE_COMPILE_CACHE: join(root, 'node_modules/.parley/compile-cache'),
        ...withoutParley(process.env),
        ...this.defaults(),
        ...this.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-KEPT_OUTPUT_BYTES);
        this.log.write(text);
      });
    }
    const isHealthy = async () =>
      this.tls === undefined ? (await fetch(`${this.url}/health`)).ok : this.output.includes('Parley is ready');
    await until(
      () => child.exitCode !== null || child.signalCode !== null || isHealthy(),
      () => `/health of the server that printed:\n${this.output}`,
      { timeoutMs: 30_000 },
    );
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended with ${child.exitCode ?? child.signalCode} and printed:\n${this.output}`);
    }
  }

  private defaults(): Record<string, string> {
    return {
      PARLEY_HTTP_PORT: String(this.httpPort),
      PARLEY_ADMIN_PORT: '0',
      PARLEY_DATA_DIR: this.dataDir,
      PARLEY_MEDIA_PORT: '0',
      PARLEY_MEDIA_ADDRESS: mediaAddress(),
      PARLEY_TURN_PORT: '0',
      // Most tests are about the bridge, which two people alone would not use: test/e2e/peer.
      PARLEY_WEB_P2P: 'false',
      ...(this.tls === undefined
        ? {}
        : { PARLEY_TLS_CERT: this.tls.cert, PARLEY_TLS_KEY: this.tls.key, PARLEY_TURN_TLS_PORT: '0' }),
    };
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exited;
    clearTimeout(timer);
    if (child.signalCode === 'SIGKILL') throw new Error(`the server did not end within 15 s of ${signal}`);
  }
}

/** The first address that is not the loopback one: Firefox never sends media to 127.0.0.1. */
export function mediaAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return addresses.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}

function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function childPids(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const lists = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'));
  return lists.join(' ').split(' ').filter(Boolean).map(Number);
}

/** The developer's own settings must not reach tests; where the caches lie may. */
function withoutParley(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('PARLEY_') || name === 'PARLEY_CACHE_DIR');
  return Object.fromEntries(kept);
}
