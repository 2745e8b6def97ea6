import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { broken, note, well, type Check, type Finding, type Site } from '../check.ts';
import { connectionProblem } from '../connection-problem.ts';
import { trusting } from '../http-get.ts';

const DAY_MS = 86_400_000;
/** Renewals usually come a month before the end. */
const SOON_DAYS = 14;
const TIMEOUT_MS = 8_000;

/** How long the certificate at the public address counts. */
export const certificateCheck: Check = {
  name: 'certificate',
  needs: 'public-url',
  run({ publicUrl, ca, now }) {
    return certificateFindings(publicUrl, { ca, now });
  },
};

/** How long the certificate at that address counts. */
export async function certificateFindings(
  url: URL,
  { ca, now }: Pick<Site, 'ca' | 'now'>,
): Promise<readonly Finding[]> {
  if (url.protocol !== 'https:') return [note('none: the public address is http')];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || 443);
  const socket = connect({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...trusting(ca) });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const days = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - now()) / DAY_MS);
    if (days >= SOON_DAYS) return [well(`valid for ${days} days more`)];
    return [
      broken(
        `The certificate of ${host} runs out in ${days} days.`,
        'Renew it, and see that the renewal runs by itself; Parley takes new files without a restart.',
      ),
    ];
  } catch (error) {
    return [connectionProblem(url.origin, error)];
  } finally {
    socket.destroy();
  }
}
