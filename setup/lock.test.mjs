import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.mjs';

let folder;
let path;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-lock-'));
  path = join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a second holder waits for the first, says so once, and then goes on', async () => {
  const events = [];
  let finishFirst;
  const first = withLock(path, {}, () => new Promise((resolve) => (finishFirst = resolve)));
  const onWait = (holder) => {
    events.push(`waits for ${holder}`);
    finishFirst();
  };
  await withLock(path, { onWait }, async () => events.push('second'));
  await first;
  expect(events).toEqual([`waits for process ${process.pid}`, 'second']);
});

test('the lock is gone afterwards, also after a failure', async () => {
  await expect(withLock(path, {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test('a lock whose process is gone is taken over', async () => {
  const noSuchProcess = 2 ** 22 + 1; // above the largest process id Linux gives out
  writeFileSync(path, `${noSuchProcess} ${hostname()} left-behind`);
  expect(await withLock(path, {}, async () => 'taken')).toBe('taken');
});
