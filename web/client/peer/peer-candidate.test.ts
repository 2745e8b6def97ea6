import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeCandidate } from '../sdp/write-offer.ts';
import { readCandidate } from './peer-candidate.ts';

test('a candidate of the relay is read with its base', () => {
  const line =
    'candidate:842163049 1 udp 33562367 192.0.2.7 49152 typ relay raddr 198.51.100.3 rport 50123 generation 0 ufrag EsAw network-id 1';
  expect(readCandidate(line)).toEqual({
    foundation: '842163049',
    component: 1,
    protocol: 'udp',
    priority: 33_562_367,
    address: '192.0.2.7',
    port: 49_152,
    type: 'relay',
    related: { address: '198.51.100.3', port: 50_123 },
  });
});

test.each([
  'candidate:0 1 UDP 2122252543 10.88.0.1 41000 typ host',
  'candidate:1 1 udp 2122252543 5f0b3a5e-2d0a-4f0e-9a39-0d1f6a2c77aa.local 41000 typ host generation 0',
  'candidate:2 1 udp 1686052607 2001:db8::7 41000 typ srflx raddr 0.0.0.0 rport 0 generation 0',
])('what browsers write is read and can be written again: %s', (line) => {
  const candidate = readCandidate(line);
  if (candidate === undefined) throw new Error('not read');
  expect(readCandidate(writeCandidate(candidate).slice('a='.length))).toEqual(candidate);
});

test.each([
  '',
  'candidate:1 2 udp 2122252542 10.88.0.1 41001 typ host',
  'candidate:1 1 tcp 1518280447 10.88.0.1 9 typ host tcptype active',
  'candidate:1 1 udp 1 10.88.0.1\r\na=x 9 typ host',
])('what nobody could be reached at is left out: %j', (line) => {
  expect(readCandidate(line)).toBeUndefined();
});

test('nothing throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => readCandidate(`candidate:${text}`)).not.toThrow();
    }),
  );
});
