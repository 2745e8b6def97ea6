import { expect, test } from 'vitest';
import { loadPart } from './load-part.ts';

const missing = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));

/** A server that, asked in turn whether it can be reached, is so or not. */
function server(...answers: boolean[]) {
  return { isReachable: () => Promise.resolve(answers.shift() ?? false) };
}

test('a part comes from a server that can be reached', async () => {
  expect(await loadPart(() => Promise.resolve('chat'), server(true))).toEqual({ kind: 'loaded', part: 'chat' });
});

test('without a network nothing is imported: browsers would remember that it failed', async () => {
  let imports = 0;
  const load = () => {
    imports += 1;
    return Promise.resolve('chat');
  };
  const ports = server(false, true);
  expect(await loadPart(load, ports)).toEqual({ kind: 'offline' });
  expect(imports).toBe(0);
  expect(await loadPart(load, ports)).toEqual({ kind: 'loaded', part: 'chat' });
});

test('a network that goes while the part is on its way is told from a server that has it no more', async () => {
  expect(await loadPart(missing, server(true, false))).toEqual({ kind: 'offline' });
  expect(await loadPart(missing, server(true, true))).toEqual({ kind: 'refused' });
});

test('of a server that has just answered, nothing is asked before', async () => {
  const ports = { ...server(false), isConnected: true };
  expect(await loadPart(() => Promise.resolve('start'), ports)).toEqual({ kind: 'loaded', part: 'start' });
});
