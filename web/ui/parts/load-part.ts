/** What came of fetching a part of the page. */
export type LoadedPart<Part> =
  | { readonly kind: 'loaded'; readonly part: Part }
  /** The server cannot be reached now. */
  | { readonly kind: 'offline' }
  /** The server answers but does not send it: perhaps it has been updated since the page was opened. */
  | { readonly kind: 'refused' };

interface LoadOptions {
  /** The server has answered a moment ago. */
  readonly isConnected?: boolean;
  readonly isReachable?: () => Promise<boolean>;
}

const ANSWER_WITHIN_MS = 10_000;
/** Small, always there, and never taken from a cache without asking. */
const PROBE = '/assets/first.js';

/**
 * Fetches a part of the page. Browsers keep a failed module in mind and let every later `import()` of it fail at once
 * (whatwg/html#6768; most do until 2026), so we ask first whether the server can be reached: then trying again helps.
 */
export async function loadPart<Part>(
  load: () => Promise<Part>,
  { isConnected = false, isReachable = isServerReachable }: LoadOptions = {},
): Promise<LoadedPart<Part>> {
  if (!isConnected && !(await isReachable())) return { kind: 'offline' };
  try {
    return { kind: 'loaded', part: await load() };
  } catch {
    // Browsers say in words of their own, or not at all, what failed.
    return { kind: (await isReachable()) ? 'refused' : 'offline' };
  }
}

async function isServerReachable(): Promise<boolean> {
  try {
    await fetch(PROBE, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return true;
  } catch {
    return false; // no answer, or none in time
  }
}
