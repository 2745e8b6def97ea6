import { expect, it } from 'vitest';
import type { SourceAddress } from './via.ts';
import { formatVia, parseVias, responseTarget, withSource } from './via.ts';

/** How the topmost Via reads after its request came from that source. */
function received(via: string, source: SourceAddress): string {
  const top = withSource({ via: parseVias(via) ?? [] }, source).via[0];
  return top === undefined ? 'none' : formatVia(top);
}

const SOURCE = { address: '192.0.2.7', port: 6000 };

it.each([
  ['the same address is not repeated', 'SIP/2.0/UDP 192.0.2.7:5060', 'SIP/2.0/UDP 192.0.2.7:5060'],
  ['another address is', 'SIP/2.0/UDP pc.example', 'SIP/2.0/UDP pc.example;received=192.0.2.7'],
  [
    'rport is filled in (RFC 3581)',
    'SIP/2.0/UDP 192.0.2.7;rport',
    'SIP/2.0/UDP 192.0.2.7;rport=6000;received=192.0.2.7',
  ],
  [
    'what the sender claims is replaced',
    'SIP/2.0/UDP 10.0.0.1;received=203.0.113.9;rport=1',
    'SIP/2.0/UDP 10.0.0.1;rport=6000;received=192.0.2.7',
  ],
])('%s', (_, via, expected) => {
  expect(received(via, SOURCE)).toBe(expected);
});

it.each([
  ['SIP/2.0/UDP pc.example', 'pc.example', 5060],
  ['SIP/2.0/TLS pc.example', 'pc.example', 5061],
  ['SIP/2.0/UDP pc.example:5070', 'pc.example', 5070],
  ['SIP/2.0/UDP [2001:db8::1]:5070;received=192.0.2.7', '192.0.2.7', 5070],
  ['SIP/2.0/UDP pc.example:5070;rport=6000;received=192.0.2.7', '192.0.2.7', 6000],
])('an answer to %s goes to %s port %i', (text, host, port) => {
  const via = parseVias(text)?.[0];
  expect(via && responseTarget(via)).toEqual({ host, port });
});

it.each(['SIP/2.0/UDPpc.example', 'SIP/2.0 pc.example', 'SIP/2.0/UDP a b', 'SIP/2.0/UDP a,', 'SIP/2.0/UDP a:0', ''])(
  '%j is no Via',
  (text) => {
    expect(parseVias(text)).toBeUndefined();
  },
);

it('another version of the protocol is repeated as it came', () => {
  expect(parseVias('SIP/7.0/UDP a : 5070')?.map(formatVia)).toEqual(['SIP/7.0/UDP a:5070']);
});
