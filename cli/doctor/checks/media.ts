import { z } from 'zod';
import { broken, note, well, type Check, type Finding } from '../check.ts';

const answer = z.object({
  checks: z.array(
    z.object({ address: z.string(), port: z.number(), protocol: z.enum(['udp', 'tcp']), isReached: z.boolean() }),
  ),
});

/** Whether media comes through at the addresses that clients are told: the server sends itself connectivity checks. */
export const mediaCheck: Check = {
  name: 'media',
  needs: 'server',
  async run({ admin, config }) {
    const { checks } = (await admin?.post('/sfu/selftest', {}, answer)) ?? { checks: [] };
    if (checks.length === 0) return [note('no media bridge runs in this process')];
    const findings = checks
      .filter(({ isReached }) => !isReached)
      .map((check) => lost(check, config.media.address.length > 0));
    if (findings.length > 0) return findings;
    const ports = [...new Set(checks.map(({ port }) => port))].join(', ');
    return [
      well(`${[...new Set(checks.map(({ address }) => address))].join(', ')}: UDP and TCP answer on ports ${ports}`),
    ];
  },
};

function lost(
  { address, port, protocol }: { address: string; port: number; protocol: string },
  isSet: boolean,
): Finding {
  return broken(
    `Media sent to ${address}, ${protocol.toUpperCase()} port ${port}, does not come through.`,
    isSet
      ? 'Check media.address (PARLEY_MEDIA_ADDRESS), and that firewall and NAT pass this port on. Some NATs do not lead back to where packets come from; then only a client outside can tell.'
      : 'Open this port in the firewall; behind NAT set media.address (PARLEY_MEDIA_ADDRESS) to the public address.',
  );
}
