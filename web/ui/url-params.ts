/** What a link may ask of the page, in Jitsi's fragment form. Absent means: not asked. */
export interface UrlParams {
  /** `#config.prejoinConfig.enabled=false` joins at once. */
  readonly prejoin?: boolean;
  readonly startWithAudioMuted?: boolean;
  readonly startWithVideoMuted?: boolean;
  /** `#config.p2p.enabled=false` keeps media on the bridge; it cannot be switched on where the server has it off. */
  readonly peerToPeer?: boolean;
  /** `#userInfo.displayName="Ann"` */
  readonly displayName?: string;
  /** `#config.defaultLanguage="el"` */
  readonly language?: string;
}

const MAX_FRAGMENT_LENGTH = 8192;
export const MAX_NAME_LENGTH = 80;

/**
 * Reads the fragment of a meeting's link: `key=JSON` pairs joined by `&`. Unknown keys, values of the wrong type and
 * anything that is no JSON are ignored: a link must never break the page. Only the keys below are ever looked at, so no
 * key can reach a prototype.
 */
export function parseUrlParams(fragment: string): UrlParams {
  const values = new Map<string, unknown>();
  const text = fragment.replace(/^#/u, '');
  if (text.length > MAX_FRAGMENT_LENGTH) return {};
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const value = parseValue(pair.slice(equals + 1));
    if (value !== undefined) values.set(pair.slice(0, equals), value);
  }
  const flag = (key: string) => {
    const value = values.get(key);
    return typeof value === 'boolean' ? value : undefined;
  };
  const line = (key: string) => {
    const value = values.get(key);
    return typeof value === 'string' ? cleanName(value) || undefined : undefined;
  };
  return withoutUndefined({
    prejoin: flag('config.prejoinConfig.enabled') ?? flag('config.prejoinPageEnabled'),
    startWithAudioMuted: flag('config.startWithAudioMuted'),
    startWithVideoMuted: flag('config.startWithVideoMuted'),
    peerToPeer: flag('config.p2p.enabled'),
    displayName: line('userInfo.displayName'),
    language: line('config.defaultLanguage'),
  });
}

/** One line, without control characters or forged direction marks, cut to what a presence may carry. */
export function cleanName(name: string): string {
  const line = name
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
  return Array.from(line.toWellFormed()).slice(0, MAX_NAME_LENGTH).join('');
}

function parseValue(encoded: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(encoded));
  } catch {
    return undefined; // not JSON, or not percent-encoded text: as if it were not there
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
