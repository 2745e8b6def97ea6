import { z } from 'zod';
import { readPhoneNumberList } from '#protocol/dialin/phone-number-list.ts';
import { broken, note, well, type Check, type Finding, type Site } from '../check.ts';
import { connectionProblem } from '../connection-problem.ts';
import { type Answer, httpAnswer } from '../http-get.ts';

const LIST = '/dialin/phoneNumberList';
/** A lookup that nobody without the token may make: it answers, and makes no PIN. */
const MAPPER = '/dialin/conferenceMapper?id=1';
const refusal = z.object({ message: z.string() });

/** Whether invitations learn numbers and PINs at the public address. */
export const dialInCheck: Check = {
  name: 'telephone: what invitations are told',
  needs: 'public-url',
  async run(site) {
    const { enabled, numbers } = site.config.sip;
    if (!enabled) return [note('off (sip.enabled)')];
    const shown = numbers.filter(({ room }) => room === undefined).length;
    if (shown === 0) return [note('no numbers to tell')];
    return Promise.all([
      asked(site, LIST, ({ status, body }) => status === 200 && readPhoneNumberList(parsed(body)).length === shown),
      asked(site, MAPPER, ({ status, body }) => [401, 200].includes(status) && refusal.safeParse(parsed(body)).success),
    ]);
  },
};

async function asked(
  { publicUrl, ca }: Pick<Site, 'publicUrl' | 'ca'>,
  path: string,
  isRight: (answer: Answer) => boolean,
): Promise<Finding> {
  const url = new URL(path, publicUrl);
  const address = `${url.origin}${url.pathname}`;
  try {
    const answer = await httpAnswer(url, { ca });
    if (isRight(answer)) return well(`${address} answers`);
    return broken(
      `${address} does not answer as the gateway does (status ${answer.status}).`,
      'Let the proxy pass /dialin on to this server; where the gateway runs on another machine, to that one.',
    );
  } catch (error) {
    return connectionProblem(address, error);
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
