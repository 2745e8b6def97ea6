import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { mediaAddress } from '../support/server.ts';

/** bare-mediasoup.ts as a process of its own. */
export class BareServer {
  readonly url: string;
  readonly #child: ChildProcess;

  static async start(): Promise<BareServer> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-mediasoup.ts'), mediaAddress()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /^ready (\S+)$/m.exec(line.toString())?.[1];
    if (url === undefined) throw new Error(`bare mediasoup said: ${line.toString()}`);
    return new BareServer(url, child);
  }

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('bare mediasoup does not run');
    return this.#child.pid;
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}
