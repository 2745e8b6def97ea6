import { oneLine } from '#protocol/xmpp/display-name.ts';

export const MAX_NAME_LENGTH = 80;

/** One line, without control characters or forged direction marks, cut to what a presence may carry. */
export function cleanName(name: string): string {
  return Array.from(oneLine(name)).slice(0, MAX_NAME_LENGTH).join('');
}
