import { z } from 'zod';
import { broken, note, well, type Check } from '../check.ts';
import { numbersFinding, portFindings, trunkFinding } from '../telephone-findings.ts';

const trunks = z.object({
  trunks: z.array(
    z.object({
      name: z.string(),
      isRegistered: z.boolean().optional(),
      isReachable: z.boolean().optional(),
      problem: z.string().optional(),
    }),
  ),
});

const selfTest = z.object({
  host: z.string(),
  ports: z.array(z.object({ transport: z.enum(['udp', 'tcp', 'tls']), port: z.number(), isReached: z.boolean() })),
  promptProblem: z.string().optional(),
});

/** Whether telephones get here: numbers, prompts, the ports for SIP, and the trunks. */
export const telephoneCheck: Check = {
  name: 'telephone',
  needs: 'server',
  async run({ admin, config, publicUrl }) {
    const { sip } = config;
    if (!sip.enabled) return [note('off (sip.enabled)')];
    if (admin === undefined) return [];
    const host = sip.announcedAddress ?? publicUrl.hostname.replace(/^\[|\]$/g, '');
    const { trunks: states } = await admin.get('/sip/trunks', {}, trunks);
    const { ports, promptProblem } = await admin.post('/sip/selftest', { host }, selfTest);
    return [
      numbersFinding(sip),
      ...(promptProblem === undefined
        ? [well('all prompts can be played')]
        : [broken(promptProblem, 'Mend the files; they are read at the next start.')]),
      ...portFindings(host, ports, sip.trunks),
      ...(states.length === 0
        ? [
            broken(
              'There is no trunk, so no telephone gets here.',
              'Write your provider into sip.trunks (sip/README.md).',
            ),
          ]
        : states.map(trunkFinding)),
    ];
  },
};
