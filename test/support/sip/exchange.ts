import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { until } from '../wait.ts';
import { programPath } from './program.ts';

/** The gateway's account at the exchange. */
export const ACCOUNT = { username: 'gateway', password: 's3cret' };

/** A real telephone exchange: Kamailio, which demands digest of registrations and of the gateway's calls. */
export class Exchange {
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;
  output = '';

  static get isInstalled(): boolean {
    return programPath('kamailio') !== undefined;
  }

  /** @param phonePort where calls of the gateway are put through to, whoever is called */
  static async start(port: number, phonePort: number): Promise<Exchange> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-exchange-'));
    const file = join(folder, 'kamailio.cfg');
    writeFileSync(file, configuration(port, phonePort));
    const flags = ['-DD', '-E', '-f', file, '-m', '64', '-M', '8', '-Y', folder];
    const child = spawn(programPath('kamailio') ?? 'kamailio', flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    const exchange = new Exchange(port, folder, child);
    await until(
      () => answers(port) || child.exitCode !== null,
      () => `Kamailio, which printed:\n${exchange.output}`,
    );
    if (child.exitCode !== null) throw new Error(`Kamailio ended and printed:\n${exchange.output}`);
    return exchange;
  }

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const MODULES = 'tm tmx sl rr pv maxfwd usrloc registrar textops siputils auth kex corex';

function configuration(port: number, phonePort: number): string {
  const realm = '127.0.0.1';
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
alias="127.0.0.1:${port}"
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
mpath="${modulePath()}/"
${MODULES.split(' ')
  .map((module) => `loadmodule "${module}.so"`)
  .join('\n')}
modparam("usrloc", "db_mode", 0)
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
    sl_send_reply("404", "Not here");
    exit;
  }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("${realm}", "${ACCOUNT.password}", "0")) { www_challenge("${realm}", "1"); exit; }
    save("location");
    exit;
  }
  t_check_trans();
  if (!is_method("INVITE")) { sl_send_reply("405", "Method Not Allowed"); exit; }
  record_route();
  if ($fU == "${ACCOUNT.username}") {
    if (!pv_proxy_authenticate("${realm}", "${ACCOUNT.password}", "0")) { proxy_challenge("${realm}", "1"); exit; }
    consume_credentials();
    $ru = "sip:caller@127.0.0.1:${phonePort}";
    t_relay();
    exit;
  }
  $ru = "sip:${ACCOUNT.username}@${realm}:${port}";
  if (!lookup("location")) { sl_send_reply("404", "Nobody registered"); exit; }
  t_relay();
  exit;
}
`;
}

function modulePath(): string {
  const files = execFileSync('dpkg', ['-L', 'kamailio'], { encoding: 'utf8' }).split('\n');
  return dirname(files.find((file) => file.endsWith('modules/tm.so')) ?? '');
}

/** Whether something holds the port: it cannot be bound any more. */
function answers(port: number): boolean {
  return execFileSync('cat', ['/proc/net/udp'], { encoding: 'utf8' }).includes(
    `:${port.toString(16).toUpperCase().padStart(4, '0')} `,
  );
}
