import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** The address of this machine from which packets to a remote one leave; nothing is sent to find out. */
export function localAddressTowards(remote: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createSocket(isIPv6(remote) ? 'udp6' : 'udp4');
    probe.once('error', (error) => {
      probe.close();
      reject(error);
    });
    probe.connect(9, remote, () => {
      const { address } = probe.address();
      probe.close();
      resolve(address);
    });
  });
}
