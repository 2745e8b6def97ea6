import { beforeEach, describe, expect, test } from 'vitest';
import type { Fetched } from '../outbound/fetch-document.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import { ServerDiscovery, type Destination } from './discovery.ts';
import { parseServerName } from './server-name.ts';
import { choose } from './srv.ts';

type Answer = string | number | Error;

/** Hosts with a well-known document (or a status, or an error) and names with services; all others have none. */
class FakeInternet {
  readonly documents = new Map<string, Answer>();
  readonly services = new Map<string, { host: string; port: number }>();
  readonly asked: string[] = [];
  nowMs = 1_000_000;
  readonly discovery = new ServerDiscovery({
    wellKnown: (host) => this.#answer(host),
    services: { service: (name) => Promise.resolve(this.services.get(name)) },
    now: () => this.nowMs,
  });

  find(name: string): Promise<Destination> {
    const parsed = parseServerName(name);
    if (parsed === undefined) throw new Error(`${name} is no server name`);
    return this.discovery.find(parsed);
  }

  async #answer(host: string): Promise<Fetched> {
    this.asked.push(host);
    await Promise.resolve();
    const answer = this.documents.get(host) ?? 404;
    if (answer instanceof Error) throw answer;
    if (typeof answer === 'number') return { status: answer, headers: {}, body: Buffer.alloc(0) };
    return { status: 200, headers: {}, body: Buffer.from(answer) };
  }
}

let internet: FakeInternet;
beforeEach(() => {
  internet = new FakeInternet();
});

const delegate = (to: string): string => JSON.stringify({ 'm.server': to });

describe('a homeserver is', () => {
  test.each<[string, Destination]>([
    ['1.2.3.4', { origin: 'https://1.2.3.4', connectTo: { host: '1.2.3.4', port: 8448 } }],
    ['1.2.3.4:443', { origin: 'https://1.2.3.4:443', connectTo: undefined }],
    ['[2001:db8::1]', { origin: 'https://[2001:db8::1]', connectTo: { host: '2001:db8::1', port: 8448 } }],
    ['[2001:db8::1]:1', { origin: 'https://[2001:db8::1]:1', connectTo: undefined }],
    ['example.org:8448', { origin: 'https://example.org:8448', connectTo: undefined }],
  ])('where its name %s says, and nobody else is asked', async (name, expected) => {
    internet.services.set('_matrix-fed._tcp.example.org', { host: 'wrong.example', port: 1 });
    expect(await internet.find(name)).toEqual(expected);
    expect(internet.asked).toEqual([]);
  });

  test.each<[string, Destination]>([
    ['m.example', { origin: 'https://m.example', connectTo: { host: 'm.example', port: 8448 } }],
    ['m.example:443', { origin: 'https://m.example:443', connectTo: undefined }],
    ['1.2.3.4', { origin: 'https://1.2.3.4', connectTo: { host: '1.2.3.4', port: 8448 } }],
    ['1.2.3.4:99', { origin: 'https://1.2.3.4:99', connectTo: undefined }],
  ])('to whom its name delegates: %s', async (to, expected) => {
    internet.documents.set('example.org', delegate(to));
    expect(await internet.find('example.org')).toEqual(expected);
  });

  test('where the services of the delegated name are, with the certificate of that name', async () => {
    internet.documents.set('example.org', delegate('m.example'));
    internet.services.set('_matrix-fed._tcp.m.example', { host: 'node-7.example', port: 7_000 });
    internet.services.set('_matrix._tcp.m.example', { host: 'old.example', port: 7_001 });
    internet.services.set('_matrix-fed._tcp.example.org', { host: 'wrong.example', port: 1 });
    expect(await internet.find('example.org')).toEqual({
      origin: 'https://m.example',
      connectTo: { host: 'node-7.example', port: 7_000 },
    });
  });

  test.each(['_matrix-fed._tcp.example.org', '_matrix._tcp.example.org'])('at the service %s', async (service) => {
    internet.services.set(service, { host: 'node-7.example', port: 7_000 });
    expect(await internet.find('example.org')).toEqual({
      origin: 'https://example.org',
      connectTo: { host: 'node-7.example', port: 7_000 },
    });
  });

  test('at its own name and port 8448 if there is nothing else', async () => {
    expect(await internet.find('example.org')).toEqual({
      origin: 'https://example.org',
      connectTo: { host: 'example.org', port: 8448 },
    });
  });

  test.each<[string, Answer]>([
    ['an error', new OutboundError('unreachable', 'cannot be reached')],
    ['a forbidden address', new OutboundError('forbidden-address', 'is private')],
    ['a status', 503],
    ['what is no document', '<html>'],
    ['what names no server', delegate('https://x/y')],
  ])('found without its document where that is %s', async (_what, answer) => {
    internet.documents.set('example.org', answer);
    expect((await internet.find('example.org')).origin).toBe('https://example.org');
  });
});

describe('documents', () => {
  test('are asked for once by all who wait, and kept', async () => {
    internet.documents.set('example.org', delegate('m.example:1'));
    await Promise.all(['example.org', 'example.org', 'EXAMPLE.org'].map((name) => internet.find(name)));
    internet.nowMs += 24 * 3_600_000 - 1;
    await internet.find('example.org');
    expect(internet.asked).toEqual(['example.org']);
    internet.nowMs += 1;
    await internet.find('example.org');
    expect(internet.asked).toHaveLength(2);
  });

  test.each([
    [404, 3_600_000],
    [503, 60_000],
  ])('that are missing (%i) are asked for again after %i ms', async (status, ms) => {
    internet.documents.set('example.org', status);
    await internet.find('example.org');
    internet.nowMs += ms - 1;
    await internet.find('example.org');
    expect(internet.asked).toHaveLength(1);
    internet.nowMs += 1;
    await internet.find('example.org');
    expect(internet.asked).toHaveLength(2);
  });

  test('of a thousand made-up servers do not stay for ever', async () => {
    await internet.find('first.example');
    for (let i = 0; i < 1_000; i += 1) await internet.find(`server-${i}.example`);
    await internet.find('first.example');
    expect(internet.asked.filter((host) => host === 'first.example')).toHaveLength(2);
  });
});

describe('of several services', () => {
  const record = (name: string, priority: number, weight: number, port = 1) => ({ name, priority, weight, port });

  test.each([
    [0, 'a'],
    [0.24, 'a'],
    [0.26, 'b'],
    [0.99, 'b'],
  ])('the best priority counts, and by their weights chance (%f)', (random, expected) => {
    const records = [record('z', 20, 100), record('a', 10, 25), record('b', 10, 75)];
    expect(choose(records, random)?.name).toBe(expected);
  });

  test('those without weight count when nothing else is there', () => {
    expect(choose([record('a', 1, 0)], 0.5)?.name).toBe('a');
  });

  test('none is one that says there is none', () => {
    expect(choose([record('', 0, 0), record('.', 0, 0), record('a', 0, 0, 0)], 0)).toBeUndefined();
    expect(choose([], 0)).toBeUndefined();
  });
});
