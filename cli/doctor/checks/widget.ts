import { broken, note, well, type Check } from '../check.ts';
import { connectionProblem } from '../connection-problem.ts';
import { httpAnswer } from '../http-get.ts';
import { certificateFindings } from './certificate.ts';
import { framingProblems } from './embedding.ts';
import { webSocketFinding } from './websocket.ts';

const SETTING = 'matrix.widgetUrl (PARLEY_MATRIX_WIDGET_URL)';

/** Whether Matrix clients find the native widget at its own host, and it gets through to signalling from there. */
export const widgetCheck: Check = {
  name: 'Matrix: widget',
  needs: 'public-url',
  async run(site) {
    const { config, xmppDomain, ca, now } = site;
    const { widgetUrl: setting } = config.matrix;
    if (setting === undefined) return [note('off (matrix.widgetUrl)')];
    const widgetUrl = new URL(setting);
    const address = new URL('/matrix', widgetUrl);
    try {
      const { status, headers, body } = await httpAnswer(address, { ca });
      // Under every other host name the path is refused.
      if (status !== 200 || !body.includes('<title>Parley')) {
        return [
          broken(
            `${address.href} is not the widget (status ${status}).`,
            'Let the proxy pass that host on to this server, with the header Host (or X-Forwarded-Host) as it came.',
          ),
        ];
      }
      const found = [
        ...framingProblems(widgetUrl.origin, headers, config.embed.allowedOrigins),
        ...(await certificateFindings(widgetUrl, { ca, now })),
        await webSocketFinding(widgetUrl, { xmppDomain, ca }),
      ].filter(({ state }) => state === 'broken');
      return found.length > 0 ? found : [well(`${address.href} is there, and signalling answers at its host`)];
    } catch (error) {
      return [connectionProblem(address.href, error, SETTING)];
    }
  },
};
