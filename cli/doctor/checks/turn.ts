import { z } from 'zod';
import { broken, note, well, type Check, type Finding } from '../check.ts';

const reachAnswer = z.object({
  transports: z.array(
    z.object({ transport: z.enum(['udp', 'tcp', 'tls']), port: z.number(), problem: z.string().optional() }),
  ),
});
const selfTestAnswer = z.object({
  addresses: z.array(z.object({ address: z.string(), isReached: z.boolean(), problem: z.string().optional() })),
});

/** Whether the relay serves clients under the public name, over everything it offers, and is reached where it relays. */
export const turnCheck: Check = {
  name: 'relay (TURN)',
  needs: 'server',
  async run({ admin, config, publicUrl, ca }) {
    if (!config.turn.enabled) return [note('no relay runs here (turn.enabled)')];
    if (admin === undefined) return [];
    const host = publicUrl.hostname.replace(/^\[|\]$/g, '');
    const { transports } = await admin.post('/turn/reach', { host, ca }, reachAnswer);
    const { addresses } = await admin.post('/turn/selftest', {}, selfTestAnswer);
    const findings: Finding[] = transports.map(({ transport, port, problem }) =>
      problem === undefined
        ? well(`${transport.toUpperCase()}: a client is served at ${host}, port ${port}`)
        : broken(problem, remedyFor(transport, port)),
    );
    if (!transports.some(({ transport }) => transport === 'tls')) {
      findings.push(
        note('no TLS: people whose network lets nothing but TLS out stay outside (set tls.cert and tls.key)'),
      );
    }
    for (const { problem } of addresses) {
      if (problem !== undefined) findings.push(broken(problem, 'Then look again with: npm run turn -- selftest'));
    }
    return findings;
  },
};

function remedyFor(transport: 'udp' | 'tcp' | 'tls', port: number): string {
  const open = `Open ${transport === 'udp' ? 'UDP' : 'TCP'} port ${port} for the public name, and see that NAT passes it on to this machine`;
  return transport === 'tls' ? `${open}; the certificate must be for that name.` : `${open}.`;
}
