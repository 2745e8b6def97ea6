import { broken, note, well, type Check } from '../check.ts';
import { connectionProblem } from '../connection-problem.ts';
import { httpAnswer } from '../http-get.ts';

const MAX_SKEW_SECONDS = 30;

/** Whether what answers at the public address has the same time as this machine: it may be a proxy elsewhere. */
export const clockCheck: Check = {
  name: 'clock',
  needs: 'public-url',
  async run({ publicUrl, ca, now }) {
    try {
      const { headers } = await httpAnswer(new URL('/xmpp-websocket', publicUrl), { ca });
      const theirsMs = Date.parse(headers.date ?? '');
      if (Number.isNaN(theirsMs)) return [note('the public address does not say what time it is')];
      const seconds = Math.round(Math.abs(theirsMs - now()) / 1000);
      if (seconds <= MAX_SKEW_SECONDS) return [well('as at the public address')];
      return [
        broken(
          `The clocks of this machine and of ${publicUrl.host} are ${seconds} seconds apart: tokens and credentials may count as run out.`,
          'Let both get the time from the network (NTP).',
        ),
      ];
    } catch (error) {
      return [connectionProblem(publicUrl.origin, error)];
    }
  },
};
