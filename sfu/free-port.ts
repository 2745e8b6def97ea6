import { createSocket } from 'node:dgram';
import { createServer, isIPv6, type AddressInfo } from 'node:net';

const ATTEMPTS = 20;

/**
 * A port that is free for UDP and TCP on all of these addresses; mediasoup would choose another one for every socket.
 * Somebody else may take it before it is used, so the caller must be able to try again.
 */
export async function findFreePort(addresses: readonly string[]): Promise<number> {
  const [first] = addresses;
  if (first === undefined) throw new Error('no address to find a port on');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = await tryTcp(first, 0);
    if (port !== undefined && (await isFree(addresses, port))) return port;
  }
  throw new Error(`no port is free for UDP and TCP on ${addresses.join(', ')}`);
}

async function isFree(addresses: readonly string[], port: number): Promise<boolean> {
  for (const address of addresses) {
    if ((await tryTcp(address, port)) === undefined || !(await tryUdp(address, port))) return false;
  }
  return true;
}

async function tryTcp(address: string, port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ host: address, port, ipv6Only: true }, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}

async function tryUdp(address: string, port: number): Promise<boolean> {
  const socket = isIPv6(address) ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ address, port }, () => socket.close(() => resolve(true)));
  });
}
