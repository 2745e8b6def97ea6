import { WebSocket } from 'ws';
import { xml } from '#protocol/xmpp/element.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { broken, well, type Check, type Finding, type Site } from '../check.ts';
import { connectionProblem } from '../connection-problem.ts';
import { trusting } from '../http-get.ts';

const TIMEOUT_MS = 8_000;
/** RFC 7395 §3.3 */
const NS_FRAMING = 'urn:ietf:params:xml:ns:xmpp-framing';
const PROXY_REMEDY =
  'Let the proxy pass WebSockets on: HTTP/1.1 with the headers Upgrade and Connection (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade").';

/** Whether clients get through to signalling by WebSocket, past whatever is in front of the server. */
export const webSocketCheck: Check = {
  name: 'WebSocket',
  needs: 'public-url',
  async run({ publicUrl, xmppDomain, ca }) {
    return [await webSocketFinding(publicUrl, { xmppDomain, ca })];
  },
};

/** Whether a page of that host gets through to signalling there. */
export async function webSocketFinding(
  { origin }: URL,
  { xmppDomain, ca }: Pick<Site, 'xmppDomain' | 'ca'>,
): Promise<Finding> {
  const address = `${origin.replace(/^http/, 'ws')}/xmpp-websocket`;
  const options = { ...trusting(ca), handshakeTimeout: TIMEOUT_MS, origin };
  const webSocket = new WebSocket(address, 'xmpp', options);
  try {
    return await answerOf(webSocket, address, xmppDomain);
  } finally {
    webSocket.terminate();
  }
}

function answerOf(webSocket: WebSocket, address: string, domain: string): Promise<Finding> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(
        broken(
          `${address} opens, but says nothing.`,
          'Let the proxy pass on what comes from the server at once, unbuffered.',
        ),
      );
    }, TIMEOUT_MS);
    const end = (finding: Finding): void => {
      clearTimeout(timer);
      resolve(finding);
    };
    webSocket.once('unexpected-response', (_request, response) => {
      response.destroy();
      const { statusCode: status } = response;
      if (status === 403) {
        end(
          broken(
            `${address} refuses pages of its own address (403).`,
            'Add that address to http.allowedOrigins, or empty the list.',
          ),
        );
      } else end(broken(`${address} answers ${status} instead of opening a WebSocket.`, PROXY_REMEDY));
    });
    webSocket.once('error', (error) => end(connectionProblem(address, error)));
    webSocket.once('close', () => end(broken(`${address} closes at once.`, PROXY_REMEDY)));
    webSocket.once('open', () => {
      webSocket.send(serializeXml(xml('open', { xmlns: NS_FRAMING, to: domain, version: '1.0' })));
    });
    webSocket.once('message', (data: Buffer) => {
      const isOurs = data.toString('utf8').startsWith('<open') && data.includes(`from="${domain}"`);
      end(
        isOurs
          ? well(`signalling answers at ${address}`)
          : broken(`${address} is not this server’s.`, 'Let the proxy pass /xmpp-websocket on to this server.'),
      );
    });
  });
}
