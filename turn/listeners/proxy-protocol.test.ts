import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4Addresses, ipv6Addresses, proxyHeader } from '../../test/support/turn/proxy-header.ts';
import { endpoint } from '../endpoint.ts';
import { type ProxyHeader, ProxyHeaderReader } from './proxy-protocol.ts';

/** What a reader makes of bytes that arrive in these pieces, and what it leaves to be read. */
function readAll(pieces: readonly Buffer[]): { found: ProxyHeader; left: Buffer } {
  const stream = new PassThrough();
  const reader = new ProxyHeaderReader();
  let found: ProxyHeader = 'incomplete';
  for (const piece of pieces) {
    stream.write(piece);
    if (found === 'incomplete') found = reader.take(stream);
  }
  const left: unknown = stream.read();
  return { found, left: Buffer.isBuffer(left) ? left : Buffer.alloc(0) };
}

function found(bytes: Buffer): ProxyHeader {
  return readAll([bytes]).found;
}

describe('a PROXY protocol header', () => {
  it('tells the client, over IPv4 and IPv6', () => {
    expect(found(proxyHeader())).toEqual(endpoint('203.0.113.9', 40_000));
    const ipv6 = proxyHeader({ familyAndTransport: 0x21, rest: ipv6Addresses(7, 50_000) });
    expect(found(ipv6)).toEqual(endpoint('2001:db8::7', 50_000));
  });

  it('tells an IPv4 client by its IPv4 address, also where the proxy listens on IPv6', () => {
    const rest = Buffer.alloc(36);
    rest.writeUInt16BE(0xffff, 10);
    rest.set([203, 0, 113, 9], 12);
    expect(found(proxyHeader({ familyAndTransport: 0x21, rest }))).toEqual(endpoint('203.0.113.9', 0));
  });

  it('is read however it is cut, with what stands behind the addresses, and nothing after it is touched', () => {
    const further = Buffer.from([0x20, 0, 3, 1, 2, 3]);
    const header = proxyHeader({ rest: Buffer.concat([ipv4Addresses('198.51.100.1', 5), further]) });
    const bytes = Buffer.concat([header, Buffer.from('what the client says')]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (cuts) => {
        const pieces: Buffer[] = [];
        for (let offset = 0, i = 0; offset < bytes.length; i++) {
          const size = cuts[i % cuts.length] ?? 1;
          pieces.push(bytes.subarray(offset, offset + size));
          offset += size;
        }
        expect(readAll(pieces)).toEqual({
          found: endpoint('198.51.100.1', 5),
          left: Buffer.from('what the client says'),
        });
      }),
    );
  });

  it('of the proxy itself is known whatever family it names', () => {
    expect(found(proxyHeader({ versionAndCommand: 0x20, familyAndTransport: 0, rest: Buffer.alloc(0) }))).toBe('local');
    expect(found(proxyHeader({ versionAndCommand: 0x20, familyAndTransport: 0xff }))).toBe('local');
  });

  it.each([
    ['of version 1', Buffer.from('PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n')],
    ['of a version that is not known', proxyHeader({ versionAndCommand: 0x31 })],
    ['with a command that is not known', proxyHeader({ versionAndCommand: 0x22 })],
    ['of a client whose family is not said', proxyHeader({ familyAndTransport: 0 })],
    ['of a family that is not known', proxyHeader({ familyAndTransport: 0x41 })],
    ['of a Unix socket', proxyHeader({ familyAndTransport: 0x31, rest: Buffer.alloc(216) })],
    ['of a datagram', proxyHeader({ familyAndTransport: 0x12 })],
    ['too short for its addresses', proxyHeader({ rest: Buffer.alloc(11) })],
    ['too short for IPv6 addresses', proxyHeader({ familyAndTransport: 0x21, rest: Buffer.alloc(35) })],
    ['that announces more than any proxy writes', proxyHeader({ length: 4097 })],
    ['with a damaged signature', proxyHeader({ signature: '\r\n\r\n\0\r\nQUIT\r' })],
    ['that is TLS', Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, 0, 0, 0, 0, 0])],
  ])('%s is refused', (_what, bytes) => {
    expect(found(bytes)).toBe('invalid');
  });

  it('that is cut short waits for its rest, and is refused when the stream ends', async () => {
    const stream = new PassThrough();
    const reader = new ProxyHeaderReader();
    stream.write(proxyHeader().subarray(0, 20));
    expect(reader.take(stream)).toBe('incomplete');
    stream.end();
    await new Promise((resolve) => stream.once('readable', resolve));
    expect(reader.take(stream)).toBe('invalid');
  });

  it('of random bytes never throws', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.uint8Array(), (a, b, rest) => {
        found(proxyHeader({ versionAndCommand: a, familyAndTransport: b, rest: Buffer.from(rest) }));
      }),
    );
  });
});
