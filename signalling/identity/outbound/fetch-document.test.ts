import { isIP } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeyServer } from '../../../test/support/tokens/key-server.ts';
import { fetchDocument, type FetchOptions } from './fetch-document.ts';
import type { Network } from './network.ts';
import { OutboundError } from './outbound-error.ts';

let server: KeyServer;
let port: string;
beforeEach(async () => {
  server = await KeyServer.start();
  ({ port } = new URL(server.origin));
  server.answer('here');
});
afterEach(() => server[Symbol.asyncDispose]());

const bounds = { timeoutMs: 2_000, maxBytes: 1_024, maxRedirects: 5 };

/** Names and their addresses; 127.0.0.1, where the server is, stands for the public Internet. */
class FakeNetwork implements Network {
  readonly asked: string[] = [];
  readonly #answers: Record<string, string[][]>;

  /** @param answers one list of addresses for each time that a name is asked for. */
  constructor(answers: Record<string, string[][]>) {
    this.#answers = answers;
  }

  resolve(name: string, callback: Parameters<Network['resolve']>[1]): void {
    this.asked.push(name);
    const addresses = this.#answers[name]?.shift() ?? [];
    const answer = addresses.map((address) => ({ address, family: isIP(address) }));
    setImmediate(() => callback(null, answer));
  }

  isAllowed(address: string): boolean {
    return address === '127.0.0.1';
  }
}

async function fetchFrom(url: string, changes: Partial<FetchOptions> = {}): Promise<string> {
  try {
    const options = { ...bounds, isTrusted: false, isHttpAllowed: true, ...changes };
    return (await fetchDocument(new URL(url), options)).body.toString();
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return error.code;
  }
}

describe('where others lead us', () => {
  test('a public address is asked, under the name that was given', async () => {
    const network = new FakeNetwork({ 'a.example': [['127.0.0.1']] });
    let host: string | undefined;
    server.handler = (request, response) => {
      host = request.headers.host;
      response.end('here');
    };
    expect(await fetchFrom(`http://a.example:${port}/x`, { network })).toBe('here');
    expect(host).toBe(`a.example:${port}`);
  });

  test.each([
    ['a private address', ['10.0.0.1']],
    ['a public and a private one', ['127.0.0.1', '10.0.0.1']],
    ['a private one in IPv6', ['127.0.0.1', 'fd00::1']],
    ['no address', []],
  ])('a name with %s is not asked', async (_what, addresses) => {
    const network = new FakeNetwork({ 'a.example': [addresses] });
    expect(await fetchFrom(`http://a.example:${port}/`, { network })).toBe('forbidden-address');
    expect(server.requests).toEqual([]);
  });

  test('a name is resolved once for a connection, and what changes afterwards is seen by the next', async () => {
    const network = new FakeNetwork({ 'a.example': [['127.0.0.1'], ['169.254.169.254']] });
    server.handler = (_request, response) => void response.writeHead(302, { location: '/again' }).end();
    expect(await fetchFrom(`http://a.example:${port}/`, { network })).toBe('forbidden-address');
    expect(network.asked).toEqual(['a.example', 'a.example']);
    expect(server.requests).toEqual(['/']);
  });

  test.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.1:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
  ])('loopback as %s is not asked', async (url) => {
    expect(await fetchFrom(url.replace('PORT', port))).toBe('forbidden-address');
    expect(server.requests).toEqual([]);
  });

  test('a service record leads to no private place either', async () => {
    const network = new FakeNetwork({ 'node.example': [['192.168.0.1']] });
    const url = 'http://a.example/';
    for (const host of ['node.example', '10.0.0.1', '::1']) {
      expect(await fetchFrom(url, { network, connectTo: { host, port: Number(port) } })).toBe('forbidden-address');
    }
  });

  test('the name stays what it was where a service record leads elsewhere', async () => {
    const network = new FakeNetwork({ 'node.example': [['127.0.0.1']] });
    let host: string | undefined;
    server.handler = (request, response) => {
      host = request.headers.host;
      response.end('here');
    };
    const connectTo = { host: 'node.example', port: Number(port) };
    expect(await fetchFrom('http://a.example/', { network, connectTo })).toBe('here');
    expect(host).toBe('a.example');
  });

  test.each([22, 25, 53, 6667, 5432])('port %i is another service’s', async (forbidden) => {
    const network = new FakeNetwork({ 'a.example': [['127.0.0.1']] });
    expect(await fetchFrom(`http://a.example:${forbidden}/`, { network })).toBe('forbidden-address');
    const connectTo = { host: 'a.example', port: forbidden };
    expect(await fetchFrom('http://a.example/', { network, connectTo })).toBe('forbidden-address');
  });
});

describe('the configuration’s own', () => {
  test('may be private', async () => {
    expect(await fetchFrom(`${server.origin}/`, { isTrusted: true })).toBe('here');
  });

  test('leads nobody to other private ones, and takes what it is told nowhere', async () => {
    await using other = await KeyServer.start();
    server.answer('', 302, { location: `${other.origin}/` });
    expect(await fetchFrom(`${server.origin}/`, { isTrusted: true, headers: { authorization: 'secret' } })).toBe(
      'forbidden-address',
    );
    expect(other.requests).toEqual([]);
  });
});

test('what is sent along goes to its own origin only', async () => {
  await using other = await KeyServer.start();
  const network = new FakeNetwork({ 'a.example': [['127.0.0.1']], 'b.example': [['127.0.0.1']] });
  const seen: (string | undefined)[] = [];
  server.handler = (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: `http://b.example:${new URL(other.origin).port}/` }).end();
  };
  other.handler = (request, response) => {
    seen.push(request.headers.authorization);
    response.end('there');
  };
  expect(await fetchFrom(`http://a.example:${port}/`, { network, headers: { authorization: 'secret' } })).toBe('there');
  expect(seen).toEqual(['secret', undefined]);
});

test.each([
  ['too much', () => server.answer('x'.repeat(2_000)), {}, 'too-large'],
  ['redirects for ever', () => server.answer('', 302, { location: '/' }), {}, 'bad-redirect'],
  [
    'a redirect where none may be',
    () => server.answer('', 302, { location: '/' }),
    { maxRedirects: 0 },
    'bad-redirect',
  ],
  ['a redirect to credentials', () => server.answer('', 302, { location: 'http://a:b@c/' }), {}, 'bad-redirect'],
  ['nothing', () => (server.handler = () => undefined), { timeoutMs: 100 }, 'timeout'],
])('%s is given up', async (_what, prepare, changes, code) => {
  prepare();
  expect(await fetchFrom(`${server.origin}/`, { isTrusted: true, ...changes })).toBe(code);
});

test('an answer of another status is an answer', async () => {
  server.answer('no', 401);
  const { status, body } = await fetchDocument(new URL(server.origin), {
    ...bounds,
    isTrusted: true,
    isHttpAllowed: true,
  });
  expect([status, body.toString()]).toEqual([401, 'no']);
});
