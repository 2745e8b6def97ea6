import { randomBytes, randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { parsePortRange, type TrunkConfig } from '../config.ts';
import type { PhoneLeg } from '../media/phone-leg.ts';
import { SRTP_KEY_BYTES } from '../sdp/crypto-attribute.ts';
import type { LocalMedia } from '../sdp/local-media.ts';
import type { CallSurroundings } from './call-surroundings.ts';

/** What our descriptions of one call say about us. @param remote address of the other side @param srtp what its trunk wants */
export async function localMediaOf(
  { addressTowards, config }: Pick<CallSurroundings, 'addressTowards' | 'config'>,
  leg: PhoneLeg,
  remote: string,
  srtp: TrunkConfig['srtp'],
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
    ...(srtp === 'off' ? {} : { srtp: { isMandatory: srtp === 'mandatory', key: randomBytes(SRTP_KEY_BYTES) } }),
    sessionId: String(randomInt(1, 2 ** 31)),
  };
}
