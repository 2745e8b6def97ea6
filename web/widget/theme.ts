import type { Look } from '../ui/storage/settings.ts';

/** Our look for a client's theme; undefined for one of which the name does not say whether it is light or dark. */
export function lookOf(theme: unknown): Look | undefined {
  if (typeof theme !== 'string') return undefined;
  if (theme === 'light' || theme.startsWith('light-')) return 'light';
  if (theme === 'dark' || theme.startsWith('dark-')) return 'dark';
  return undefined;
}
