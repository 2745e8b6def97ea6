import { describe, expect, it } from 'vitest';
import { endpoint } from './endpoint.ts';
import { parsePeerRange, type PeerRange, PeerRules } from './peer-rules.ts';

function ranges(...texts: string[]): PeerRange[] {
  return texts.map((text) => {
    const range = parsePeerRange(text);
    if (range === undefined) throw new Error(`not a range: ${text}`);
    return range;
  });
}

function rules(options: { allow?: string[]; deny?: string[]; only?: string[]; own?: string[] }): PeerRules {
  return new PeerRules({
    allow: ranges(...(options.allow ?? [])),
    deny: ranges(...(options.deny ?? [])),
    only: ranges(...(options.only ?? [])),
    own: (options.own ?? []).map((text) => endpoint(text, 0)),
  });
}

function verdicts(checked: PeerRules, ...texts: string[]): string[] {
  return texts.map((text) => checked.judge(endpoint(text, 0)));
}

describe('peer ranges', () => {
  it.each([
    ['10.0.0.0/8', 8, 1, 65_535],
    ['10.1.2.3', 32, 1, 65_535],
    ['10.1.2.3:443', 32, 443, 443],
    ['10.0.0.0/8:1000-2000', 8, 1000, 2000],
    ['2001:db8::/32', 32, 1, 65_535],
    ['::1', 128, 1, 65_535],
    ['[2001:db8::7]:443', 128, 443, 443],
    ['[2001:db8::]/64:5000-5010', 64, 5000, 5010],
  ])('are read from %s', (text, prefixBits, minPort, maxPort) => {
    expect(parsePeerRange(text)).toMatchObject({ prefixBits, minPort, maxPort });
  });

  it.each([
    '',
    'x',
    '10.0.0.0/33',
    '::/129',
    '10.0.0',
    '10.1',
    '010.0.0.1',
    '10.0.0.1:0',
    '10.0.0.1:70000',
    '10.0.0.1:9-8',
    '10.0.0.1/',
    'fe80::1%eth0',
    '0x7f.0.0.1',
    '[::1',
    '10.0.0.1:a',
  ])('are not read from %j', (text) => {
    expect(parsePeerRange(text)).toBeUndefined();
  });
});

describe('peer rules', () => {
  it('open a private range that is named, and no other', () => {
    const opened = rules({ allow: ['10.0.0.0/8'] });
    expect(verdicts(opened, '10.1.2.3', '192.168.0.1', '8.8.8.8')).toEqual(['all-ports', 'none', 'all-ports']);
  });

  it('are not opened by a range wider than the denied one', () => {
    expect(verdicts(rules({ allow: ['0.0.0.0/0', '::/0'] }), '10.1.2.3', '127.0.0.1', 'fe80::1')).toEqual([
      'none',
      'none',
      'none',
    ]);
  });

  it('open an address of this host only when it is named itself', () => {
    const own = ['10.0.0.7'];
    expect(verdicts(rules({ own, allow: ['10.0.0.0/8'] }), '10.0.0.7', '10.0.0.8')).toEqual(['none', 'all-ports']);
    expect(verdicts(rules({ own, allow: ['10.0.0.7/32'] }), '10.0.0.7')).toEqual(['all-ports']);
  });

  it('let a denial of the operator win unless an allowed range is more specific', () => {
    const denied = rules({ deny: ['8.0.0.0/8'], allow: ['8.0.0.0/8', '8.8.0.0/16'] });
    expect(verdicts(denied, '8.1.1.1', '8.8.8.8')).toEqual(['none', 'all-ports']);
  });

  it('relay only to what is listed when there is a list, private or not', () => {
    const only = rules({ only: ['10.0.0.5:10000-10010', '203.0.113.0/24'] });
    expect(verdicts(only, '8.8.8.8', '203.0.113.9', '10.0.0.5', '10.0.0.6')).toEqual([
      'none',
      'all-ports',
      'some-ports',
      'none',
    ]);
    expect(only.allowsEndpoint(endpoint('10.0.0.5', 0), 10_010)).toBe(true);
    expect(only.allowsEndpoint(endpoint('10.0.0.5', 0), 10_011)).toBe(false);
  });

  it('judge IPv4 inside IPv6 as IPv4, and never reach mapped addresses', () => {
    const opened = rules({ allow: ['10.0.0.0/8', '::1/128'] });
    expect(verdicts(opened, '64:ff9b::10.0.0.1', '2002:a00:1::', '::ffff:10.0.0.1', '::10.0.0.1', '::1')).toEqual([
      'all-ports',
      'all-ports',
      'none',
      'none',
      'all-ports',
    ]);
    expect(verdicts(opened, '64:ff9b::8.8.8.8', '64:ff9b::192.168.0.1')).toEqual(['all-ports', 'none']);
  });
});
