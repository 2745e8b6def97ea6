import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { measureTone } from '../audio/goertzel.ts';
import { until } from '../wait.ts';
import { programPath } from './program.ts';
import { growingWav, toneWav } from './wav.ts';

export type PhoneCodec = 'PCMU' | 'PCMA' | 'G722' | 'opus';

export interface TelephoneOptions {
  readonly codec?: PhoneCodec;
  /** What it says all the time. */
  readonly tone?: { readonly frequencyHz: number; readonly amplitude: number };
  /** Whom its calls and registrations go to, as `127.0.0.1:5060`. */
  readonly server: string;
  readonly transport?: 'udp' | 'tcp' | 'tls';
  readonly user?: string;
  /** More parameters of its account. */
  readonly account?: string;
  /** Files of its certificate, one with both. */
  readonly certificate?: string;
  /** Its SIP port; default a free one. */
  readonly port?: number;
  /** Where its sound comes from; default loopback. */
  readonly address?: string;
}

/** How baresip's file source must be fed, and its name of the codec. */
const CODECS: Readonly<
  Record<PhoneCodec, { readonly sampleRateHz: number; readonly channels: number; readonly name: string }>
> = {
  PCMU: { sampleRateHz: 8_000, channels: 1, name: 'PCMU/8000/1' },
  PCMA: { sampleRateHz: 8_000, channels: 1, name: 'PCMA/8000/1' },
  G722: { sampleRateHz: 16_000, channels: 1, name: 'G722/16000/1' },
  opus: { sampleRateHz: 48_000, channels: 2, name: 'opus/48000/2' },
};
const TONE_SECONDS = 60;
const START_TRIES = 3;
const MODULES = 'g711 g722 opus aufile aubridge sndfile srtp uuid';

/** A real telephone: baresip without a sound card. What it hears is written down. */
export class Telephone {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #control: Socket;
  readonly #options: TelephoneOptions;
  /** What baresip printed. */
  output = '';
  /** What it told about its calls, newest last: `CALL_ESTABLISHED` … */
  readonly events: string[] = [];

  /** Whether there is a baresip to be had. */
  static get isInstalled(): boolean {
    return programPath('baresip') !== undefined;
  }

  /** Its ports were free a moment ago; where somebody was faster it tries others. */
  static async start(options: TelephoneOptions): Promise<Telephone> {
    for (let tried = 1; ; tried++) {
      try {
        return await Telephone.#start(options);
      } catch (error) {
        if (tried === START_TRIES) throw error;
      }
    }
  }

  static async #start(options: TelephoneOptions): Promise<Telephone> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-phone-'));
    const controlPort = await freePort();
    const sipPort = options.port ?? (await freePort());
    const { codec = 'PCMU', user = 'caller', transport = 'udp', account = '' } = options;
    const address = options.address ?? '127.0.0.1';
    const { frequencyHz, amplitude } = options.tone ?? { frequencyHz: 440, amplitude: 0 };
    const { sampleRateHz, channels, name } = CODECS[codec];
    const source = join(folder, 'source.wav');
    writeFileSync(source, toneWav({ frequencyHz, amplitude, seconds: TONE_SECONDS, sampleRateHz, channels }));
    const lines = [
      'poll_method epoll',
      `sip_listen ${address}:${sipPort}`,
      ...(options.certificate === undefined ? [] : [`sip_certificate ${options.certificate}`]),
      'sip_verify_server no',
      `net_interface ${address}`,
      `audio_source aufile,${source}`,
      'audio_player aubridge,sink',
      'audio_txmode thread',
      'ausrc_format s16',
      'auplay_format s16',
      'call_max_calls 4',
      `module_path ${modulePath()}`,
      ...MODULES.split(' ').map((module) => `module ${module}.so`),
      'module_tmp account.so',
      'module_app menu.so',
      'module_app ctrl_tcp.so',
      'module_app debug_cmd.so',
      `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
      `snd_path ${folder}`,
    ];
    writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`);
    writeFileSync(
      join(folder, 'accounts'),
      `<sip:${user}@${options.server};transport=${transport}>;regint=0;audio_codecs=${name};ptime=20${account}\n`,
    );
    writeFileSync(join(folder, 'contacts'), '');
    const child = spawn(programPath('baresip') ?? 'baresip', ['-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      const waiting = { intervalMs: 50, timeoutMs: 5_000 };
      const control = await until(() => connected(controlPort), 'baresip’s control port', waiting);
      return new Telephone(folder, child, control, options);
    } catch (error) {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(folder: string, child: ChildProcess, control: Socket, options: TelephoneOptions) {
    this.#folder = folder;
    this.#child = child;
    this.#control = control;
    this.#options = options;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    let rest = '';
    control.setEncoding('utf8').on('data', (text: string) => {
      rest += text;
      // Netstrings: length, colon, JSON, comma.
      for (let match = /^(\d+):/u.exec(rest); match !== null; match = /^(\d+):/u.exec(rest)) {
        const start = match[0].length;
        const end = start + Number(match[1]);
        if (rest.length <= end) return;
        const message = JSON.parse(rest.slice(start, end)) as { type?: string };
        if (message.type !== undefined) this.events.push(message.type);
        rest = rest.slice(end + 1);
      }
    });
    control.on('error', () => undefined);
  }

  command(command: string, params = ''): void {
    const json = JSON.stringify({ command, params, token: command });
    this.#control.write(`${Buffer.byteLength(json)}:${json},`);
  }

  /** Calls a user at its server and waits until it is answered. */
  async dial(user: string): Promise<void> {
    const { server } = this.#options;
    this.command('dial', `sip:${user}@${server}`);
    await this.told('CALL_ESTABLISHED');
  }

  /** Waits for an event of its calls. */
  async told(event: string): Promise<void> {
    await until(
      () => this.events.includes(event),
      () =>
        `${event} at the telephone, which told ${this.events.join(', ')} and printed:\n${this.output.slice(-4_000)}`,
    );
  }

  /** Presses keys, one after the other. */
  press(keys: string): void {
    for (const key of keys) this.command('sndcode', key);
  }

  hangUp(): void {
    this.command('hangup');
  }

  /** How much of a tone is in the last half second that it heard. */
  hears(frequencyHz: number): { readonly levelDbfs: number; readonly snrDb: number } {
    const { samples, sampleRateHz } = this.#heard();
    const last = samples.subarray(-Math.round(sampleRateHz / 2));
    if (last.length === 0) return { levelDbfs: -Infinity, snrDb: -Infinity };
    return measureTone(last, frequencyHz, sampleRateHz);
  }

  /** Seconds of sound that it has heard, and how loud the loudest sample of the last half second is, of full scale. */
  get heard(): { readonly seconds: number; readonly peak: number } {
    const { samples, sampleRateHz } = this.#heard();
    const last = samples.subarray(-Math.round(sampleRateHz / 2));
    const peak = last.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / 32_768;
    return { seconds: sampleRateHz === 0 ? 0 : samples.length / sampleRateHz, peak };
  }

  async stop(): Promise<void> {
    this.#control.destroy();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #heard(): ReturnType<typeof growingWav> {
    // One file for each call and direction; the newest call's is the last by name.
    const file = readdirSync(this.#folder)
      .filter((name) => name.endsWith('-dec.wav'))
      .toSorted()
      .at(-1);
    return file === undefined ? { samples: new Int16Array(), sampleRateHz: 0 } : growingWav(join(this.#folder, file));
  }
}

function modulePath(): string {
  const files = execFileSync('dpkg', ['-L', 'baresip-core'], { encoding: 'utf8' }).split('\n');
  return dirname(files.find((file) => /modules\/.*\.so$/u.test(file)) ?? '');
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** A TCP port of the loopback address that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
