import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answer, Command, Target } from './media-process.ts';

const RECEIVERS_PER_PROCESS = 25;

/** The participants of one measurement: a publisher and any number of receivers, in processes of their own. */
export class MediaProcesses {
  readonly #target: Target;
  readonly #children: ChildProcess[] = [];

  constructor(target: Target) {
    this.#target = target;
  }

  async publish(bitrateBps: number): Promise<void> {
    await ask(this.#fork(), { do: 'publish', target: this.#target, bitrateBps });
  }

  async addReceivers(count: number): Promise<void> {
    const joins: Promise<Answer>[] = [];
    for (let left = count; left > 0; left -= RECEIVERS_PER_PROCESS) {
      const child = this.#fork();
      joins.push(ask(child, { do: 'receive', target: this.#target, count: Math.min(left, RECEIVERS_PER_PROCESS) }));
    }
    await Promise.all(joins);
  }

  /** RTP packets received so far, per receiver. */
  async packets(): Promise<number[]> {
    const answers = await Promise.all(this.#children.map((child) => ask(child, { do: 'count' })));
    return answers.flatMap(({ packets }) => packets ?? []);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null) return;
        child.kill();
        await once(child, 'exit');
      }),
    );
  }

  #fork(): ChildProcess {
    const child = fork(join(import.meta.dirname, 'media-process.ts'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#children.push(child);
    return child;
  }
}

async function ask(child: ChildProcess, command: Command): Promise<Answer> {
  child.send(command);
  const [answer] = (await once(child, 'message')) as [Answer];
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}
