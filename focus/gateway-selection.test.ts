import { expect, test } from 'vitest';
import type { GatewayStats } from '#protocol/xmpp/gateway-stats.ts';
import { gatewaysFor, type GatewayInstance } from './gateway-selection.ts';

function instance(address: string, stats: Partial<GatewayStats> = {}): GatewayInstance {
  const idle = { conferences: 0, participants: 0, isShuttingDown: false, stressLevel: 0, supportsSip: true };
  return { address, stats: { ...idle, ...stats } };
}
const chosen = (instances: readonly GatewayInstance[], region?: string): string[] =>
  gatewaysFor(instances, region).map(({ address }) => address);

test('the less loaded gateway is asked first, of equals the one with fewer callers', () => {
  expect(chosen([instance('a', { stressLevel: 0.5 }), instance('b', { participants: 3 }), instance('c')])).toEqual([
    'c',
    'b',
    'a',
  ]);
});

test('three are asked at most', () => {
  expect(chosen(['d', 'c', 'b', 'a'].map((address) => instance(address)))).toEqual(['a', 'b', 'c']);
});

test('one of the region is asked before others, however loaded', () => {
  const far = instance('far', { region: 'us' });
  const near = instance('near', { region: 'eu', stressLevel: 0.9 });
  expect(chosen([far, near], 'eu')).toEqual(['near', 'far']);
  expect(chosen([far, near])).toEqual(['far', 'near']);
});

test('one that shuts down or has no telephone line is not asked', () => {
  expect(chosen([instance('a', { isShuttingDown: true }), instance('b', { supportsSip: false })])).toEqual([]);
});
