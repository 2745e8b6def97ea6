import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { resolveMediaAddresses } from './media-addresses.ts';

function entry(address: string, internal = false): NetworkInterfaceInfo {
  const shared = { address, netmask: '', mac: '', internal, cidr: null };
  return address.includes(':') ? { ...shared, family: 'IPv6', scopeid: 0 } : { ...shared, family: 'IPv4' };
}

const LOOPBACK = [entry('127.0.0.1', true), entry('::1', true)];
const ETHERNET = [entry('192.0.2.2'), entry('2001:db8::2'), entry('fe80::1'), entry('169.254.1.1')];

describe('without configuration', () => {
  test('every address is announced and bound that others can reach, link-local ones are not', () => {
    const expected = ['192.0.2.2', '2001:db8::2'];
    expect(resolveMediaAddresses([], { lo: LOOPBACK, eth0: ETHERNET })).toEqual({
      announced: expected,
      bound: expected,
    });
  });

  test('a machine without network announces the loopback address', () => {
    expect(resolveMediaAddresses([], { lo: LOOPBACK })).toEqual({ announced: ['127.0.0.1'], bound: ['127.0.0.1'] });
  });
});

describe('configured', () => {
  test('an address of this machine is bound alone', () => {
    expect(resolveMediaAddresses(['192.0.2.2'], { lo: LOOPBACK, eth0: ETHERNET }).bound).toEqual(['192.0.2.2']);
  });

  test('a foreign address is announced and its whole family bound', () => {
    expect(
      resolveMediaAddresses(['203.0.113.7', '192.0.2.2', '2001:db8::2'], { lo: LOOPBACK, eth0: ETHERNET }),
    ).toEqual({
      announced: ['203.0.113.7', '192.0.2.2', '2001:db8::2'],
      bound: ['0.0.0.0', '2001:db8::2'],
    });
  });

  test('an IPv6 address is recognised in another spelling, and given twice counts once', () => {
    expect(resolveMediaAddresses(['2001:0DB8:0:0::2', '2001:db8::2'], { lo: LOOPBACK, eth0: ETHERNET })).toEqual({
      announced: ['2001:db8::2'],
      bound: ['2001:db8::2'],
    });
  });
});
