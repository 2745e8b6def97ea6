import { signal } from '@preact/signals';

/** Origins whose pictures of people may be shown, as the server says: each of them learns who looks. */
export const pictureSources = signal<readonly string[]>([]);

/** Reads a signal. @returns the address if that picture may be shown */
export function shownPicture(url: string | undefined): string | undefined {
  const origin = url === undefined ? undefined : URL.parse(url)?.origin;
  return origin !== undefined && pictureSources.value.includes(origin) ? url : undefined;
}
