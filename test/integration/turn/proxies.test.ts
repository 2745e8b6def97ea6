import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { formatAddress } from '../../../turn/endpoint.ts';
import { AttributeType } from '../../../turn/stun/attribute-type.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { connectFrom, ipv4Addresses, ipv6Addresses, proxyHeader } from '../../support/turn/proxy-header.ts';
import { SocketClient } from '../../support/turn/socket-client.ts';
import { addressOf, clientMessage } from '../../support/turn/turn-message.ts';
import { startTurnService, type TurnService, type TurnServiceOptions } from '../../support/turn/turn-service.ts';

const PROXY = '127.0.0.2';
const BINDING = clientMessage({ method: Method.BINDING });

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function start(config: TurnServiceOptions['config'] = {}): Promise<TurnService> {
  return startTurnService({ tls: certificate(), config: { trustedProxies: [PROXY], ...config } });
}

async function connect(from: string, port: number): Promise<Socket> {
  const socket = await connectFrom(from, port);
  sockets.push(socket);
  return socket;
}

/** The address that the relay says a Binding request on this connection came from; `closed` when it says nothing. */
async function reflexive(socket: Socket): Promise<string> {
  const answer = once(socket, 'data') as Promise<[Buffer]>;
  // After that the close is all there is to wait for.
  answer.catch(() => undefined);
  const closed = once(socket, 'close').then(() => undefined);
  socket.write(BINDING);
  const [message] = (await Promise.race([answer, closed])) ?? [];
  const address = message && addressOf(message, AttributeType.XOR_MAPPED_ADDRESS);
  return address === undefined ? 'closed' : `${formatAddress(address)} ${address.port}`;
}

describe('connections from a configured proxy', () => {
  it('are the client’s that their header names, over TCP and TLS', async () => {
    await using service = await start();
    const plain = await connect(PROXY, service.port);
    plain.write(proxyHeader());
    expect(await reflexive(plain)).toBe('203.0.113.9 40000');

    const ipv6 = await connect(PROXY, service.port);
    ipv6.write(proxyHeader({ familyAndTransport: 0x21, rest: ipv6Addresses(7, 50_000) }));
    expect(await reflexive(ipv6)).toBe('2001:db8::7 50000');

    const below = await connect(PROXY, service.tlsPort ?? 0);
    below.write(proxyHeader());
    const secured = connectTls({ socket: below, rejectUnauthorized: false });
    sockets.push(secured);
    await once(secured, 'secureConnect');
    expect(await reflexive(secured)).toBe('203.0.113.9 40000');
  });

  it('are the proxy’s own when it says so', async () => {
    await using service = await start();
    const socket = await connect(PROXY, service.port);
    socket.write(proxyHeader({ versionAndCommand: 0x20, familyAndTransport: 0, rest: Buffer.alloc(0) }));
    expect(await reflexive(socket)).toBe(`127.0.0.2 ${socket.localPort}`);
  });

  it('count against the client’s limit and not the proxy’s', async () => {
    await using service = await start({ limits: { connectionsPerAddress: 1 } });
    const open = async (client: string): Promise<string> => {
      const socket = await connect(PROXY, service.port);
      socket.write(proxyHeader({ rest: ipv4Addresses(client, 1000) }));
      return reflexive(socket);
    };
    expect(await open('203.0.113.1')).toBe('203.0.113.1 1000');
    expect(await open('203.0.113.2')).toBe('203.0.113.2 1000');
    expect(await open('203.0.113.1')).toBe('closed');
  });

  it.each([
    ['no header', Buffer.alloc(0)],
    ['a header of version 1', Buffer.from('PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n')],
    ['a header of a family that is not known', proxyHeader({ familyAndTransport: 0x41 })],
    ['a header that announces more than any proxy writes', proxyHeader({ length: 0xffff })],
    ['two headers', Buffer.concat([proxyHeader(), proxyHeader()])],
  ])('with %s are closed without an answer', async (_what, bytes) => {
    await using service = await start();
    const socket = await connect(PROXY, service.port);
    socket.write(bytes);
    expect(await reflexive(socket)).toBe('closed');
  });

  it('with a header that ends too early are closed, and others are served', async () => {
    await using service = await start();
    const socket = await connect(PROXY, service.port);
    socket.end(proxyHeader().subarray(0, 20));
    socket.resume();
    await once(socket, 'close');
    await using client = await SocketClient.stream(service.port);
    await client.allocate();
  });
});

describe('connections from anybody else', () => {
  it('with a header are closed without an answer, and without one are served under their own address', async () => {
    await using service = await start();
    const forged = await connect('127.0.0.3', service.port);
    forged.write(proxyHeader());
    expect(await reflexive(forged)).toBe('closed');
    const honest = await connect('127.0.0.3', service.port);
    expect(await reflexive(honest)).toBe(`127.0.0.3 ${honest.localPort}`);
  });
});
