import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SelfTest } from './self-test.ts';

let selfTest: SelfTest;
let udp: Socket;
let tcp: Server;
let ports: { udp: number; tcp: number };
const heard: boolean[] = [];

beforeEach(async () => {
  heard.length = 0;
  selfTest = new SelfTest();
  udp = createSocket('udp4');
  udp.on('message', (bytes) => heard.push(selfTest.takes(bytes)));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  tcp = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  ports = { udp: udp.address().port, tcp: (tcp.address() as AddressInfo).port };
});
afterEach(() => {
  udp.close();
  tcp.close();
});

test('ports that are open are reached, at an address and by a name', async () => {
  const reached = [
    { transport: 'udp', port: ports.udp, isReached: true },
    { transport: 'tcp', port: ports.tcp, isReached: true },
  ];
  expect(await selfTest.reach('127.0.0.1', ports, '0.0.0.0')).toEqual(reached);
  expect(await selfTest.reach('localhost', ports, '0.0.0.0')).toEqual(reached);
  expect(heard).toEqual([true, true]);
});

test('a port at which somebody else listens, or nobody, is not', async () => {
  const closed = ports.tcp;
  await new Promise((resolve) => tcp.close(resolve));
  const other = createSocket('udp4');
  other.bind(0, '127.0.0.1');
  await once(other, 'listening');
  expect(await selfTest.reach('127.0.0.1', { udp: other.address().port, tls: closed }, '0.0.0.0')).toEqual([
    { transport: 'udp', port: other.address().port, isReached: false },
    { transport: 'tls', port: closed, isReached: false },
  ]);
  other.close();
  expect(await selfTest.reach('nowhere.invalid', ports, '0.0.0.0')).toMatchObject([
    { isReached: false },
    { isReached: false },
  ]);
});

test('bytes of anybody else are no probe, whatever their length', () => {
  expect(selfTest.takes(new Uint8Array(24))).toBe(false);
  expect(selfTest.takes(Buffer.from('OPTIONS sip:a@b SIP/2.0\r\n'))).toBe(false);
});
