import { expect, test } from 'vitest';
import { AddressLimits } from './address-limits.ts';

const options = { connectionsPerAddress: 2, newConnectionsPerSecondPerAddress: 1, newConnectionBurstPerAddress: 3 };

test('an address holds only so many connections at once; others are not affected', () => {
  const limits = new AddressLimits(options);
  const giveBack = limits.admit('192.0.2.1', 0);
  expect(giveBack).toBeDefined();
  expect(limits.admit('192.0.2.1', 0)).toBeDefined();
  expect(limits.admit('192.0.2.1', 0)).toBeUndefined();
  expect(limits.admit('192.0.2.2', 0)).toBeDefined();
  giveBack?.();
  giveBack?.();
  expect(limits.admit('192.0.2.1', 0)).toBeDefined();
  expect(limits.admit('192.0.2.1', 60_000)).toBeUndefined();
});

test('connecting again and again is slowed down', () => {
  const limits = new AddressLimits(options);
  for (let i = 0; i < 3; i += 1) limits.admit('192.0.2.1', 0)?.();
  expect(limits.admit('192.0.2.1', 0)).toBeUndefined();
  expect(limits.admit('192.0.2.1', 1_000)).toBeDefined();
});
