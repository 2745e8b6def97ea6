import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** What of a PROXY protocol header can be wrong or unusual (HAProxy's proxy-protocol.txt, §2.2). */
export interface ProxyHeaderParts {
  signature?: string;
  /** 0x21 says version 2 and PROXY; 0x20 LOCAL. */
  versionAndCommand?: number;
  /** 0x11 is TCP over IPv4, 0x21 TCP over IPv6. */
  familyAndTransport?: number;
  /** What the length field says; the length of `rest` when it is not said. */
  length?: number;
  rest?: Buffer;
}

export function proxyHeader({
  signature = '\r\n\r\n\0\r\nQUIT\n',
  versionAndCommand = 0x21,
  familyAndTransport = 0x11,
  rest = ipv4Addresses('203.0.113.9', 40_000),
  length = rest.length,
}: ProxyHeaderParts = {}): Buffer {
  const fixed = Buffer.from([versionAndCommand, familyAndTransport, length >> 8, length & 0xff]);
  return Buffer.concat([Buffer.from(signature, 'latin1'), fixed, rest]);
}

/** Of a client of this address, connected to 192.0.2.1:443. */
export function ipv4Addresses(client: string, port: number): Buffer {
  const addresses = [client, '192.0.2.1'].flatMap((address) => address.split('.').map(Number));
  return Buffer.from([...addresses, port >> 8, port & 0xff, 443 >> 8, 443 & 0xff]);
}

/** Of a client of the address 2001:db8::<last>. */
export function ipv6Addresses(last: number, port: number): Buffer {
  const rest = Buffer.alloc(36);
  rest.writeUInt32BE(0x20010db8, 0);
  rest.writeUInt16BE(last, 14);
  rest.writeUInt16BE(port, 32);
  return rest;
}

/** A connection from an address of this machine. */
export async function connectFrom(localAddress: string, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
