import { expect, test } from 'vitest';
import type { SfuLease } from '#protocol/bridge/bridge-bus.ts';
import { leastLoaded } from './least-loaded.ts';
import { nearest } from './region.ts';

function bridge(id: string, load: number, region?: string): SfuLease {
  const lease = { id, load, addresses: [], ports: [], rolePort: 1, draining: false };
  return region === undefined ? lease : { ...lease, region };
}

test('the least loaded bridge is chosen, of equals always the same', () => {
  expect(leastLoaded([bridge('a', 0.5), bridge('b', 0.1), bridge('c', 0.3)])?.id).toBe('b');
  expect(leastLoaded([bridge('b', 0.1), bridge('a', 0.1)])?.id).toBe('a');
  expect(leastLoaded([bridge('a', 0.1), bridge('b', 0.1)])?.id).toBe('a');
  expect(leastLoaded([])).toBeUndefined();
});

test('a bridge of the participant’s region is preferred while it has room', () => {
  const bridges = [bridge('far', 0), bridge('near', 0.8, 'eu'), bridge('other', 0.1, 'us')];
  expect(nearest(bridges, { region: 'eu' })?.id).toBe('near');
  expect(nearest([bridge('far', 0.5), bridge('near', 0.95, 'eu')], { region: 'eu' })?.id).toBe('far');
});

test('without a region, or a bridge in it, load decides', () => {
  const bridges = [bridge('a', 0.4), bridge('b', 0.1, 'us')];
  expect(nearest(bridges, {})?.id).toBe('b');
  expect(nearest(bridges, { region: 'eu' })?.id).toBe('b');
});
