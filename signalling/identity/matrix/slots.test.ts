import { expect, test } from 'vitest';
import { OutboundError } from '../outbound/outbound-error.ts';
import { Slots } from './slots.ts';

/** Work that ends when it is told to, and says how much is done at once. */
class Works {
  readonly running: string[] = [];
  readonly #ends = new Map<string, () => void>();

  start(slots: Slots, key: string, name = key): Promise<string> {
    return slots.run(key, async () => {
      this.running.push(name);
      await new Promise<void>((resolve) => this.#ends.set(name, resolve));
      this.running.splice(this.running.indexOf(name), 1);
      return name;
    });
  }

  end(name: string): void {
    this.#ends.get(name)?.();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('so much at once and no more, for one key and overall; the rest in its order', async () => {
  const slots = new Slots({ perKey: 2, overall: 3, maxWaiting: 10 });
  const works = new Works();
  const all = ['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => works.start(slots, name.charAt(0), name));
  await settle();
  expect(works.running).toEqual(['a1', 'a2', 'b1']);
  works.end('b1');
  await settle();
  expect(works.running).toEqual(['a1', 'a2', 'b2']);
  works.end('a1');
  await settle();
  expect(works.running).toEqual(['a2', 'b2', 'a3']);
  for (const name of ['a2', 'b2', 'a3']) works.end(name);
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
});

test('a place comes free after a failure, too', async () => {
  const slots = new Slots({ perKey: 1, overall: 1, maxWaiting: 1 });
  const failing = slots.run('a', () => Promise.reject(new Error('no')));
  const next = slots.run('a', () => Promise.resolve('yes'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});

test('too much that waits is refused', async () => {
  const slots = new Slots({ perKey: 1, overall: 1, maxWaiting: 1 });
  const works = new Works();
  const first = works.start(slots, 'a');
  const second = slots.run('a', () => Promise.resolve('second'));
  await expect(slots.run('b', () => Promise.resolve('third'))).rejects.toThrow(OutboundError);
  await settle();
  works.end('a');
  expect(await Promise.all([first, second])).toEqual(['a', 'second']);
});
