import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BusError, type LeaseEntry } from './bus.ts';
import { MemoryBus } from './bus-memory.ts';

interface Event {
  readonly n: number;
}
const event: { subject: string; message?: Event } = { subject: 'sfu.a.thing-happened' };
const double: { subject: string; exchange?: (n: { n: number }) => { n: number } } = { subject: 'sfu.a.double' };

let bus: MemoryBus;
beforeEach(() => {
  bus = new MemoryBus(pino({ level: 'silent' }));
});
afterEach(() => bus.close());

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof BusError)) throw new Error('no BusError', { cause: error });
  return error.code;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('subscribers get messages in order, never inside publish, and a failing one disturbs no other', async () => {
  const seen: number[] = [];
  bus.subscribe(event, () => {
    throw new Error('a bug in a handler');
  });
  const subscription = bus.subscribe(event, ({ n }) => seen.push(n));
  bus.publish(event, { n: 1 });
  bus.publish(event, { n: 2 });
  expect(seen).toEqual([]);
  await settled();
  expect(seen).toEqual([1, 2]);
  subscription.close();
  bus.publish(event, { n: 3 });
  await settled();
  expect(seen).toEqual([1, 2]);
});

test('a request has one typed answer', async () => {
  bus.serve(double, ({ n }) => ({ n: n * 2 }));
  expect(await bus.request(double, { n: 21 })).toEqual({ n: 42 });
});

test('messages are frozen on their way', async () => {
  bus.serve(double, (message) => {
    message.n = 7;
    return message;
  });
  expect(await codeOf(bus.request(double, { n: 1 }))).toBe('failed');
});

test('each way of getting no answer has its code', async () => {
  expect(await codeOf(bus.request(double, { n: 1 }))).toBe('no-server');
  const server = bus.serve(double, () => new Promise<never>(() => undefined));
  expect(await codeOf(bus.request(double, { n: 1 }, { timeoutMs: 5 }))).toBe('timeout');
  const abort = new AbortController();
  const aborted = bus.request(double, { n: 1 }, { signal: abort.signal });
  abort.abort(new Error('left'));
  await expect(aborted).rejects.toThrow('left');
  expect(() => bus.serve(double, ({ n }) => ({ n }))).toThrow(BusError);
  const pending = bus.request(double, { n: 1 });
  server.close();
  bus.close();
  expect(await codeOf(pending)).toBe('closed');
});

test('a lease has one holder; watchers see what is there and every change', async () => {
  const lease = await bus.claim('sfu/a', { load: 0 });
  const seen: LeaseEntry[] = [];
  bus.watch('sfu/', (entry) => seen.push(entry));
  bus.watch('room/', () => seen.push({ key: 'wrong', value: undefined }));
  expect(await bus.claim('sfu/a', { load: 1 })).toBeUndefined();
  lease?.update({ load: 0.5 });
  lease?.release();
  lease?.update({ load: 0.9 });
  expect(seen).toEqual([
    { key: 'sfu/a', value: { load: 0 } },
    { key: 'sfu/a', value: { load: 0.5 } },
    { key: 'sfu/a', value: undefined },
  ]);
  expect(await bus.claim('sfu/a', { load: 0 })).toBeDefined();
});
