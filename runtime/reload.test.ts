import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Reload } from './reload.ts';
import { StartError } from './start-error.ts';

const logger = pino({ level: 'silent' });
const started = { turn: { port: 1, users: { alice: 'a' }, peers: { allow: [''] } }, log: { level: 'info' } };
type Config = typeof started;

function reloadOf(read: () => Promise<Config>): { reload: Reload<Config>; told: Config[] } {
  const reload = new Reload(started, read, undefined, logger);
  const told: Config[] = [];
  reload.on(['turn.users', 'turn.peers'], (config) => told.push(config));
  reload.on(['log.level'], () => undefined);
  return { reload, told };
}

test('settings that can change in flight are applied, others are said to need a restart', async () => {
  const next = { ...started, turn: { port: 2, users: { alice: 'b' }, peers: { allow: [''] } } };
  const { reload, told } = reloadOf(async () => next);
  expect(await reload.run()).toEqual({
    applied: ['turn.users'],
    needRestart: ['turn.port'],
    certificate: undefined,
  });
  expect(told).toEqual([next]);
  expect(reload.current).toBe(next);
  // The port still waits, the users do not.
  expect(await reload.run()).toMatchObject({ applied: [], needRestart: ['turn.port'] });
  expect(told).toHaveLength(1);
});

test('only who has to do with a change is told of it', async () => {
  const { reload, told } = reloadOf(async () => ({ ...started, log: { level: 'debug' } }));
  expect(await reload.run()).toMatchObject({ applied: ['log.level'], needRestart: [] });
  expect(told).toEqual([]);
});

test('a configuration with a mistake changes nothing, and the next one is read again', async () => {
  let isBad = true;
  const next = { ...started, turn: { ...started.turn, users: {} as Config['turn']['users'] } };
  const { reload, told } = reloadOf(async () => {
    if (isBad) throw new StartError('two mistakes');
    return next;
  });
  await expect(reload.run()).rejects.toThrow('two mistakes');
  expect(reload.current).toBe(started);
  expect(told).toEqual([]);
  isBad = false;
  expect((await reload.run()).applied).toEqual(['turn.users']);
});
