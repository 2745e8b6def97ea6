import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

test.each([
  ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
  ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
  ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  ['link-local, metadata services', '169.254.169.254', '169.254.0.1', 'fe80::1', 'fec0::1'],
  ['shared', '100.64.0.1', '100.127.255.255'],
  ['multicast, broadcast', '224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
  ['reserved', '240.0.0.1', '254.1.2.3', '100::1', '4000::1', 'e000::1'],
  ['protocol assignments, benchmarks', '192.0.0.8', '198.18.0.1', '198.19.255.255', '2001:2::1', '2001:10::1'],
  ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  ['IPv4 in IPv6', '::ffff:10.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '::7f00:1', '::ffff:0:127.0.0.1'],
  ['translated', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '2002:7f00:1::1', '2001:0:4136:e378::1'],
  ['other spellings', '0177.0.0.1', '0x7f.1', '2130706433', '127.1', '010.8.8.8', '8.8.8.8 ', ''],
])('%s addresses are not public', (_kind, ...addresses) => {
  expect(addresses.filter((address) => isPublicAddress(address))).toEqual([]);
});

test('public ones are', () => {
  const addresses = [
    '8.8.8.8',
    '1.1.1.1',
    '100.63.255.255',
    '172.32.0.1',
    '2606:4700::1111',
    '2a01:4f8::1',
    '::ffff:8.8.8.8',
  ];
  expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});
