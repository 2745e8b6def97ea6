import { randomInt } from 'node:crypto';
import type { PhoneLeg } from '../media/phone-leg.ts';
import type { LocalMedia } from '../sdp/negotiated-media.ts';
import type { CallSurroundings } from './call-surroundings.ts';

/** What our descriptions of one call say about us. @param remote address of the other side */
export async function localMediaOf(
  { addressTowards }: Pick<CallSurroundings, 'addressTowards'>,
  leg: PhoneLeg,
  remote: string,
): Promise<LocalMedia> {
  const { port } = leg.localAddress;
  return {
    address: await addressTowards(remote),
    port,
    rtcpPort: port + 1,
    sessionId: String(randomInt(1, 2 ** 31)),
    srtp: 'off',
  };
}
