import { fieldsOf } from './storage/local-store.ts';

/** Wire note §1.1: `?jwt=` of a meeting's link. */
const PARAMETER = 'jwt';
/** Servers take no longer ones, and so long a WebSocket address would not even reach them. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * Takes the room token out of the address bar, where it would stay in the browser's history, in screenshots and in
 * copied links. Until the tab closes it is kept with its history entry, so that a reload still has it.
 */
export function takeLinkToken(
  page: Pick<Location, 'search' | 'pathname' | 'hash'>,
  entry: Pick<History, 'state' | 'replaceState'>,
): string | undefined {
  const { token, search } = splitSearch(page.search);
  if (token === undefined) {
    const kept = fieldsOf(entry.state)[PARAMETER];
    return typeof kept === 'string' ? kept : undefined;
  }
  entry.replaceState({ [PARAMETER]: token }, '', `${page.pathname}${search}${page.hash}`);
  return token;
}

/** The token, and the query without it. */
export function splitSearch(search: string): { readonly token: string | undefined; readonly search: string } {
  const query = new URLSearchParams(search);
  const token = query.get(PARAMETER);
  if (token === null || token === '' || token.length > MAX_TOKEN_LENGTH) return { token: undefined, search };
  query.delete(PARAMETER);
  return { token, search: query.size === 0 ? '' : `?${query.toString()}` };
}
