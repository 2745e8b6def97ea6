import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** Discard, RFC 863; nothing is sent. */
const ANY_PORT = 9;

/** Those of the addresses to which this machine has no route, so that media announced there leads nowhere from here. */
export async function unroutable(addresses: readonly string[]): Promise<readonly string[]> {
  const verdicts = await Promise.all(addresses.map(async (address) => ((await hasRoute(address)) ? [] : [address])));
  return verdicts.flat();
}

/** Connecting a UDP socket asks the kernel for a route and sends nothing. */
async function hasRoute(address: string): Promise<boolean> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    socket.connect(ANY_PORT, address);
    await once(socket, 'connect');
    return true;
  } catch {
    // ENETUNREACH, EHOSTUNREACH, or a family that this machine does not speak.
    return false;
  } finally {
    socket.close();
  }
}
