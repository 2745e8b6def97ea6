import { expect, test } from 'vitest';
import { addressGroup } from './address-group.ts';

test('one /64 counts as one address, an IPv4-mapped address as its IPv4 address', () => {
  expect(addressGroup('2001:db8:1:2:3::4')).toBe(addressGroup('2001:db8:1:2:ffff::1'));
  expect(addressGroup('2001:db8:1:3::4')).not.toBe(addressGroup('2001:db8:1:2::4'));
  expect(addressGroup('::ffff:192.0.2.1')).toBe('192.0.2.1');
});
