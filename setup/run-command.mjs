import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** A command that could not be started, ended with another status than 0, or took too long. `output` is what it printed. */
export class CommandError extends Error {
  name = 'CommandError';

  constructor(command, reason, output) {
    super(`${command} ${reason}`);
    this.output = output;
  }
}

/**
 * Runs a program and collects what it prints; no shell is involved.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, inherit?: boolean }} [options]
 *   `inherit`: let it print to our own output instead of collecting.
 * @returns {Promise<string>} its standard output
 * @throws {CommandError}
 */
export function runCommand(command, args, { cwd, env, timeoutMs, inherit = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      timeout: timeoutMs,
      stdio: inherit ? ['ignore', 2, 2] : ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const stdout = [];
    const stderr = [];
    child.stdout?.on('data', (chunk) => stdout.push(chunk));
    child.stderr?.on('data', (chunk) => stderr.push(chunk));
    child.once('error', (error) => {
      running.delete(child);
      reject(new CommandError(command, error.code === 'ENOENT' ? 'is not installed' : `failed: ${error.message}`, ''));
    });
    child.once('close', (status, signal) => {
      running.delete(child);
      const output = Buffer.concat(stdout).toString();
      if (status === 0) return resolve(output);
      const all = output + Buffer.concat(stderr).toString();
      reject(
        new CommandError(command, signal === null ? `ended with status ${status}` : `was ended by ${signal}`, all),
      );
    });
  });
}

/** The status a program ends with; null if it cannot be run here or does not end in time. */
export function exitStatus(command, args, { env, timeoutMs }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, timeout: timeoutMs, stdio: 'ignore' });
    child.once('error', () => resolve(null));
    child.once('close', (status) => resolve(status));
  });
}

/** Ends what `runCommand` still has running; for signal handlers. */
export function endRunningCommands() {
  for (const child of running) child.kill('SIGTERM');
}
