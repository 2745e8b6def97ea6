import { z } from 'zod';
import { broken, note, well, type Check, type Finding } from '../check.ts';

const homeserver = z.object({
  serverName: z.string(),
  address: z.string(),
  userInfoProblem: z.string().optional(),
  roomProblem: z.string().optional(),
  skewSeconds: z.number().optional(),
});
const answer = z.object({ isEnabled: z.boolean(), homeservers: z.array(homeserver) });

/** Credentials for the relay run out by the homeserver's clock; the relay allows for a minute. */
const MAX_SKEW_SECONDS = 30;

/** Whether the homeservers of the configuration are found, say who somebody is, take our tokens, and have the right time. */
export const homeserversCheck: Check = {
  name: 'Matrix: homeservers',
  needs: 'server',
  async run({ admin }) {
    const { isEnabled, homeservers } = (await admin?.post('/matrix/selftest', {}, answer)) ?? {
      isEnabled: false,
      homeservers: [],
    };
    return isEnabled ? homeservers.flatMap(findings) : [note('off (matrix.enabled)')];
  },
};

function findings({
  serverName,
  address,
  userInfoProblem,
  roomProblem,
  skewSeconds,
}: z.infer<typeof homeserver>): Finding[] {
  const found: Finding[] = [];
  if (userInfoProblem !== undefined) {
    found.push(
      broken(
        `${serverName}, asked at ${address} who somebody is: ${userInfoProblem}.`,
        'Check serverName, baseUrl and caFile in matrix.homeservers, and that the homeserver runs.',
      ),
    );
  }
  if (roomProblem !== undefined) {
    found.push(
      broken(
        `${serverName}, asked who is in a room: ${roomProblem}.`,
        'Make a new token and set it in matrix.homeservers.',
      ),
    );
  }
  if (Math.abs(skewSeconds ?? 0) > MAX_SKEW_SECONDS) {
    found.push(
      broken(
        `The clocks of ${serverName} and this machine are ${Math.abs(skewSeconds ?? 0)} seconds apart.`,
        'Let both get the time from the network (NTP).',
      ),
    );
  }
  return found.length > 0 ? found : [well(`${serverName} answers at ${address}`)];
}
