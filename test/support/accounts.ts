import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ParleyServer } from './server.ts';

const command = join(import.meta.dirname, '../../cli/user.ts');

/** What an operator does with `npm run user`, also while the server runs. */
export function userCommand(server: ParleyServer, args: readonly string[], input = ''): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    env: { PATH: process.env['PATH'], PARLEY_DATA_DIR: server.dataDir },
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm run user -- ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
}
