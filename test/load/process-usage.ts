import { readFileSync, readdirSync } from 'node:fs';

/** The process and all its descendants; those that ended in the meantime are left out. */
export function processTree(pid: number): number[] {
  const children = tasksOf(pid).flatMap((task) => readIfAlive(`/proc/${pid}/task/${task}/children`).split(' '));
  return [pid, ...children.filter((child) => child !== '').flatMap((child) => processTree(Number(child)))];
}

/** Processor time of a process and all its descendants, in nanoseconds. */
export function treeCpuTimeNs(pid: number): number {
  return sum(processTree(pid).map(cpuTimeNs));
}

/**
 * Processor time of a process since it started, in nanoseconds. The scheduler's own count per thread, because the
 * clock ticks of /proc/…/stat are too coarse for a few seconds of light load. Threads that ended are not in it.
 */
export function cpuTimeNs(pid: number): number {
  return sum(tasksOf(pid).map((task) => Number(readIfAlive(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] ?? 0)));
}

/** Memory of a process tree in bytes. Pages that several processes share are divided among them (proportional set size). */
export function residentBytes(pid: number): { resident: number; proportional: number } {
  const rollups = processTree(pid).map((process) => readIfAlive(`/proc/${process}/smaps_rollup`));
  const total = (field: string) =>
    sum(rollups.map((text) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024));
  return { resident: total('Rss'), proportional: total('Pss') };
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // ended
  }
}

function readIfAlive(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // ended
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
