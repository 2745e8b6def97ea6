import { z } from 'zod';
import { broken, note, well, type Check } from '../check.ts';
import { connectionProblem } from '../connection-problem.ts';
import { httpAnswer } from '../http-get.ts';

const PATH = '/.well-known/element/jitsi';
const document = z.object({ auth: z.literal('openidtoken-jwt') });

/** Whether pages of Element learn that they are to bring a token: from another origin, so CORS decides. */
export const elementWellKnownCheck: Check = {
  name: 'Matrix: what clients are told',
  needs: 'public-url',
  async run({ config, publicUrl, ca }) {
    if (!config.matrix.enabled) return [note('off (matrix.enabled)')];
    const address = new URL(PATH, publicUrl);
    try {
      const { status, headers, body } = await httpAnswer(address, {
        ca,
        headers: { origin: 'https://app.element.io' },
      });
      if (status !== 200 || !isRight(body)) {
        return [
          broken(
            `${address.href} does not say how to log in (status ${status}).`,
            `Let the proxy pass ${PATH} on to this server.`,
          ),
        ];
      }
      if (headers['access-control-allow-origin'] === '*') return [well(`${address.href} says how to log in`)];
      return [
        broken(
          `${address.href} comes without “Access-Control-Allow-Origin: *”, so Element does not see it and brings no token.`,
          'Let the proxy leave the headers of this path as they are.',
        ),
      ];
    } catch (error) {
      return [connectionProblem(address.href, error)];
    }
  },
};

function isRight(body: string): boolean {
  try {
    return document.safeParse(JSON.parse(body)).success;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
