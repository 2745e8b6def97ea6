import { fieldsOf } from '../storage/local-store.ts';
import { type LinkParts, parseUrlParams, type UrlParams } from './url-params.ts';

/** Where the history entry keeps what stood in the address. */
const KEPT = 'link';

/**
 * Takes query and fragment out of the address bar. A token in them would stay in the browser's history, in screenshots and
 * in copied links, and would go out as the referrer of what the page loads. Until the tab closes they are kept with their
 * history entry, so that a reload still has them.
 */
export function takeLink(
  page: Pick<Location, 'origin' | 'search' | 'pathname' | 'hash'>,
  entry: Pick<History, 'state' | 'replaceState'>,
): UrlParams {
  const { origin, search, hash, pathname } = page;
  if (search === '' && hash === '') return parseUrlParams(keptBy(entry));
  entry.replaceState({ [KEPT]: { search, hash } satisfies LinkParts }, '', `${origin}${pathname}`);
  return parseUrlParams({ search, hash });
}

function keptBy(entry: Pick<History, 'state'>): LinkParts {
  const { search, hash } = fieldsOf(fieldsOf(entry.state)[KEPT]);
  return { search: typeof search === 'string' ? search : '', hash: typeof hash === 'string' ? hash : '' };
}
