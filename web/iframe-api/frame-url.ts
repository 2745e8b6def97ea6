import type { ExternalApiOptions } from './external_api.d.ts';

/** Objects of the options of which each first-level key becomes one of the fragment. */
const GROUPS = [
  ['config', 'configOverwrite'],
  ['iceServers', 'iceServers'],
  ['interfaceConfig', 'interfaceConfigOverwrite'],
  ['devices', 'devices'],
  ['userInfo', 'userInfo'],
] as const;

/**
 * The address of the meeting in its iframe: the room as the path, after that of the domain; what the server may read as
 * the query; all the rest as the fragment, `key=JSON` pairs of which the page takes what it allows.
 * @param domain may have a port, and a path (a tenant)
 */
export function frameUrl(domain: string, options: ExternalApiOptions, apiId: number): URL {
  const { roomName = '', jwt, lang, release, configOverwrite } = options;
  const url = new URL(`https://${domain}`);
  url.pathname = `${url.pathname.replace(/\/$/u, '')}/${roomName}`;
  const language = lang ?? textOf(configOverwrite?.['defaultLanguage']);
  for (const [key, value] of Object.entries({ jwt, lang: language, release })) {
    if (value !== undefined && value !== '') url.searchParams.set(key, value);
  }
  const pairs = [`jitsi_meet_external_api_id=${apiId}`];
  if (jwt !== undefined && jwt !== '') pairs.push(pair('jwt', jwt));
  for (const [prefix, option] of GROUPS) {
    for (const [key, value] of Object.entries(options[option] ?? {})) {
      if (value !== undefined) pairs.push(pair(`${prefix}.${key}`, value));
    }
  }
  url.hash = pairs.join('&');
  return url;
}

function pair(key: string, value: unknown): string {
  return `${key}=${encodeURIComponent(JSON.stringify(value))}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
