import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;
const HEARTBEAT_MS = 2_000;
const STALE_AFTER_MS = 20_000;

/**
 * Runs `action` while this process alone holds the lock file. Whoever holds it touches the file every two seconds, so
 * a lock left behind by a killed process is noticed: at once on the same machine, else after 20 s.
 * @template T
 * @param {string} path
 * @param {{ onWait?: (holder: string) => void }} options called once if somebody else holds the lock
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(path, { onWait }, action) {
  mkdirSync(dirname(path), { recursive: true });
  const content = `${process.pid} ${hostname()} ${randomUUID()}`;
  let hasWaited = false;
  while (!tryTake(path, content)) {
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (isStale(path, holder)) {
      if (readHolder(path) === holder) rmSync(path, { force: true });
      continue;
    }
    if (!hasWaited) onWait?.(`process ${holder.split(' ')[0]}`);
    hasWaited = true;
    await delay(POLL_MS);
  }
  const release = () => {
    if (readHolder(path) === content) rmSync(path, { force: true });
  };
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  process.once('exit', release);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    process.off('exit', release);
    release();
  }
}

function tryTake(path, content) {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isStale(path, holder) {
  const [pid, host] = holder.split(' ');
  if (host === hostname() && !isAlive(Number(pid))) return true;
  const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return ageMs > STALE_AFTER_MS;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
