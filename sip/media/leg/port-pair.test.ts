import { afterEach, expect, it } from 'vitest';
import { bindUdp, type PortPair, PortPairs } from './port-pair.ts';

const ADDRESS = '127.0.0.3';
const open: PortPair[] = [];

const byValue = (a: number, b: number): number => a - b;

function close({ rtp, rtcp }: PortPair): void {
  rtp.close();
  rtcp.close();
}

afterEach(() => {
  for (const pair of open.splice(0)) close(pair);
});

async function bind(pairs: PortPairs): Promise<PortPair | undefined> {
  const pair = await pairs.bind();
  if (pair !== undefined) open.push(pair);
  return pair;
}

/** The first of eight ports of which all are free. */
async function freeRange(): Promise<number> {
  for (;;) {
    const any = await new PortPairs(ADDRESS, { first: 0, last: 0 }).bind();
    if (any === undefined) throw new Error('no port is free');
    close(any);
    if (any.port > 65_000) continue;
    const all = new PortPairs(ADDRESS, { first: any.port, last: any.port + 7 });
    const pairs = await Promise.all([all.bind(), all.bind(), all.bind(), all.bind()]);
    for (const pair of pairs) if (pair !== undefined) close(pair);
    if (pairs.every((pair) => pair !== undefined)) return any.port;
  }
}

it('are even with the odd one above, and as many as the range has, whoever asks at once', async () => {
  const first = await freeRange();
  const pairs = new PortPairs(ADDRESS, { first, last: first + 7 });
  const bound = await Promise.all([bind(pairs), bind(pairs), bind(pairs), bind(pairs)]);
  expect(bound.map((pair) => pair?.port ?? 0).toSorted(byValue)).toEqual([first, first + 2, first + 4, first + 6]);
  expect(bound.map((pair) => pair?.rtcp.address().port ?? 0).toSorted(byValue)).toEqual([
    first + 1,
    first + 3,
    first + 5,
    first + 7,
  ]);
  expect(await bind(pairs)).toBeUndefined();
});

it('come again only when the others have had their turn', async () => {
  const first = await freeRange();
  const pairs = new PortPairs(ADDRESS, { first, last: first + 7 });
  const ports: number[] = [];
  for (let call = 0; call < 5; call += 1) {
    const pair = await bind(pairs);
    ports.push(pair?.port ?? 0);
    if (pair !== undefined) close(open.splice(open.indexOf(pair), 1)[0] ?? pair);
  }
  expect(ports).toEqual([first, first + 2, first + 4, first + 6, first]);
});

it('pass over a pair of which somebody else has one', async () => {
  const first = await freeRange();
  const other = await bindUdp(ADDRESS, first + 1);
  try {
    const pairs = new PortPairs(ADDRESS, { first, last: first + 7 });
    expect((await bind(pairs))?.port).toBe(first + 2);
  } finally {
    other.close();
  }
});
