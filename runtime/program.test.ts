import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Program } from './program.ts';
import type { Service } from './service.ts';

const logger = pino({ level: 'silent' });

function service(name: string, calls: string[], failsAt?: 'start' | 'stop'): Service {
  const call = async (what: 'start' | 'stop'): Promise<void> => {
    calls.push(`${what} ${name}`);
    if (failsAt === what) throw new Error(`${what} of ${name}`);
  };
  return { name, start: () => call('start'), stop: () => call('stop') };
}

test('stops in reverse order, once, whoever asks', async () => {
  const calls: string[] = [];
  const program = new Program([service('a', calls), service('b', calls)], logger);
  await program.start();
  await Promise.all([program.stop(), program.stop()]);
  expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
});

test('a failed start stops what had begun, the failing service included, and says why', async () => {
  const calls: string[] = [];
  const program = new Program([service('a', calls), service('b', calls, 'start'), service('c', calls)], logger);
  await expect(program.start()).rejects.toThrow('start of b');
  expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
});

test('a service that fails to stop does not keep the others from it', async () => {
  const calls: string[] = [];
  const program = new Program([service('a', calls), service('b', calls, 'stop')], logger);
  await program.start();
  await program.stop();
  expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
});
