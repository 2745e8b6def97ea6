import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
/** Set, to the namespace's address, for what runs inside. */
const INSIDE = 'PARLEY_TEST_NETWORK';
const ADDRESS = '10.88.0.1';
const TIMEOUT_MS = 300_000;
const PROGRAMS = ['unshare', 'ip', 'tc', 'iptables'];
const PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);

/**
 * Firefox sends media only where there is an address besides the loopback one and a default route. The far end of the
 * pair stays unused: packets to our own address never leave the kernel.
 */
const SETUP = [
  'ip link set lo up',
  'ip link add parley0 type veth peer name parley1',
  `ip address add ${ADDRESS}/24 dev parley0`,
  'ip link set parley0 up',
  'ip link set parley1 up',
  'ip route add default dev parley0',
].join(' && ');

/**
 * Runs the tests of the calling file once more in a Vitest of its own inside a network namespace, which ends with it: there
 * they may cut the network. Outside they show as one test; where namespaces cannot be made it is skipped with the reason.
 * @param file `import.meta.filename` of the caller
 */
export function describeInPrivateNetwork(file: string, define: () => void): void {
  if (process.env[INSIDE] !== undefined) {
    define();
    return;
  }
  const obstacle = obstacleToPrivateNetwork();
  const title = 'in a network of its own';
  if (obstacle !== undefined) {
    console.warn(`skipped: ${relative(root, file)} ${title}: ${obstacle}`);
    test.skip(`${title} (${obstacle})`, () => undefined);
    return;
  }
  test(title, { timeout: TIMEOUT_MS }, async () => {
    const results = await runInside(file);
    for (const { title: name, status } of results) console.log(`${status}: ${name}`);
    expect(results.flatMap(({ failureMessages }) => failureMessages ?? [])).toEqual([]);
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(0);
  });
}

function obstacleToPrivateNetwork(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.getuid?.() !== 0) return 'only root may make a network namespace';
  const missing = PROGRAMS.filter((program) => !PATH.split(delimiter).some((path) => existsSync(join(path, program))));
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;
}

interface NestedResult {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[] | null;
}

interface NestedReport {
  readonly testResults: readonly { readonly message: string; readonly assertionResults: readonly NestedResult[] }[];
}

async function runInside(file: string): Promise<readonly NestedResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-network-'));
  const report = join(folder, 'report.json');
  // test/<project>/…
  const [, project = ''] = relative(root, file).split('/');
  const vitest = `vitest run --project=${project} --reporter=default --reporter=json --outputFile.json=${report}`;
  const command = `${SETUP} && exec ${join(root, 'node_modules/.bin')}/${vitest} ${relative(root, file)}`;
  try {
    const { stdout, stderr } = await promisify(execFile)('unshare', ['--net', 'sh', '-c', command], {
      cwd: root,
      env: { ...process.env, PATH, [INSIDE]: ADDRESS },
    }).catch((error: Error & { stdout: string; stderr: string }) => error);
    if (!existsSync(report)) throw new Error(`no report from inside:\n${stdout}\n${stderr}`);
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as NestedReport;
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    if (results.some(({ status }) => status === 'failed')) console.log(stdout, stderr);
    if (results.length === 0) throw new Error(testResults.map(({ message }) => message).join('\n') || stderr);
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export type NetworkCut =
  /** Packets vanish, as when a cable is pulled: media, and signalling to this TCP port. */
  | { readonly kind: 'everything'; readonly httpPort: number }
  /** Sockets to this TCP port are reset and refused; media goes on. */
  | { readonly kind: 'signalling'; readonly httpPort: number }
  | { readonly kind: 'media' }
  /** The network of these UDP ports is gone, as when a device changes to another one: media needs new sockets. */
  | { readonly kind: 'sockets'; readonly udpPorts: readonly number[] };

/** Cuts the network for as long as `during` runs. */
export async function withNetworkCut(cut: NetworkCut, during: () => Promise<void>): Promise<void> {
  const rules = rulesOf(cut);
  for (const rule of rules) iptables('-I', 'INPUT', ...rule);
  try {
    await during();
  } finally {
    for (const rule of rules) iptables('-D', 'INPUT', ...rule);
  }
}

function rulesOf(cut: NetworkCut): string[][] {
  const media = ['-d', ADDRESS, '-j', 'DROP'];
  if (cut.kind === 'media') return [media];
  if (cut.kind === 'sockets') {
    const ports = cut.udpPorts.flatMap((port) => [
      ['-p', 'udp', '--sport', String(port), '-j', 'DROP'],
      ['-p', 'udp', '--dport', String(port), '-j', 'DROP'],
    ]);
    return [...ports, ['-p', 'tcp', ...media]];
  }
  const port = String(cut.httpPort);
  if (cut.kind === 'signalling') {
    const reset = ['-j', 'REJECT', '--reject-with', 'tcp-reset'];
    return [
      ['-p', 'tcp', '--dport', port, ...reset],
      ['-p', 'tcp', '--sport', port, ...reset],
    ];
  }
  return [media, ['-p', 'tcp', '--dport', port, '-j', 'DROP'], ['-p', 'tcp', '--sport', port, '-j', 'DROP']];
}

function iptables(...args: string[]): void {
  if (process.env[INSIDE] === undefined) throw new Error('the firewall of the machine itself is not ours to change');
  execFileSync('iptables', args, { env: { ...process.env, PATH } });
}

/**
 * A link too narrow for what is sent from a UDP port, with a queue before it, for as long as `during` runs; whatever else
 * goes over the machine's own link is not held up.
 */
export async function withNarrowLink(sourcePort: number, kbps: number, during: () => Promise<void>): Promise<void> {
  const [root, wide, narrow] = ['1:', '1:1', '1:3'];
  tc('qdisc', 'add', 'dev', 'lo', 'root', 'handle', root, 'htb', 'default', '1');
  try {
    tc('class', 'add', 'dev', 'lo', 'parent', root, 'classid', wide, 'htb', 'rate', '10gbit');
    tc('class', 'add', 'dev', 'lo', 'parent', root, 'classid', narrow, 'htb', 'rate', `${kbps}kbit`);
    const match = ['match', 'ip', 'sport', String(sourcePort), '0xffff'];
    tc('filter', 'add', 'dev', 'lo', 'parent', root, 'protocol', 'ip', 'u32', ...match, 'flowid', narrow);
    await during();
  } finally {
    tc('qdisc', 'del', 'dev', 'lo', 'root');
  }
}

function tc(...args: string[]): void {
  if (process.env[INSIDE] === undefined) throw new Error('the links of the machine itself are not ours to change');
  execFileSync('tc', args, { env: { ...process.env, PATH }, stdio: 'pipe' });
}
