import { randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { parsePortRange } from '../config.ts';
import type { PhoneLeg } from '../media/phone-leg.ts';
import type { LocalMedia } from '../sdp/local-media.ts';
import type { CallSurroundings } from './call-surroundings.ts';

/** What our descriptions of one call say about us. @param remote address of the other side */
export async function localMediaOf(
  { addressTowards, config }: Pick<CallSurroundings, 'addressTowards' | 'config'>,
  leg: PhoneLeg,
  remote: string,
): Promise<LocalMedia> {
  const { port } = leg.localAddress;
  const address = await addressTowards(remote);
  const ports = parsePortRange(config.rtpPorts);
  return {
    address,
    port,
    rtcpPort: port + 1,
    isIpv6Allowed: isIPv6(address),
    // With any free ports nobody can tell which are ours.
    ...(ports.last === 0 ? {} : { ownMedia: { addresses: [address], ports } }),
    sessionId: String(randomInt(1, 2 ** 31)),
  };
}
