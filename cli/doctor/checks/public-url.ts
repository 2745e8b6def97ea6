import { isLoopbackName } from '#runtime/deployment.ts';
import { broken, note, well, type Check, type Finding } from '../check.ts';
import { connectionProblem } from '../connection-problem.ts';
import { httpAnswer } from '../http-get.ts';

/** What the server answers where clients fetch the WebSocket's address (wire note §1.1). */
const PATH = '/xmpp-websocket';
const ANSWER = 'XMPP over WebSocket';

/** Whether browsers find this server, and no other, at its public address. */
export const publicUrlCheck: Check = {
  name: 'public address',
  async run({ publicUrl, ca }) {
    const { origin } = publicUrl;
    try {
      const { status, headers, body } = await httpAnswer(new URL(PATH, publicUrl), { ca });
      if (status === 200 && body.startsWith(ANSWER)) return [well(`${origin} leads here`), ...scheme(publicUrl)];
      if (status >= 300 && status < 400) {
        return [
          broken(
            `${origin} redirects to ${headers.location ?? 'somewhere else'}.`,
            'Let publicUrl (PARLEY_PUBLIC_URL) be the address that people end up at.',
          ),
        ];
      }
      return [
        broken(
          `Something else than Parley answers at ${origin}${PATH} (status ${status}).`,
          `Let the proxy pass all paths on to this server’s port (http.port).`,
        ),
      ];
    } catch (error) {
      return [connectionProblem(origin, error)];
    }
  },
};

function scheme({ protocol, hostname }: URL): Finding[] {
  if (protocol === 'https:') return [];
  if (isLoopbackName(hostname)) return [note('for this machine only: other people need an https address (publicUrl)')];
  return [
    broken(
      'The public address is http: browsers give no camera and microphone there.',
      'Set tls.cert and tls.key, or put a proxy with TLS in front, and let publicUrl begin with https://.',
    ),
  ];
}
