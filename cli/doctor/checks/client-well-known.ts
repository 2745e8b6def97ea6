import { isIP } from 'node:net';
import { ownFields } from '#protocol/iframe-api/own-fields.ts';
import { broken, note, well, type Check, type Finding } from '../check.ts';
import { type Answer, httpAnswer } from '../http-get.ts';

const PATH = '/.well-known/matrix/client';
/** The newer name, and the one that Element's mobile applications read. */
const SECTIONS = ['io.element.jitsi', 'im.vector.riot.jitsi'] as const;
const REMEDY = '`npm run matrix -- snippets` prints what belongs there.';

/** What the homeservers of the configuration tell their clients about calls: it wins over Element's own settings. */
export const clientWellKnownCheck: Check = {
  name: 'Matrix: where clients call',
  async run({ config, publicUrl, ca }) {
    if (!config.matrix.enabled) return [note('off (matrix.enabled)')];
    const hosts = [publicUrl.host, ...config.matrix.domains];
    return Promise.all(
      config.matrix.homeservers.map(async ({ serverName }) => {
        const address = addressOf(serverName);
        try {
          return clientDocumentFinding(address.href, await httpAnswer(address, { ca }), hosts);
        } catch {
          // Many are behind a name that only their clients reach, and settings of Element serve as well.
          return note(`${address.href} cannot be read from here, so it was not looked at`);
        }
      }),
    );
  },
};

/** Clients leave the port away (client-server API 1.16 §3.1). */
function addressOf(serverName: string): URL {
  const host = serverName.replace(/:\d+$/u, '');
  return new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}${PATH}`);
}

/** @param hosts that lead here, with their ports */
export function clientDocumentFinding(address: string, answer: Answer, hosts: readonly string[]): Finding {
  const { status, headers, body } = answer;
  if (status >= 300 && status < 400) return note(`${address} leads to another address, which was not looked at`);
  if (status === 404) return elsewhere(address);
  const document = readJson(body);
  if (status !== 200 || document === undefined) {
    return broken(`${address} is no JSON document (status ${status}), so clients learn nothing from it.`, REMEDY);
  }
  const named = SECTIONS.map((section) => domainIn(document, section));
  if (named.includes('misspelt')) {
    return broken(`${address} says preferred_domain, which clients read in Element’s own config.json only.`, REMEDY);
  }
  const domains = named.filter((domain) => domain !== undefined);
  const [other] = domains.filter((domain) => !hosts.includes(domain));
  if (other !== undefined) return broken(`${address} sends calls to ${other}, and not here.`, REMEDY);
  if (domains.length === 0) return elsewhere(address);
  if (headers['access-control-allow-origin'] !== '*') {
    return broken(
      `${address} comes without “Access-Control-Allow-Origin: *”, so clients in browsers do not see it.`,
      'Add that header where the document is served.',
    );
  }
  const [missing] = SECTIONS.filter((_section, index) => named[index] === undefined);
  if (missing !== undefined) {
    return broken(`${address} lacks “${missing}”, by which some clients find where to call.`, REMEDY);
  }
  return well(`${address} sends calls here`);
}

function elsewhere(address: string): Finding {
  return note(`${address} says nothing of calls; then Element’s config.json must (jitsi.preferred_domain)`);
}

function domainIn(document: object, section: (typeof SECTIONS)[number]): string | undefined {
  const fields = ownFields(ownFields(document)[section]);
  const { preferredDomain, preferred_domain: misspelt } = fields;
  if (typeof preferredDomain === 'string') return preferredDomain;
  return misspelt === undefined ? undefined : 'misspelt';
}

function readJson(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // some page
  }
}
