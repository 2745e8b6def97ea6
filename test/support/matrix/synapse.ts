import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../wait.ts';

/**
 * How Synapse is started here: the words of PARLEY_TEST_SYNAPSE (as `chroot /srv/sid python3 -m synapse.app.homeserver`,
 * where it must see the folder for temporary files), else what is installed. Undefined: it is not.
 */
export function synapseCommand(): readonly string[] | undefined {
  const said = process.env['PARLEY_TEST_SYNAPSE']?.split(' ').filter((word) => word !== '') ?? [];
  if (said.length > 0) return said;
  const { status } = spawnSync('python3', ['-c', 'import synapse.app.homeserver'], { stdio: 'ignore' });
  return status === 0 ? ['python3', '-m', 'synapse.app.homeserver'] : undefined;
}

export interface MatrixUser {
  readonly userId: string;
  readonly accessToken: string;
}

const SHARED_SECRET = 'only this test registers people';

/** A real homeserver on loopback that nobody but this test knows. */
export class Synapse implements AsyncDisposable {
  readonly serverName = 'homeserver.example';
  readonly baseUrl: string;
  readonly #process: ChildProcess;

  static async start([program = '', ...words]: readonly string[]): Promise<Synapse> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-synapse-'));
    const port = await freePort();
    const config = join(folder, 'homeserver.yaml');
    const unlimited = { per_second: 1_000, burst_count: 1_000 };
    const settings = {
      server_name: 'homeserver.example',
      report_stats: false,
      listeners: [{ port, bind_addresses: ['127.0.0.1'], type: 'http', resources: [{ names: ['client', 'openid'] }] }],
      database: { name: 'sqlite3', args: { database: join(folder, 'homeserver.db') } },
      signing_key_path: join(folder, 'signing.key'),
      media_store_path: join(folder, 'media'),
      pid_file: join(folder, 'pid'),
      registration_shared_secret: SHARED_SECRET,
      macaroon_secret_key: 'the macaroons of a test',
      form_secret: 'the forms of a test',
      trusted_key_servers: [],
      rc_message: unlimited,
      rc_registration: unlimited,
    };
    const seed = randomBytes(32).toString('base64').replaceAll('=', '');
    writeFileSync(settings.signing_key_path, `ed25519 a_test ${seed}\n`);
    // JSON is YAML.
    writeFileSync(config, JSON.stringify(settings));
    const process = spawn(program, [...words, '-c', config], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    process.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2_000);
    });
    const synapse = new Synapse(process, `http://127.0.0.1:${port}`);
    const isUp = async () => (await fetch(`${synapse.baseUrl}/_matrix/client/versions`)).ok;
    await until(isUp, () => `Synapse, which says: ${said}`, { timeoutMs: 60_000 });
    return synapse;
  }

  private constructor(process: ChildProcess, baseUrl: string) {
    this.#process = process;
    this.baseUrl = baseUrl;
  }

  /** Synapse admin API, "Shared-Secret Registration". */
  async register(username: string, isAdmin = false): Promise<MatrixUser> {
    const path = '/_synapse/admin/v1/register';
    const { nonce } = await this.ask('GET', path);
    const password = 'a password of a test';
    const signed = [nonce, username, password, isAdmin ? 'admin' : 'notadmin'].join('\0');
    const mac = createHmac('sha1', SHARED_SECRET).update(signed).digest('hex');
    const answer = await this.ask('POST', path, { body: { nonce, username, password, admin: isAdmin, mac } });
    return { userId: String(answer['user_id']), accessToken: String(answer['access_token']) };
  }

  /** @throws Error with the server's words for anything but success. */
  async ask(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    { as, body }: { readonly as?: MatrixUser; readonly body?: object } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: as === undefined ? {} : { authorization: `Bearer ${as.accessToken}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
