import type { IncomingHttpHeaders } from 'node:http';
import { broken, well, type Check, type Finding } from '../check.ts';
import { connectionProblem } from '../connection-problem.ts';
import { httpAnswer } from '../http-get.ts';

/** The page of a meeting; asking for it opens none. */
const MEETING = '/parley-doctor';
const SCRIPT = '/external_api.js';
const DEVICES = ['camera', 'microphone', 'display-capture'];
const HEADERS_REMEDY = 'Let the proxy leave the headers of Parley’s pages as they are';

/** Whether pages of others may show meetings, and get the script for it: proxies like to forbid it. */
export const embeddingCheck: Check = {
  name: 'in other pages',
  needs: 'public-url',
  async run({ config, publicUrl, ca }) {
    const { allowedOrigins } = config.embed;
    try {
      const page = await httpAnswer(new URL(MEETING, publicUrl), { ca });
      const script = await httpAnswer(new URL(SCRIPT, publicUrl), { ca });
      const found = [
        ...framingProblems(publicUrl.origin, page.headers, allowedOrigins),
        ...scriptProblems(new URL(SCRIPT, publicUrl).href, script.status, script.headers),
      ];
      if (found.length > 0) return found;
      return [
        well(
          `meetings can be shown by ${allowedOrigins.length === 0 ? 'any page' : `pages of ${allowedOrigins.join(', ')}`}`,
        ),
      ];
    } catch (error) {
      return [connectionProblem(publicUrl.origin, error)];
    }
  },
};

/**
 * What in the headers of a page keeps it out of iframes, or its devices off inside.
 * @param allowedOrigins `embed.allowedOrigins`; empty: all
 */
export function framingProblems(
  origin: string,
  headers: IncomingHttpHeaders,
  allowedOrigins: readonly string[],
): Finding[] {
  const found: Finding[] = [];
  const frameOptions = headers['x-frame-options'];
  if (frameOptions !== undefined) {
    found.push(
      broken(
        `Pages of ${origin} come with “X-Frame-Options: ${String(frameOptions)}”, so no other page can show a meeting.`,
        `${HEADERS_REMEDY}; who may show them is for embed.allowedOrigins to say.`,
      ),
    );
  }
  const ancestors = frameAncestors(headers['content-security-policy']);
  const missing = allowedOrigins.length === 0 ? ['*'] : allowedOrigins;
  if (ancestors !== undefined && missing.some((one) => !ancestors.includes(one))) {
    found.push(
      broken(
        `Pages of ${origin} may be shown by “${ancestors.join(' ')}” only.`,
        `${HEADERS_REMEDY}, or set embed.allowedOrigins to who may show them.`,
      ),
    );
  }
  const forbidden = DEVICES.filter((device) => isForbidden(headers['permissions-policy'], device));
  if (forbidden.length > 0) {
    found.push(
      broken(
        `Pages of ${origin} are not permitted ${forbidden.join(', ')} (Permissions-Policy).`,
        `${HEADERS_REMEDY}: Parley’s own permits what a meeting needs.`,
      ),
    );
  }
  return found;
}

/** CSP Level 3 §6.4.2; several policies come joined by commas, and each restricts. */
function frameAncestors(policies: string | readonly string[] | undefined): readonly string[] | undefined {
  const directives = String(policies ?? '').split(/[;,]/u);
  const found = directives.map((one) => one.trim().split(/\s+/u)).filter(([name]) => name === 'frame-ancestors');
  const [first, ...others] = found.map(([, ...sources]) => sources);
  return first?.filter((source) => others.every((sources) => sources.includes(source)));
}

function isForbidden(policy: string | readonly string[] | undefined, device: string): boolean {
  return String(policy ?? '')
    .split(',')
    .some((one) => one.replaceAll(/\s/gu, '') === `${device}=()`);
}

function scriptProblems(address: string, status: number, headers: IncomingHttpHeaders): Finding[] {
  const type = headers['content-type'] ?? 'nothing';
  if (status !== 200 || !type.includes('javascript')) {
    return [
      broken(
        `${address} is no script (status ${status}, ${type}).`,
        'Let the proxy pass all paths on to this server’s port (http.port).',
      ),
    ];
  }
  const policy = headers['cross-origin-resource-policy'];
  if (policy === undefined || policy === 'cross-origin') return [];
  return [
    broken(
      `${address} comes with “Cross-Origin-Resource-Policy: ${String(policy)}”, so no other page can load it.`,
      `${HEADERS_REMEDY}.`,
    ),
  ];
}
